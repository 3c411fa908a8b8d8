#!/usr/bin/env bash
# An independent judge of `sent_ns`: replay says when it handed a request's last byte to the kernel,
# a packet capture on loopback says when the packet left. Tiny tensors, a packet for each request.
#
#   benches/peers/judge.sh [RATE] [SECONDS] [ROUNDS]        default: 1000 requests/s, 10 s, 3
#
# Capturing needs root (CAP_NET_RAW); without it this says so and exits with 0. The capture takes
# CPU time of its own, so rates above some thousands a second judge the judge.
set -euo pipefail
cd "$(dirname "$0")/../.."
rate=${1:-1000}
seconds=${2:-10}
count=${3:-3}
if ! python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)' 2> /dev/null; then
  echo 'skipped: capturing packets needs root (CAP_NET_RAW)' >&2
  exit 0
fi
source benches/peers/common.sh
draw "$folder/trace.arrow" 1x4 "$rate" "$seconds" poisson

echo "sent_ns against a packet capture: $rate requests/s for $seconds s, $count rounds"
for ((round = 1; round <= count; round++)); do
  sink_start
  : > "$folder/judged"
  python3 benches/peers/judge.py "${address##*:}" "$folder/run.csv" > "$folder/judged" &
  judge=$!
  until grep -q capturing "$folder/judged"; do kill -0 "$judge" && sleep 0.05; done
  client "$replay" "$folder/trace.arrow" --scheduler-url "$address" --connections "$CONNECTIONS" \
    "${replay_class[@]}" -o "$folder/run.csv" --metrics-csv "$folder/metrics.csv" || (($? == 3))
  kill "$judge"
  wait "$judge"
  sink_stop
  printf '\nround %d\n' "$round"
  tail -n +2 "$folder/judged"
done
