"""A server made of grpcio alone, of two protos: it writes down what arrives.

Usage: server.py RECORDS, with the stubs of examples/targets/inference.proto and
proto/open_inference.proto on PYTHONPATH.
A line of JSON per request goes to RECORDS before it is answered.
The first line of stdout is the port; the server ends when stdin does.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import inference_pb2
import inference_pb2_grpc
import open_inference_pb2
import open_inference_pb2_grpc


class Records:
    def __init__(self, file):
        self.file = file
        self.lock = threading.Lock()

    def write(self, context, **record):
        record["headers"] = dict(context.invocation_metadata())
        with self.lock:
            self.file.write(json.dumps(record) + "\n")
            self.file.flush()


class Own(inference_pb2_grpc.InferenceServicer):
    """Ends by turns in each way that the proto knows, and in one of gRPC's."""

    def __init__(self, records):
        self.records = records

    def Predict(self, request, context):
        options = request.options
        [tensor] = request.inputs
        self.records.write(
            context,
            request_id=request.request_id,
            model=request.model,
            priority=inference_pb2.Priority.Name(options.priority),
            deadline_ns=options.deadline.ToNanoseconds(),
            timeout_ms=options.timeout_ms,
            weight=options.weight,
            labels=dict(options.labels),
            dtype=tensor.dtype,
            shape=list(tensor.shape),
            data=tensor.data.hex(),
        )
        turn = int(request.request_id) % 5
        if turn == 4:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "the queue is full, for now")
        return inference_pb2.PredictReply(request_id=request.request_id, status=turn)


class Kserve(open_inference_pb2_grpc.GRPCInferenceServiceServicer):
    """Serves any model that takes four floats."""

    def __init__(self, records):
        self.records = records

    def ServerReady(self, request, context):
        return open_inference_pb2.ServerReadyResponse(ready=True)

    def ModelReady(self, request, context):
        return open_inference_pb2.ModelReadyResponse(ready=True)

    def ModelMetadata(self, request, context):
        tensor = {"name": "INPUT", "datatype": "FP32", "shape": [-1, 4]}
        return open_inference_pb2.ModelMetadataResponse(name=request.name, inputs=[tensor])

    def ModelInfer(self, request, context):
        [tensor], [data] = request.inputs, request.raw_input_contents
        self.records.write(
            context,
            request_id=request.id,
            model=request.model_name,
            parameters={key: value.int64_param for key, value in request.parameters.items()},
            input=tensor.name,
            dtype=tensor.datatype,
            shape=list(tensor.shape),
            data=data.hex(),
        )
        return open_inference_pb2.ModelInferResponse(model_name=request.model_name, id=request.id)


def main():
    with open(sys.argv[1], "a", encoding="ascii") as file:
        records = Records(file)
        server = grpc.server(ThreadPoolExecutor(max_workers=8))
        inference_pb2_grpc.add_InferenceServicer_to_server(Own(records), server)
        add_kserve = open_inference_pb2_grpc.add_GRPCInferenceServiceServicer_to_server
        add_kserve(Kserve(records), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        print(port, flush=True)
        sys.stdin.read()
        server.stop(grace=None).wait()


if __name__ == "__main__":
    main()
