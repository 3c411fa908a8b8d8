"""The measuring part of gen_speed.sh: `gen_speed.py TRACE_BINARY RUNS`."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

LOADGEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "loadgen_server.py")
CORES = 2
QPS = 1_000_000


def measure(command):
    """Wall and CPU time, peak memory and output of a command that must succeed."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        # Reaped above; without this subprocess would wait for it again.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command}: exit code {process.returncode}")
        output.seek(0)
        text = output.read()
    figures = {
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "rss_mb": usage.ru_maxrss * 1024 / 1e6,
    }
    return figures, text


def gen(trace, rows, path):
    """`trace gen` of about so many requests of `balanced`."""
    figures, text = measure(
        [trace, "gen", "--workload", "balanced", "--total-qps", str(QPS), "--seed", "42"]
        + ["--duration-ms", str(rows * 1000 // QPS), "--json", "-o", path]
    )
    figures["rows"] = json.loads(text)["rows"]
    figures["file_mb"] = os.path.getsize(path) / 1e6 if os.path.isfile(path) else 0
    return figures


def loadgen(rows, by_count):
    """LoadGen until its first query: what it does before is to make the schedule.

    The interpreter's start is left out of the times, and in the memory.
    """
    command = [sys.executable, LOADGEN, "--until-first-query", str(rows)]
    figures, text = measure(command + ["--by-count"] * by_count)
    inside = json.loads(text)
    figures.update(wall_s=inside["wall_s"], cpu_s=inside["cpu_s"], rows=rows, file_mb=0)
    return figures


def write_back():
    """Leaves no dirty pages of one measurement to the next."""
    os.sync()


def row(name, runs):
    def spread(key, digits):
        values = [run[key] for run in runs]
        three = (min(values), statistics.median(values), max(values))
        return " ".join(f"{value:.{digits}f}" for value in three)

    rows = runs[0]["rows"]
    rate = rows / statistics.median(run["wall_s"] for run in runs) / 1e6
    print(
        f"{name:<34} {rows:>11,} {spread('wall_s', 2):>20} {spread('cpu_s', 2):>20}"
        f" {spread('rss_mb', 0):>16} {runs[0]['file_mb']:>9,.0f} {rate:>7.2f}",
        flush=True,
    )


def machine():
    model = "unknown CPU"
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    if models:
        model = models[0]
    load = os.getloadavg()[0]
    return (
        f"{model}, {CORES} of {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"load before: {load:.2f}"
    )


def main(trace, runs):
    print(machine())
    # Children inherit it, and `trace gen` takes a thread for each core that it may use.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    print(f"{runs} runs by turns; minimum median maximum\n")
    print(
        f"{'':<34} {'requests':>11} {'wall s':>20} {'CPU s':>20} {'peak MB':>16}"
        f" {'file MB':>9} {'M/s':>7}"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/t.arrow"
        ten = 10_000_000
        contestants = {
            "trace gen, disk": lambda: gen(trace, ten, path),
            "trace gen, /dev/null": lambda: gen(trace, ten, "/dev/null"),
            "LoadGen's schedule, by duration": lambda: loadgen(ten, False),
            "LoadGen's schedule, by count": lambda: loadgen(ten, True),
        }
        measured = {name: [] for name in contestants}
        for _ in range(runs):
            for name, contestant in contestants.items():
                write_back()
                measured[name].append(contestant())
        for name, figures in measured.items():
            row(name, figures)
        print()
        sizes = {rows: [] for rows in (1_000_000, ten, 100_000_000)}
        for _ in range(runs):
            for rows, figures in sizes.items():
                write_back()
                figures.append(gen(trace, rows, path))
        for figures in sizes.values():
            row("trace gen, disk", figures)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
