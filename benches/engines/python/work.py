"""The work that `engines export` wrote, and the line that every engine prints."""

import json
import sys
import time
from array import array

TIERS = 3


class Work:
    """Columns of Python integers, by arrival and then id."""

    def __init__(self, path):
        with open(path, "rb") as file:
            (self.count,) = self._column(file, 1)
            self.arrival_ns = self._column(file, self.count)
            self.deadline_ns = self._column(file, self.count)
            self.service_ns = self._column(file, self.count)
            self.tier = self._column(file, self.count)

    @staticmethod
    def _column(file, count):
        column = array("q")
        column.fromfile(file, count)
        if sys.byteorder == "big":
            column.byteswap()
        # A list hands out the integers that it has; an array would make each anew.
        return column.tolist()

    def key(self, policy):
        """What the policy orders positions by, apart from the positions themselves."""
        return {
            "fifo": [0] * self.count,
            "priority": self.tier,
            "edf": self.deadline_ns,
        }[policy]


def main(run):
    """`ENGINE.py WORK POLICY WORKERS`: runs `run(work, key, workers, waits)`, timed."""
    path, policy, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    work = Work(path)
    key = work.key(policy)
    waits = [0] * TIERS
    began = time.perf_counter()
    run(work, key, workers, waits)
    seconds = time.perf_counter() - began
    counts = [work.tier.count(tier) for tier in range(TIERS)]
    line = {
        "requests": work.count,
        "seconds": seconds,
        "per_second": work.count / seconds,
        "waits": {"count": counts, "sum_ns": waits},
        "mean_wait_ms": [total / count / 1e6 for total, count in zip(waits, counts)],
    }
    print(json.dumps(line))
