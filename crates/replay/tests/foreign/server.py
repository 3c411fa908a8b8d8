"""A scheduler made of grpcio alone: it writes down what arrives, and says yes.

Usage: server.py RECORDS, with the stubs of proto/scheduler.proto on PYTHONPATH.
A line of JSON per request goes to RECORDS before its reply is sent.
The first line of stdout is the port; the server ends when stdin does.
"""

import json
import struct
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import scheduler_pb2
import scheduler_pb2_grpc


class Scribe(scheduler_pb2_grpc.SchedulerServiceServicer):
    def __init__(self, records):
        self.records = records
        self.lock = threading.Lock()

    def Infer(self, request, context):
        tensor = request.input_tensor
        ids = [value for key, value in context.invocation_metadata() if key == "request-id"]
        record = {
            "request_id": ids,
            "tier": request.tier,
            "deadline_ns": request.deadline_ns,
            "model_name": request.model_name,
            "input_shape": list(request.input_shape),
            "input_tensor": struct.pack(f"<{len(tensor)}f", *tensor).hex(),
        }
        with self.lock:
            self.records.write(json.dumps(record) + "\n")
            self.records.flush()
        return scheduler_pb2.InferResponse(deadline_ns=request.deadline_ns, success=True)


def main():
    with open(sys.argv[1], "a", encoding="ascii") as records:
        unlimited = [("grpc.max_receive_message_length", -1)]
        server = grpc.server(ThreadPoolExecutor(max_workers=8), options=unlimited)
        scheduler_pb2_grpc.add_SchedulerServiceServicer_to_server(Scribe(records), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        print(port, flush=True)
        sys.stdin.read()
        server.stop(grace=None).wait()


if __name__ == "__main__":
    main()
