"""The measuring part of engines.sh: `measure.py REQUESTS ROUNDS PART...`, in the root folder."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

POLICIES = ["fifo", "priority", "edf"]
WORKERS = 4
# 0.9 of what a worker can do with services of 10 ms.
QPS_PER_WORKER = 90

HERE = "benches/engines"
PROFILE = f"{HERE}/profile.toml"
ENGINES = "target/engines/release/engines"
SIM = os.environ["SIM"]
TRACE = os.environ["TRACE"]
PYTHON = os.environ["PYTHON"]
# The last core: interrupts tend to go to the first.
CORE = max(os.sched_getaffinity(0))


def measure(command, pinned=True):
    """Output, wall time and peak memory of a command that must succeed."""
    if pinned:
        command = ["taskset", "--cpu-list", str(CORE), *command]
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began
        # Reaped above; without this subprocess would wait for it again.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command}: exit code {process.returncode}")
        output.seek(0)
        return output.read(), wall_s, usage.ru_maxrss * 1024 / 1e6


class Traces:
    """Traces, and what Python reads, by requests and workers; each is made once."""

    def __init__(self, folder):
        self.folder = folder
        self.made = set()

    def trace(self, requests, workers=WORKERS):
        path = f"{self.folder}/{requests}-{workers}.arrow"
        if path not in self.made:
            self.made.add(path)
            command = [TRACE, "gen", "--spec", f"{HERE}/workload.toml", "--seed", "42"]
            rate = ["--total-qps", str(QPS_PER_WORKER * workers), "--count", str(requests)]
            measure([*command, *rate, "-o", path], pinned=False)
            # Read once, so that no run is the one that finds it cold.
            with open(path, "rb") as file:
                while file.read(1 << 20):
                    pass
        return path

    def columns(self, requests):
        path = f"{self.folder}/{requests}.columns"
        if path not in self.made:
            self.made.add(path)
            measure([ENGINES, "export", self.trace(requests), "--profile", PROFILE, "-o", path])
        return path


class Contestant:
    """A way to run the work; `seconds` are of the simulation, or of the process where `whole`."""

    def __init__(self, name, command, policies=POLICIES, most=None, whole=False):
        self.name = name
        self.command = command
        self.policies = policies
        self.most = most
        self.whole = whole

    def requests(self, requests):
        return min(requests, self.most or requests)

    def run(self, policy, requests, workers=WORKERS):
        """Seconds, and the waits where the engine tells them."""
        output, wall_s, _ = measure(self.command(policy, self.requests(requests), workers))
        line = json.loads(output) if output.startswith('{"') else {}
        return wall_s if self.whole else line["seconds"], line


def contestants(traces):
    def rust(engine, *flags):
        def command(policy, requests, workers):
            trace = traces.trace(requests, workers)
            work = [trace, "--profile", PROFILE, "--workers", str(workers)]
            return [ENGINES, "run", engine, *work, "--policy", policy, *flags]

        return command

    def python(engine):
        def command(policy, requests, workers):
            script = f"{HERE}/python/{engine}.py"
            return [PYTHON, script, traces.columns(requests), policy, str(workers)]

        return command

    def sim(*flags):
        def command(policy, requests, workers):
            work = [traces.trace(requests, workers), "--profile", PROFILE]
            return [SIM, *work, "--policy", policy, "--workers", str(workers), "--threads", "1", *flags]

        return command

    ready = ("--service", "ready")
    table = f"{traces.folder}/out.arrow"
    return [
        Contestant("floor, ready", rust("floor", *ready)),
        Contestant("floor, drawn", rust("floor")),
        Contestant("Kiefer-Wolfowitz, ready", rust("kiefer-wolfowitz", *ready), ["fifo"]),
        Contestant("bare, ready", rust("bare", *ready)),
        Contestant("bare, drawn", rust("bare")),
        Contestant("bare, drawn at arrival", rust("bare", "--service", "early")),
        Contestant("reprise, drawn", rust("reprise")),
        Contestant("bare, drawn, summary", rust("bare", "--summary")),
        Contestant("reprise, drawn, summary", rust("reprise", "--summary")),
        Contestant("simcore, ready", rust("simcore", *ready)),
        Contestant("nexosim, ready", rust("nexosim", *ready), most=1_000_000),
        Contestant("Python heapq, ready", python("heapq_engine"), most=1_000_000),
        Contestant("simpy, ready", python("simpy_engine"), most=100_000),
        Contestant("bare: trace to summary", rust("bare", "--summary"), whole=True),
        Contestant("sim: trace to summary", sim(), whole=True),
        Contestant("sim: trace to table", sim("-o", table), whole=True),
    ]


# Set beside each other, round by round: what our engine must not lose against the bare loop.
RATIOS = [
    ("reprise, drawn", "bare, drawn"),
    ("reprise, drawn, summary", "bare, drawn, summary"),
    ("sim: trace to summary", "bare: trace to summary"),
    ("sim: trace to summary", "bare, drawn"),
]


def spread(values):
    """To three digits, which is more than any of them is good for."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{digits(middle)} [{digits(least)}, {digits(most)}]"


