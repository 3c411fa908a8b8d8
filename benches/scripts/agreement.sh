#!/usr/bin/env bash
# Does the simulator agree with the reference scheduler? urgent_heavy at several loads and policies,
# the same profile, workers and service seed on both sides; `compare --agreement` judges each cell,
# and a table in Markdown sums up. Run it on a machine that does nothing else.
#
#   benches/scripts/agreement.sh [POLICY...]     default: fifo priority edf edf:late=drop
#
#   LOADS="0.5 0.7 0.9 1.2"   offered load of the workers
#   RUNS=3                    measured runs of a cell, in rounds over all cells
#   WORKERS=2                 emulated workers; more of them get through more requests
#   DURATION_MS=60000         length of the trace; a class needs 400 requests for its p95
#   TENSORS=1x8               shape of the tensors; `full` leaves them 602 KB
#   WITHIN=3 POINTS=0.5       limits on p50 and p95 in per cent, on attainment in points
#   OUT=result/agreement      folder of tables and reports
#   PROFILE=release           how the programs are built; `dev` is for trying this script
set -euo pipefail
cd "$(dirname "$0")/../.."
(($# > 0)) || set -- fifo priority edf edf:late=drop
read -ra loads <<< "${LOADS:-0.5 0.7 0.9 1.2}"
runs=${RUNS:-3}
duration_ms=${DURATION_MS:-60000}
tensors=${TENSORS:-1x8}
out=${OUT:-result/agreement}
profile=${PROFILE:-release}
workers=${WORKERS:-2}

cargo build --profile "$profile" --quiet -p trace -p sim -p replay -p compare
if [[ $profile == dev ]]; then bin=target/debug; else bin=target/$profile; fi
mkdir -p "$out"

# Mean service of the mix under the default profile: 0.85 x 20 ms + 0.15 x 50 ms = 24.5 ms.
qps() { awk -v load="$1" -v workers="$workers" 'BEGIN { printf "%.3f", load * workers / 0.0245 }'; }

# Overload leaves a queue as long as its excess over the whole trace: nothing may be given up for
# having waited in it, since the simulator gives up nothing.
timeout_ms=$((2 * duration_ms + 60000))

# name LOAD POLICY: how the files of a cell begin
name() { echo "$out/load-$1.${2//[:=,]/-}"; }

shape=()
[[ $tensors == full ]] || shape=(--tensor-shape "$tensors")
for load in "${loads[@]}"; do
  "$bin/trace" gen --workload urgent_heavy --total-qps "$(qps "$load")" \
    --duration-ms "$duration_ms" "${shape[@]}" -o "$out/load-$load.arrow" > /dev/null
  for policy; do
    rm -f "$(name "$load" "$policy")".run*.arrow
    "$bin/sim" "$out/load-$load.arrow" --policy "$policy" --workers "$workers" \
      -o "$(name "$load" "$policy").sim.arrow" > /dev/null
  done
done

# By rounds, so that what changes on the machine meanwhile meets all cells.
for ((run = 1; run <= runs; run++)); do
  for load in "${loads[@]}"; do
    for policy; do
      echo "run $run of $runs: load $load, $policy" >&2
      status=0
      "$bin/replay" "$out/load-$load.arrow" --policy "$policy" --workers "$workers" \
        --timeout "$timeout_ms" --in-flight-max 10000 --output-dir "$out" \
        -o "$(name "$load" "$policy").run$run.arrow" \
        > "$(name "$load" "$policy").run$run.txt" 2>&1 || status=$?
      # 3: the run is invalid; the table says so.
      if ((status != 0 && status != 3)); then
        cat "$(name "$load" "$policy").run$run.txt" >&2
        exit "$status"
      fi
    done
  done
done

# agree LOAD POLICY FLAG...: 1 means that the sides differ, which is a finding and no failure
agree() {
  local cell status=0
  cell=$(name "$1" "$2")
  "$bin/compare" --agreement --force --within "${WITHIN:-3}" --within-points "${POINTS:-0.5}" \
    "$cell.sim.arrow" "$cell".run*.arrow "${@:3}" || status=$?
  ((status <= 1))
}

# The rows that are judged count, by their middle run; of the runs of a cell the worst.
# shellcheck disable=SC2016 # the variables are those of jq
row='
  def percent: if . == null then "-" elif . == infinite then "inf" else . * 10000 | round / 100 end;
  def worst(measure; view):
    [.metrics | to_entries[] | select(.key | endswith("/" + measure)) | .value
      | select(.word != "too_few") | .[view] | select(. != null)
      | .middle | if type == "string" then infinite else fabs end] | max | percent;
  def ms: if . == null then "-" else . / 10000 | round / 100 end;
  [$policy, $load, .n, .overall,
    worst("p50"; "measured"), worst("p95"; "measured"), worst("slo_attainment"; "measured"),
    worst("p50"; "without_overhead"), worst("p95"; "without_overhead"),
    worst("slo_attainment"; "without_overhead"),
    ([.accounts[].lag.p99_ns] | max | ms), ([.accounts[].overhead.p50_ns] | max | ms),
    ([.accounts[] | if .served_by_both > 0 then .apart / .served_by_both else 0 end] | max
      | percent),
    ([.fates_that_differ.all | map(.runs) | transpose[] | add] | max // 0),
    ([.b[].info.verdict] | unique | join(", "))]
  | "| " + (map(tostring) | join(" | ")) + " |"'
{
  echo "| policy | load | requests | verdict | p50 % | p95 % | SLO pp | p50 % less lag, overhead |\
 p95 % so | SLO pp so | lag p99 ms | overhead ms | apart % | other fate | runs |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
  for policy; do
    for load in "${loads[@]}"; do
      agree "$load" "$policy" > "$(name "$load" "$policy").txt"
      agree "$load" "$policy" --json > "$(name "$load" "$policy").json"
      jq -r --arg policy "$policy" --arg load "$load" "$row" "$(name "$load" "$policy").json"
    done
  done
} | tee "$out/table.md"
echo "the worst judged class of each cell; details in $out" >&2
