#!/usr/bin/env bash
# How late do requests reach the receiver? Several clients follow one schedule at one sink, by
# turns; the sink stamps the first frame of each request. Tiny tensors.
#
#   benches/peers/lateness.sh [RATE] [SECONDS] [ROUNDS]        default: 1000 requests/s, 10 s, 5
#
# The schedule is LoadGen's own (exponential gaps), which `trace gen` draws to the nanosecond; the
# second table has a schedule of equal gaps, for h2load's --rps. README.md says how the clients are
# kept comparable, common.sh which variables there are. PEERS names those that run, of
# `reprise naive loadgen h2load`.
set -euo pipefail
cd "$(dirname "$0")/../.."
rate=${1:-1000}
seconds=${2:-10}
count=${3:-5}
PEERS=${PEERS:-reprise naive loadgen h2load}
seed=7
source benches/peers/common.sh

wants() { [[ " $PEERS " == *" $1 "* ]]; }
! wants loadgen || find_python
! wants h2load || find_h2load
draw "$folder/poisson.arrow" 1x4 "$rate" "$seconds" "loadgen:schedule_seed=$seed"
draw "$folder/equal.arrow" 1x4 "$rate" "$seconds" constant
requests_equal=$("$trace" info "$folder/equal.arrow" --json | sed 's/.*"rows":\([0-9]*\).*/\1/')
"$peers" body --shape 1x4 -o "$folder/body"

start_reprise() {
  client "$replay" "$schedule" --scheduler-url "$address" --connections "$CONNECTIONS" \
    "${replay_class[@]}" -o "$folder/run.arrow" --metrics-csv "$folder/metrics.csv"
}
start_naive() { client "$peers" naive "$schedule" --to "$address"; }
start_loadgen() {
  client "$PYTHON" benches/peers/loadgen_grpcio.py "$address" "$seed" "$rate" $((seconds * 1000)) \
    "$folder/begun"
}
h2load() {
  client "$H2LOAD" -c 1 -m 100000 -d "$folder/body" -H 'content-type: application/grpc' \
    -H 'te: trailers' "$@"
}
start_h2load_script() {
  "$peers" h2load-script "$schedule" --to "$address" > "$folder/script"
  h2load -n "$(wc -l < "$folder/script")" --timing-script-file="$folder/script"
}
start_h2load_rps() {
  h2load -n "$requests_equal" --rps "$rate" "http://$address/scheduler.SchedulerService/Infer"
}

reprise() { run reprise start_reprise --trace "$schedule" --outcomes "$folder/run.arrow"; }
naive() { run 'tokio + tonic' start_naive --trace "$schedule" --epoch "$folder/out"; }
loadgen() { run 'LoadGen + grpcio' start_loadgen --trace "$schedule" --begun "$folder/begun"; }
h2load_script() { run 'h2load, schedule' start_h2load_script --trace "$schedule"; }
h2load_rps() { run 'h2load --rps' start_h2load_rps --trace "$schedule"; }

echo "lateness at the receiver: $rate requests/s for $seconds s, tiny tensors, $count rounds"
print_conditions
schedule=$folder/poisson.arrow
clients=()
for peer in reprise naive loadgen; do ! wants $peer || clients+=("$peer"); done
! wants h2load || clients+=(h2load_script)
alternate "$count" "${clients[@]}"
printf '\nexponential gaps\n'
"$peers" table "$rounds"
if ! wants h2load; then exit; fi

: > "$rounds"
schedule=$folder/equal.arrow
clients=()
for peer in reprise naive; do ! wants $peer || clients+=("$peer"); done
alternate "$count" "${clients[@]}" h2load_rps
printf '\nequal gaps\n'
"$peers" table "$rounds"
