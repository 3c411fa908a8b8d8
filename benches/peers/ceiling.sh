#!/usr/bin/env bash
# How many tiny requests a second does one client send from one core? Closed loops, by turns, at
# the sink on another core: no schedule, so no lateness.
#
#   benches/peers/ceiling.sh [SECONDS] [ROUNDS] [OUTSTANDING]        default: 5 s, 5, 64
#
# replay ends with its trace, of REQUESTS [60000 for each second], the others after SECONDS. All
# threads of a client share core 0.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5}
count=${2:-5}
outstanding=${3:-64}
source benches/peers/common.sh
find_h2load

pin_clients
"$peers" body --shape 1x4 -o "$folder/body"
requests=${REQUESTS:-$((60000 * seconds))}
draw "$folder/trace.arrow" 1x4 "$requests" 1 constant

start_bare() {
  client "$peers" bare-h2 --to "$address" --seconds "$seconds" --outstanding "$outstanding" \
    --connections "$CONNECTIONS"
}
start_h2load() {
  client "$H2LOAD" -c "$CONNECTIONS" -m $((outstanding / CONNECTIONS)) -D "$seconds" \
    -d "$folder/body" -H 'content-type: application/grpc' -H 'te: trailers' \
    "http://$address/scheduler.SchedulerService/Infer"
}
start_reprise() {
  client "$replay" "$folder/trace.arrow" --closed-loop "$outstanding" \
    --connections "$CONNECTIONS" --scheduler-url "$address" \
    "${replay_class[@]}" -o "$folder/run.arrow" --metrics-csv "$folder/metrics.csv"
}

bare() { run 'bare h2' start_bare; }
h2load() { run h2load start_h2load; }
reprise() { run reprise start_reprise; }

echo "ceiling with tiny tensors: $seconds s, $outstanding outstanding, $CONNECTIONS connections, client on core 0, $count rounds"
print_conditions
alternate "$count" reprise bare h2load
"$peers" table "$rounds"
