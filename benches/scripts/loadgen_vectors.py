"""Makes crates/trace/tests/data/loadgen/schedules.json: schedules of the real MLPerf LoadGen.

Needs `pip install mlcommons-loadgen`, a C compiler and about 15 s. Run it in the repository root:

  python benches/scripts/loadgen_vectors.py
"""

import hashlib
import importlib.metadata
import json
import os
import struct
import subprocess
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
ENDS = 20

# seed, qps, min_duration_ms, min_query_count, whether it is too long to sit through
CASES = [
    (0, 4.0, 1800, 1, False),
    (1, 70.0, 3000, 1, False),
    (12345, 1000.0, 2000, 100, False),
    # LoadGen takes seeds modulo 2^32.
    (2**32 + 42, 333.25, 2000, 1, False),
    (2**64 - 1, 123.456, 1000, 1, False),
    (7, 50_000.0, 400, 1, False),
    # The count rules, not the duration.
    (99, 500.0, 100, 1500, False),
    (3, 100.0, 0, 1, False),
    (3, 100.0, 0, 2, False),
    # Here gaps are so long that the last bit of the logarithm counts.
    (5, 0.02, 86_400_000, 5000, True),
    (2026, 0.5, 86_400_000, 1, True),
]


def arrivals(case, no_sleep):
    *settings, long = case
    environment = dict(os.environ, LD_PRELOAD=no_sleep) if long else None
    command = [sys.executable, f"{FOLDER}/loadgen_server.py", *map(str, settings)]
    lines = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    return [int(line) for line in lines.split()]


def record(case, no_sleep):
    drawn = arrivals(case, no_sleep)
    seed, qps, min_duration_ms, min_query_count, _ = case
    return {
        "seed": seed,
        "qps": qps,
        "min_duration_ms": min_duration_ms,
        "min_query_count": min_query_count,
        "count": len(drawn),
        "first_ns": drawn[:ENDS],
        "last_ns": drawn[-ENDS:],
        "sha256": hashlib.sha256(struct.pack(f"<{len(drawn)}q", *drawn)).hexdigest(),
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        no_sleep = f"{folder}/no_sleep.so"
        source = f"{FOLDER}/loadgen_no_sleep.c"
        subprocess.run(
            ["cc", "-O2", "-shared", "-fPIC", "-o", no_sleep, source, "-ldl"], check=True
        )
        cases = [json.dumps(record(case, no_sleep)) for case in CASES]
    version = importlib.metadata.version("mlcommons-loadgen")
    lines = ",\n".join(cases)
    with open("crates/trace/tests/data/loadgen/schedules.json", "w") as out:
        out.write(f'{{"loadgen": "{version}", "schedules": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