def digits(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def print_row(name, cells):
    print(f"{name:<34}" + "".join(f"{cell:>24}" for cell in cells), flush=True)


def same_waits(name, policy, found, expected):
    if found != expected:
        sys.exit(f"{name}, {policy}: waits differ from the bare loop's: {found}, {expected}")


def agreement(traces, requests):
    """Ends the program where an engine makes requests wait for longer or shorter than the others."""
    requests = min(requests, 100_000)
    print(f"\nmean wait by tier, ms, {requests:,} requests; equal sums in ns by tier are required")
    for policy in POLICIES:
        expected = None
        for one in contestants(traces):
            if one.whole or policy not in one.policies or one.name.startswith("floor"):
                continue
            _, line = one.run(policy, requests)
            expected = expected or line["waits"]
            same_waits(one.name, policy, line["waits"], expected)
            print_row(f"{policy:<9} {one.name}", line["mean_wait_ms"])
        table = f"{traces.folder}/agreement.arrow"
        work = [traces.trace(requests), "--profile", PROFILE, "--workers", str(WORKERS)]
        measure([SIM, *work, "--policy", policy, "-o", table])
        line = json.loads(measure([ENGINES, "table", table])[0])
        same_waits("sim", policy, line["waits"], expected)
        print_row(f"{policy:<9} sim's outcome table", line["mean_wait_ms"])


def alternate(tasks, rounds):
    """Results of each task by name; every task in each round, forwards and backwards by turns."""
    results = {name: [] for name, _ in tasks}
    for number in range(rounds):
        for name, task in tasks if number % 2 == 0 else reversed(tasks):
            results[name].append(task())
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {rounds} ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r" + " " * 24 + "\r", end="", file=sys.stderr)
    return results


def speed(traces, requests, rounds):
    engines = contestants(traces)

    def task(one, policy):
        def run():
            seconds, line = one.run(policy, requests)
            rate = one.requests(requests) / seconds / 1e6
            return rate, one.requests(requests), line.get("waits")

        return run

    tasks = [
        ((one.name, policy), task(one, policy))
        for policy in POLICIES
        for one in engines
        if policy in one.policies
    ]
    results = alternate(tasks, rounds)
    # The larger trace, too, must have been the same work for all that ran it.
    for (name, policy), runs in results.items():
        _, count, waits = runs[0]
        _, bare_count, expected = results["bare, drawn", policy][0]
        if waits and count == bare_count and not name.startswith("floor"):
            same_waits(name, policy, waits, expected)

    print(f"\nM requests/s, {requests:,} requests unless noted, {WORKERS} workers")
    print_row("", POLICIES)
    for one in engines:
        rates = [[run[0] for run in results.get((one.name, policy), [])] for policy in POLICIES]
        note = f" ({one.most // 1000}k)" if one.requests(requests) < requests else ""
        print_row(one.name + note, [spread(rate) if rate else "-" for rate in rates])
    print("\nratio of the two rates of a round")
    for ours, theirs in RATIOS:
        cells = []
        for policy in POLICIES:
            pairs = zip(results[ours, policy], results[theirs, policy])
            cells.append(spread([mine[0] / other[0] for mine, other in pairs]))
        print_row(f"{ours} /", cells)
        print(f"  {theirs}")


def scaling(traces, requests, rounds):
    """Cost of a request by length of the trace, and by number of workers."""
    engines = [one for one in contestants(traces) if one.name in ("bare, drawn", "reprise, drawn")]

    def table(title, settings):
        tasks = [
            ((one.name, policy, setting), lambda one=one, policy=policy, setting=setting:
                one.run(policy, *setting)[0] / setting[0] * 1e9)
            for setting in settings
            for policy in POLICIES
            for one in engines
        ]
        results = alternate(tasks, rounds)
        print(f"\nns a request, {title}")
        print_row("", POLICIES)
        for one in engines:
            for count, workers in settings:
                runs = [results[one.name, policy, (count, workers)] for policy in POLICIES]
                print_row(f"{one.name}, {count:,}, {workers}", [spread(run) for run in runs])

    table("by requests", [(count, WORKERS) for count in (100_000, 1_000_000, 10_000_000)])
    table("by workers, at equal utilisation", [(requests, count) for count in (4, 16, 64, 256)])


def memory(traces, _, rounds):
    """Peak resident memory of whole processes of `sim`; a mapped trace counts as far as it stays."""
    print("\npeak memory of `sim`, MB: trace to summary; trace to table; size of the trace")
    by_name = {one.name: one for one in contestants(traces)}
    print_row("", ["summary", "table", "trace"])
    for count in (100_000, 1_000_000, 10_000_000):
        cells = []
        for name in ("sim: trace to summary", "sim: trace to table"):
            command = by_name[name].command("edf", count, WORKERS)
            cells.append(spread([measure(command)[2] for _ in range(rounds)]))
        size = os.path.getsize(traces.trace(count)) / 1e6
        print_row(f"edf, {count:,} requests", [*cells, f"{size:.1f}"])


def threads(traces, requests, rounds):
    """The same policies in one process, on one thread and on two."""
    policies = ",".join(POLICIES + [f"{policy}:late=drop" for policy in POLICIES])
    policies = os.environ.get("POLICIES", policies)
    work = [traces.trace(requests), "--profile", PROFILE, "--workers", str(WORKERS)]

    def task(count):
        command = [SIM, *work, "--policy", policies, "--threads", str(count)]
        return lambda: measure(command, pinned=False)[1]

    results = alternate([(count, task(count)) for count in (1, 2)], rounds)
    print(f"\nsim --policy {policies}, {requests:,} requests, s")
    for count, walls in results.items():
        print_row(f"{count} threads", [spread(walls)])
    pairs = zip(results[1], results[2])
    print_row("ratio of a round", [spread([one / two for one, two in pairs])])


def machine():
    model = "unknown CPU"
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    if models:
        model = models[0]
    load = os.getloadavg()[0]
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{model}, core {CORE} of {os.cpu_count()}, {system}, load before: {load:.2f}"


PARTS = {"speed": speed, "scaling": scaling, "memory": memory, "threads": threads}


def main(requests, rounds, parts):
    print(machine())
    print(f"{rounds} rounds; median [least, most]")
    with tempfile.TemporaryDirectory() as folder:
        traces = Traces(folder)
        agreement(traces, requests)
        for part in parts or PARTS:
            PARTS[part](traces, requests, rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
