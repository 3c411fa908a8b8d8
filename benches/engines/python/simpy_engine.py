"""simpy: a process that brings requests, and one for each worker, which takes from a store.

Processes for workers are fewer events than the usual process for each request at a
`PriorityResource`. Times are Python integers, in ns. simpy promises nothing about a completion and
an arrival at one moment; in 100 000 requests none meet.
"""

import simpy
from work import main


def run(work, key, workers, waits):
    environment = simpy.Environment()
    queue = simpy.PriorityStore(environment)

    def source():
        now = 0
        for position, arrival in enumerate(work.arrival_ns):
            if arrival > now:
                yield environment.timeout(arrival - now)
                now = arrival
            # Nothing limits the store, so there is no need to wait for the put.
            queue.put((key[position], position))

    def worker():
        while True:
            _, position = yield queue.get()
            waits[work.tier[position]] += environment.now - work.arrival_ns[position]
            yield environment.timeout(work.service_ns[position])

    environment.process(source())
    for _ in range(workers):
        environment.process(worker())
    environment.run()


if __name__ == "__main__":
    main(run)
