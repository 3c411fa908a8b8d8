"""Plain Python: sorted arrivals merged with a heap of completions, a heap of waiting requests."""

from heapq import heappop, heappush, heapreplace

from work import main


def run(work, key, workers, waits):
    arrivals, services, tiers = work.arrival_ns, work.service_ns, work.tier
    finishes = []
    queue = []
    for position in range(work.count):
        arrival = arrivals[position]
        # A completion goes before an arrival of the same moment.
        while finishes and finishes[0] <= arrival:
            if queue:
                now = finishes[0]
                _, chosen = heappop(queue)
                waits[tiers[chosen]] += now - arrivals[chosen]
                heapreplace(finishes, now + services[chosen])
            else:
                heappop(finishes)
        if len(finishes) < workers:
            heappush(finishes, arrival + services[position])
        else:
            heappush(queue, (key[position], position))
    while queue:
        now = finishes[0]
        _, chosen = heappop(queue)
        waits[tiers[chosen]] += now - arrivals[chosen]
        heapreplace(finishes, now + services[chosen])


if __name__ == "__main__":
    main(run)
