"""MLPerf LoadGen driving grpcio at a receiver: LoadGen's own Server schedule, real calls.

Needs `pip install mlcommons-loadgen grpcio protobuf numpy`.

  loadgen_grpcio.py HOST:PORT SEED QPS DURATION_MS BEGUN [--way ready|predecessor] [--shape 1x4]

--way ready        LoadGen's thread starts an asynchronous call with bytes that were made before;
                   about the least that Python can do for a request.
--way predecessor  as the predecessor does it: a new thread for each request, which draws a tensor
                   of float32, flattens it to a list, lets protobuf encode it, and calls.

Requests carry their number, from 1, in the place of the deadline. When each was begun (when LoadGen
called, CLOCK_MONOTONIC, ns) goes to the file BEGUN, one a line; counts of answers go to stdout.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time

import grpc
import mlperf_loadgen as loadgen
import numpy
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

METHOD = "/scheduler.SchedulerService/Infer"
TIMEOUT_S = 5
DESCRIPTORS = os.path.join(
    os.path.dirname(__file__), "../../crates/wire/src/generated/scheduler.binpb"
)


def messages():
    """The two message classes, from the descriptors that are checked in."""
    with open(DESCRIPTORS, "rb") as file:
        descriptors = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    names = ("scheduler.InferRequest", "scheduler.InferResponse")
    return [message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names]


class Client:
    """Calls, and counts what they come to."""

    def __init__(self, target, way, shape):
        self.request_class, self.reply_class = messages()
        self.way, self.shape = way, shape
        channel = grpc.insecure_channel(target, [("grpc.max_send_message_length", -1)])
        grpc.channel_ready_future(channel).result(timeout=TIMEOUT_S)
        if way == "ready":
            encode = None
            elements = numpy.zeros(shape, dtype=numpy.float32).flatten().tolist()
            rest = self.request_class(
                tier=1, model_name="resnet50", input_tensor=elements, input_shape=shape
            )
            # Fields may come in any order, so a number in front of a ready message is a message.
            self.tail = rest.SerializeToString()
        else:
            encode = self.request_class.SerializeToString
        self.infer = channel.unary_unary(METHOD, encode, self.reply_class.FromString)
        self.begun, self.ok, self.failed = [], 0, 0
        self.counting = threading.Lock()

    def issue(self, queries):
        """LoadGen calls this when a query is due."""
        for query in queries:
            self.begun.append(time.monotonic_ns())
            number = len(self.begun)
            if self.way == "ready":
                head = self.request_class(deadline_ns=number).SerializeToString()
                call = self.infer.future(head + self.tail, timeout=TIMEOUT_S)
                call.add_done_callback(lambda call, query=query: self.done(query, call))
            else:
                threading.Thread(target=self.call, args=(query, number)).start()

    def call(self, query, number):
        tensor = numpy.random.rand(*self.shape).astype(numpy.float32)
        request = self.request_class(
            tier=1,
            deadline_ns=number,
            model_name="resnet50",
            input_tensor=tensor.flatten().tolist(),
            input_shape=self.shape,
        )
        try:
            reply = self.infer(request, timeout=TIMEOUT_S)
        except grpc.RpcError:
            reply = None
        self.end(query, reply)

    def done(self, query, call):
        self.end(query, call.result() if call.exception() is None else None)

    def end(self, query, reply):
        with self.counting:
            if reply is not None and reply.success:
                self.ok += 1
            else:
                self.failed += 1
        loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(query.id, 0, 0)])


def run(client, seed, qps, duration_ms):
    settings = loadgen.TestSettings()
    settings.scenario = loadgen.TestScenario.Server
    settings.mode = loadgen.TestMode.PerformanceOnly
    settings.schedule_rng_seed = seed
    settings.server_target_qps = qps
    settings.min_duration_ms = duration_ms
    settings.min_query_count = 1
    output = loadgen.LogOutputSettings()
    output.copy_summary_to_stdout = False
    log = loadgen.LogSettings()
    log.enable_trace = False
    with tempfile.TemporaryDirectory() as folder:
        output.outdir = folder
        log.log_output = output
        sut = loadgen.ConstructSUT(client.issue, lambda: None)
        samples = loadgen.ConstructQSL(1, 1, lambda _: None, lambda _: None)
        loadgen.StartTestWithLogSettings(sut, samples, settings, log, "")
        loadgen.DestroyQSL(samples)
        loadgen.DestroySUT(sut)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("seed", type=int)
    parser.add_argument("qps", type=float)
    parser.add_argument("duration_ms", type=int)
    parser.add_argument("begun")
    parser.add_argument("--way", choices=("ready", "predecessor"), default="ready")
    parser.add_argument("--shape", default="1x4")
    arguments = parser.parse_args()
    shape = [int(size) for size in arguments.shape.split("x")]
    client = Client(arguments.target, arguments.way, shape)
    run(client, arguments.seed, arguments.qps, arguments.duration_ms)
    with open(arguments.begun, "w") as file:
        file.writelines(f"{at}\n" for at in client.begun)
    json.dump({"ok": client.ok, "failed": client.failed}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
