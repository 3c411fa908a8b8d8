#!/usr/bin/env bash
# Does `replay` take more memory the longer it runs? Tiny tensors at a sink on this machine; the
# resident set of the process every 10 s, while the run lasts.
#
#   benches/scripts/soak.sh [MINUTES] [RATE]        default: 30 minutes, 1000 requests/s
#
# How to read it: replay keeps some 150 bytes for each request of the run (its plan, its outcomes).
# They are there from the start, so a run of twice the length begins higher, and does not climb.
# Samples count from the second minute on (from the second quarter of a run below four minutes):
# connections are up by then, and buffers have their size. From there on the slope is to be about 0.
# Anonymous memory is given besides, since pages of the program itself come in when they are first
# needed. Writing the tables after the last request takes memory again, and is not sampled.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-30}
rate=${2:-1000}
seconds=$((minutes * 60))
# The sink stamps nothing, so that its own table does not fill the memory.
SINK_FLAGS="--rows-max 0 ${SINK_FLAGS:-}"
source benches/peers/common.sh
leave_replay_its_core

every_s=10
skip_s=$((seconds < 240 ? seconds / 4 : 60))
"$trace" gen --workload urgent_heavy --total-qps "$rate" --duration-ms $((seconds * 1000)) \
  --tensor-shape 1,4 -o "$folder/trace.arrow" > /dev/null

# sample KEY: kB of it in the process
sample() { sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$process/status"; }

echo "soak: $rate requests/s for $minutes minutes, tiny tensors; samples every $every_s s from $skip_s s on"
sink_start
"$replay" "$folder/trace.arrow" --scheduler-url "$address" -o "$folder/run.arrow" \
  --metrics-csv "$folder/metrics.csv" > "$folder/out" 2> "$folder/err" &
process=$!
begun=$SECONDS
: > "$folder/samples"
while sleep "$every_s" && at=$((SECONDS - begun)) && ((at <= seconds)); do
  # A process that has ended has no memory.
  rss=$(sample VmRSS) anonymous=$(sample RssAnon)
  [[ -n $rss ]] || break
  ((at < skip_s)) || echo "$at $rss $anonymous" >> "$folder/samples"
  [[ ! -t 2 ]] || printf '\r%4d of %d s, %d kB ' "$at" "$seconds" "$rss" >&2
done
[[ ! -t 2 ]] || printf '\r%40s\r' '' >&2
status=0
wait "$process" || status=$?
sink_stop
if ((status != 0 && status != 3)); then
  cat "$folder/err" >&2
  exit "$status"
fi

# figures NAME COLUMN: start, median, highest and end, and the slope of a straight line through all
figures() {
  sort -n -k "$2,$2" "$folder/samples" > "$folder/sorted"
  awk -v name="$1" -v column="$2" '
    FNR == NR { count++; if (count == 1) start = $column; end = $column
                x += $1; y += $column; xx += $1 * $1; xy += $1 * $column; next }
    FNR == int((count + 1) / 2) { median = $column }
    { most = $column }
    END {
      if (count < 2) { print name ": too few samples"; exit }
      slope = 60 * (count * xy - x * y) / (count * xx - x * x)
      printf "%-10s%10d%10d%10d%10d%12.1f\n", name, start, median, most, end, slope
    }' "$folder/samples" "$folder/sorted"
}
printf '\n%-10s%10s%10s%10s%10s%12s\n' 'kB' start median max end KB/min
figures resident 2
figures anonymous 3
echo
grep -E '^(status|sent|lag|floor|verdict)' "$folder/out"
