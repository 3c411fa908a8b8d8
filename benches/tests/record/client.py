"""A client made of grpcio alone: it asks in every way there is, and prints what it sees.

Usage: client.py ADDRESS, with the stubs of proto/scheduler.proto on PYTHONPATH.
"""

import json
import sys
import time

import grpc
import scheduler_pb2
import scheduler_pb2_grpc

PATIENCE_S = 60


def request(tier):
    return scheduler_pb2.InferRequest(
        tier=tier,
        deadline_ns=time.time_ns() + 3_600_000_000_000,
        model_name="resnet50",
        input_tensor=[0.25] * 150528,
        input_shape=[1, 3, 224, 224],
    )


def refusal(call):
    try:
        call()
    except grpc.RpcError as error:
        return [error.code().name, error.details()]
    return None


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        stub = scheduler_pb2_grpc.SchedulerServiceStub(channel)

        def infer(tier, request_id):
            metadata = [("request-id", str(request_id))]
            return stub.Infer(request(tier), metadata=metadata, timeout=PATIENCE_S)

        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
        unknown = channel.unary_unary("/no.Such/Method")
        watching = watch(b"", timeout=PATIENCE_S)
        seen = {
            "ok": [infer(1, 41).success, infer(2, 42).success],
            "refused": refusal(lambda: infer(9, 43)),
            "unknown": refusal(lambda: unknown(b"", timeout=PATIENCE_S)),
            "health": check(b"", timeout=PATIENCE_S).hex(),
            "watch": next(watching).hex(),
        }
        watching.cancel()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
