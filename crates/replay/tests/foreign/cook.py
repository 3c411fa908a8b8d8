"""A kitchen of order.proto, made of grpcio alone: it writes down what arrives, and answers by number.

Usage: cook.py RECORDS, with the stubs of order.proto on PYTHONPATH.
A line of JSON per order goes to RECORDS before its reply is sent.
The first line of stdout is the port; the server ends when stdin does.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import order_pb2
import order_pb2_grpc
from grpc_reflection.v1alpha import reflection

HEADERS = ["request-id", "x-priority", "x-deadline-ms", "x-order-bin", "x-from-flag"]


def whole_ns(time):
    return time.seconds * 1_000_000_000 + time.nanos


class Kitchen(order_pb2_grpc.KitchenServicer):
    def __init__(self, records):
        self.records = records
        self.lock = threading.Lock()

    def Cook(self, order, context):
        headers = {name: [] for name in HEADERS}
        for key, value in context.invocation_metadata():
            if key in headers:
                headers[key].append(value.decode() if isinstance(value, bytes) else value)
        record = {
            "headers": headers,
            "number": order.number,
            "guest": {
                "name": order.guest.name,
                "urgency": order.guest.urgency,
                "weight": order.guest.weight,
                "is_regular": order.guest.is_regular,
            },
            "serve_by": whole_ns(order.serve_by),
            "patience": whole_ns(order.patience),
            "labels": dict(order.labels),
            "notes": {key: [note.at_ms, note.text] for key, note in order.notes.items()},
            "dishes": [
                [dish.name, dish.recipe.hex(), list(dish.sizes), dish.hours]
                for dish in order.dishes
            ],
            "table": [order.WhichOneof("table"), order.table_number],
            "steps": list(order.steps),
        }
        with self.lock:
            self.records.write(json.dumps(record) + "\n")
            self.records.flush()
        return receipt(order.number)


def receipt(number):
    receipt = order_pb2.Receipt(order=str(number))
    if number % 4 == 0:
        receipt.state = order_pb2.STATE_SERVED
        receipt.served.by = "cook"
    elif number % 4 == 1:
        receipt.state = order_pb2.STATE_REFUSED
        receipt.trouble.why = "full"
    elif number % 4 == 2:
        receipt.state = order_pb2.STATE_COLD
        receipt.trouble.SetInParent()
    return receipt


def main():
    with open(sys.argv[1], "a", encoding="ascii") as records:
        server = grpc.server(ThreadPoolExecutor(max_workers=8))
        order_pb2_grpc.add_KitchenServicer_to_server(Kitchen(records), server)
        name = order_pb2.DESCRIPTOR.services_by_name["Kitchen"].full_name
        reflection.enable_server_reflection([name, reflection.SERVICE_NAME], server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        print(port, flush=True)
        sys.stdin.read()
        server.stop(grace=None).wait()


if __name__ == "__main__":
    main()
