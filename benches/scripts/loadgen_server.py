"""Runs the Server scenario of the real MLPerf LoadGen, and reads its schedule from its own trace log.

Needs `pip install mlcommons-loadgen`.

  loadgen_server.py SEED QPS MIN_DURATION_MS MIN_QUERY_COUNT
      prints the scheduled arrivals in ns, one a line. Takes as long as the schedule, unless
      loadgen_no_sleep.c is preloaded.
  loadgen_server.py --until-first-query COUNT [--by-count]
      makes a schedule of about COUNT queries (at 1,000,000/s, so that the duration rules; with
      --by-count the count rules), and stops at the first query: prints the time and memory that it
      took.
"""

import json
import os
import re
import resource
import sys
import tempfile
import time

import mlperf_loadgen as loadgen

SAMPLE = re.compile(r'^\{"name":"Sample",.*"ph":"b",.*"ts":(\d+)\.(\d{3}),.*"query_seq":(\d+),')


def run(issue, seed, qps, min_duration_ms, min_query_count, folder, trace_log):
    settings = loadgen.TestSettings()
    settings.scenario = loadgen.TestScenario.Server
    settings.mode = loadgen.TestMode.PerformanceOnly
    settings.schedule_rng_seed = seed
    settings.server_target_qps = qps
    settings.min_duration_ms = min_duration_ms
    settings.min_query_count = min_query_count
    output = loadgen.LogOutputSettings()
    output.outdir = folder
    output.copy_summary_to_stdout = False
    log = loadgen.LogSettings()
    log.log_output = output
    log.enable_trace = trace_log
    sut = loadgen.ConstructSUT(issue, lambda: None)
    samples = loadgen.ConstructQSL(1, 1, lambda _: None, lambda _: None)
    loadgen.StartTestWithLogSettings(sut, samples, settings, log, "")
    loadgen.DestroyQSL(samples)
    loadgen.DestroySUT(sut)


def arrivals(seed, qps, min_duration_ms, min_query_count):
    """The arrivals in ns from the first one on, which LoadGen has at 0."""

    def complete(queries):
        loadgen.QuerySamplesComplete(
            [loadgen.QuerySampleResponse(query.id, 0, 0) for query in queries]
        )

    with tempfile.TemporaryDirectory() as folder:
        run(complete, seed, qps, min_duration_ms, min_query_count, folder, True)
        found = {}
        # The file is not valid JSON; it has an event a line.
        with open(os.path.join(folder, "mlperf_log_trace.json")) as lines:
            for line in lines:
                if match := SAMPLE.match(line):
                    us, ns, query = map(int, match.groups())
                    if query in found:
                        sys.exit(f"query {query} is twice in the log")
                    found[query] = us * 1000 + ns
    if sorted(found) != list(range(len(found))):
        sys.exit("the log lacks queries")
    # The log prints microseconds from a double: exact to the ns for 104 days.
    if max(found.values()) > 9_000_000_000_000_000:
        sys.exit("the schedule is too long for LoadGen's log to tell nanoseconds")
    return [found[query] - found[0] for query in range(len(found))]


def until_first_query(count, by_count):
    began = time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    rss_before_kb = usage.ru_maxrss
    cpu_before = usage.ru_utime + usage.ru_stime

    def stop(_):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        result = {
            "wall_s": time.perf_counter() - began,
            "cpu_s": usage.ru_utime + usage.ru_stime - cpu_before,
            "rss_mb": usage.ru_maxrss / 1e3,
            "rss_before_mb": rss_before_kb / 1e3,
        }
        print(json.dumps(result), flush=True)
        # Nobody wants the queries themselves.
        os._exit(0)

    duration_ms, min_count = (1, count) if by_count else (count // 1000, 1)
    with tempfile.TemporaryDirectory() as folder:
        run(stop, 0, 1e6, duration_ms, min_count, folder, False)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--until-first-query", count]:
            until_first_query(int(count), False)
        case ["--until-first-query", count, "--by-count"]:
            until_first_query(int(count), True)
        case [seed, qps, duration_ms, count]:
            for arrival in arrivals(int(seed), float(qps), int(duration_ms), int(count)):
                print(arrival)
        case _:
            sys.exit(__doc__)
