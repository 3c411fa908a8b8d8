"""Holds the `sent_ns` of an outcome table against a packet capture on loopback.

  judge.py PORT OUTCOMES.csv

Captures packets to PORT until SIGINT or SIGTERM, with the kernel's time stamps; then reads the
outcome table, finds the packet that carries each request, and prints captured - sent. A request is
told by its deadline, which is the varint in field 2 of its message, behind the tier. Tensors must be
so small that the packet with the deadline carries the last byte too: requests whose message goes on
in another packet are counted and left out. Needs CAP_NET_RAW. Prints `capturing` once
it does.

The kernel stamps Unix time and `sent_ns` counts on the monotonic clock, so both clocks are read
together all the while, and a clock that is being corrected does not count as a difference.
"""

import bisect
import csv
import json
import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SOL_PACKET = 263
PACKET_STATISTICS = 6
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
ETHERNET_LEN = 14
DEADLINE_KEY = 0x10
# Before the key of the deadline: the length of the message in four bytes, then key and value of the
# tier, with which the message begins.
TIER_LEN = 2
LENGTH_LEN = 4


def capture(port):
    """Payloads to the port with their Unix stamps, readings of both clocks, and packets lost."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.bind(("lo", 0))
    tap.settimeout(0.1)
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    packets, clocks = [], [both_clocks()]
    print("capturing", flush=True)
    while not stopped:
        if time.monotonic_ns() - clocks[-1][1] > 100_000_000:
            clocks.append(both_clocks())
        try:
            frame, ancillary, _, address = tap.recvmsg(65_536, 64)
        except TimeoutError:
            continue
        # Loopback shows every packet twice; the outgoing one is stamped as it leaves.
        if address[2] != PACKET_OUTGOING:
            continue
        payload = tcp_payload(frame, port)
        if payload:
            seconds, nanos = struct.unpack("qq", ancillary[0][2])
            packets.append((seconds * 10**9 + nanos, payload))
    clocks.append(both_clocks())
    _, lost = struct.unpack("II", tap.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    return packets, clocks, lost


def both_clocks():
    """Unix and monotonic time of one moment: the closest of a few readings."""
    best = None
    for _ in range(5):
        before, unix, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if best is None or after - before < best[0]:
            best = (after - before, unix, (before + after) // 2)
    return best[1], best[2]


def tcp_payload(frame, port):
    if len(frame) < ETHERNET_LEN + 40 or frame[12:14] != b"\x08\x00":
        return None
    header_len = (frame[ETHERNET_LEN] & 15) * 4
    tcp = ETHERNET_LEN + header_len
    if frame[ETHERNET_LEN + 9] != socket.IPPROTO_TCP:
        return None
    if int.from_bytes(frame[tcp + 2 : tcp + 4], "big") != port:
        return None
    return frame[tcp + (frame[tcp + 12] >> 4) * 4 :]


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


class Unix:
    """Turns Unix time into monotonic time, by the readings of both."""

    def __init__(self, clocks):
        self.unix, self.monotonics = zip(*clocks)

    def monotonic(self, unix):
        after = min(max(bisect.bisect(self.unix, unix), 1), len(self.unix) - 1)
        u0, u1 = self.unix[after - 1], self.unix[after]
        m0, m1 = self.monotonics[after - 1], self.monotonics[after]
        return m0 + (unix - u0) * (m1 - m0) // max(u1 - u0, 1)


def quantile(ordered, p):
    """By nearest rank."""
    return ordered[max(-(-p * len(ordered) // 1000), 1) - 1]


def main():
    port, outcomes = int(sys.argv[1]), sys.argv[2]
    packets, clocks, lost = capture(port)
    with open(outcomes + ".meta.json") as file:
        epoch_unix = int(json.load(file)["reprise.epoch_unix_ns"])
    clock = Unix(clocks)
    epoch = clock.monotonic(epoch_unix)
    sent, twice = {}, 0
    with open(outcomes, newline="") as file:
        for row in csv.DictReader(file):
            if not row["sent_ns"]:
                continue
            key = varint(epoch_unix + int(row["deadline_ns"]))
            twice += key in sent
            sent[key] = int(row["sent_ns"])
    if not sent:
        sys.exit("judge: the outcome table has no request that was sent")
    total, lengths = len(sent), {len(key) for key in sent}
    differences, segments, split = [], 0, 0
    for stamp, payload in packets:
        found = 0
        at = payload.find(DEADLINE_KEY)
        while at >= 0:
            for length in lengths:
                at_sent = sent.pop(payload[at + 1 : at + 1 + length], None)
                if at_sent is None:
                    continue
                found += 1
                begin = at - TIER_LEN
                message_len = int.from_bytes(payload[begin - LENGTH_LEN : begin], "big")
                if begin + message_len <= len(payload):
                    differences.append(clock.monotonic(stamp) - epoch - at_sent)
                else:
                    split += 1
            at = payload.find(DEADLINE_KEY, at + 1)
        segments += found > 1
    if not differences:
        sys.exit(f"judge: no request was found whole in a packet; {split} were split")
    differences.sort()
    print(
        f"{len(differences)} of {total} requests found in {len(packets)} packets"
        f" ({lost} packets lost, {segments} with several requests;"
        f" {split} requests split, {twice} deadlines twice)"
    )
    names = {"least": 0, "p1": 10, "p50": 500, "p99": 990, "p99.9": 999, "most": 1000}
    for name, p in names.items():
        print(f"captured - sent  {name:>6}  {quantile(differences, p) / 1000:10.1f} us")
    print(f"clocks moved apart by {(clock_drift(clocks)) / 1000:.1f} us while it ran")


def clock_drift(clocks):
    (u0, m0), (u1, m1) = clocks[0], clocks[-1]
    return (u1 - u0) - (m1 - m0)


if __name__ == "__main__":
    main()
