#!/usr/bin/env bash
# Tensors of 602 KB (1x3x224x224): first what a request costs at a rate that all clients can keep,
# then how many a second one core sends.
#
#   benches/peers/bodies.sh [RATE] [SECONDS] [ROUNDS]        default: 500 requests/s, 5 s, 5
#
# The predecessor's way (a Python thread and a fresh tensor for each request) and LoadGen with a
# ready body run at LOW_RATE [30], since that is what they can keep; so does replay once more.
# The last table is of closed loops, 8 requests outstanding; replay ends with its trace, of REQUESTS
# [2500 for each second], the others after SECONDS.
# FRAME sets the longest frame that the sink allows [16384], which decides much of the ceiling.
set -euo pipefail
cd "$(dirname "$0")/../.."
rate=${1:-500}
seconds=${2:-5}
count=${3:-5}
low_rate=${LOW_RATE:-30}
shape=1x3x224x224
seed=7
SINK_FLAGS="--max-frame-size ${FRAME:-16384} ${SINK_FLAGS:-}"
source benches/peers/common.sh
find_python
find_h2load

draw "$folder/low.arrow" $shape "$low_rate" "$seconds" "loadgen:schedule_seed=$seed"
draw "$folder/high.arrow" $shape "$rate" "$seconds" "loadgen:schedule_seed=$seed"
draw "$folder/closed.arrow" $shape "${REQUESTS:-$((2500 * seconds))}" 1 constant
"$peers" body --shape $shape -o "$folder/body"

start_reprise() {
  client "$replay" "$schedule" --scheduler-url "$address" --connections "$CONNECTIONS" \
    "${replay_class[@]}" -o "$folder/run.arrow" --metrics-csv "$folder/metrics.csv" "$@"
}
start_reprise_closed() { start_reprise --closed-loop 8; }
start_naive() { client "$peers" naive "$schedule" --to "$address" --shape $shape; }
start_python() {
  client "$PYTHON" benches/peers/loadgen_grpcio.py "$address" "$seed" "$low_rate" \
    $((seconds * 1000)) "$folder/begun" --shape $shape --way "$1"
}
start_ready() { start_python ready; }
start_predecessor() { start_python predecessor; }
start_bare() {
  client "$peers" bare-h2 --to "$address" --seconds "$seconds" --outstanding 8 --shape $shape \
    --connections "$CONNECTIONS"
}
h2load_at() {
  client "$H2LOAD" -d "$folder/body" -H 'content-type: application/grpc' -H 'te: trailers' "$@"
}
start_h2load_script() {
  "$peers" h2load-script "$schedule" --to "$address" > "$folder/script"
  h2load_at -c 1 -m 100000 -n "$(wc -l < "$folder/script")" --timing-script-file="$folder/script"
}
start_h2load() {
  h2load_at -c "$CONNECTIONS" -m $((8 / CONNECTIONS)) -D "$seconds" \
    "http://$address/scheduler.SchedulerService/Infer"
}

reprise() { run reprise start_reprise --trace "$schedule" --outcomes "$folder/run.arrow"; }
naive() { run 'tokio + tonic' start_naive --trace "$schedule" --epoch "$folder/out"; }
h2load_script() { run 'h2load, schedule' start_h2load_script --trace "$schedule"; }
ready() { run 'LoadGen + grpcio' start_ready --trace "$schedule" --begun "$folder/begun"; }
predecessor() {
  run "predecessor's way" start_predecessor --trace "$schedule" --begun "$folder/begun"
}
bare() { run 'bare h2' start_bare; }
h2load() { run h2load start_h2load; }
reprise_closed() { run reprise start_reprise_closed; }

echo "tensors of 602 KB, $seconds s, $count rounds"
print_conditions
schedule=$folder/low.arrow
alternate "$count" reprise ready predecessor
printf '\n%s requests/s\n' "$low_rate"
"$peers" table "$rounds"

: > "$rounds"
schedule=$folder/high.arrow
alternate "$count" reprise naive h2load_script
printf '\n%s requests/s\n' "$rate"
"$peers" table "$rounds"

: > "$rounds"
schedule=$folder/closed.arrow
pin_clients
alternate "$count" reprise_closed bare h2load
printf '\nas many as one core sends (all threads of a client on core 0)\n'
"$peers" table "$rounds"
