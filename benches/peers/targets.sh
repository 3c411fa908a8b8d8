#!/usr/bin/env bash
# What does a request cost replay by the kind of its target? Closed loops at the sink, by turns: our
# own proto as it is built in, the same proto read at run time with a map of the same fields, and the
# Open Inference Protocol as Triton takes it. Prints CPU time for each request, and that of the other
# two as a multiple of the first's in the same round.
#
#   benches/peers/targets.sh [SECONDS] [ROUNDS] [OUTSTANDING]        default: 5 s, 5, 64 (8 with 602 KB)
#
#   SHAPE=SHAPE        the tensors [first 1x4, then 1x3x224x224]
#   REQUESTS=N         requests of a run [for each second 60000; of more than 64 KiB, 2500]
#
# A run ends with its trace. All threads of replay share core 0.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5}
count=${2:-5}
outstanding=${3:-}
source benches/peers/common.sh

pin_clients
# The sink answers no question about a model, so the map names the input.
printf '[request]\n"inputs[0].name" = "data_0"\n' > "$folder/input.toml"

start_replay() {
  client "$replay" "$folder/trace.arrow" --closed-loop "$in_flight" --connections "$CONNECTIONS" \
    --scheduler-url "$address" "${replay_class[@]}" -o "$folder/run.arrow" \
    --metrics-csv "$folder/metrics.csv" "$@"
}
start_scheduler() { start_replay; }
start_proto() {
  start_replay --target proto --proto proto/scheduler.proto \
    --method scheduler.SchedulerService/Infer --map crates/targets/src/scheduler.toml
}
start_kserve() { start_replay --target kserve --map triton --map "$folder/input.toml"; }

scheduler() { run scheduler start_scheduler; }
proto() { run proto start_proto; }
kserve() { run kserve start_kserve; }

# measure SHAPE
measure() {
  local bytes=$((4 * ${1//x/*}))
  local per_second=60000
  in_flight=${outstanding:-64}
  if ((bytes > 65536)); then per_second=2500 in_flight=${outstanding:-8}; fi
  draw "$folder/trace.arrow" "$1" "${REQUESTS:-$((per_second * seconds))}" 1 constant
  : > "$rounds"
  printf '\ntensors of %d bytes, %d outstanding\n' "$bytes" "$in_flight"
  alternate "$count" scheduler proto kserve
  "$peers" table --against scheduler "$rounds"
}

echo "targets: $seconds s, $CONNECTIONS connections, replay on core 0, $count rounds"
print_conditions
for shape in ${SHAPE:-1x4 1x3x224x224}; do measure "$shape"; done
