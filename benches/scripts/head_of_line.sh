#!/usr/bin/env bash
# Does a large request hold up a small one? Urgent tiny requests beside others of 602 KB, at the
# sink; connections and their assignment by turns. Lag is from when a request was due to when its
# last byte was handed to the kernel.
#
#   benches/scripts/head_of_line.sh [ROUNDS] [SECONDS] [RATE]
#                                   default: 3 rounds, 5 s each, 300 requests/s of each kind
#
# With one connection both assignments are the same: their difference is what chance makes.
set -euo pipefail
cd "$(dirname "$0")/../.."
count=${1:-3}
seconds=${2:-5}
rate=${3:-300}
SINK_FLAGS="--rows-max 0 ${SINK_FLAGS:-}"
source benches/peers/common.sh
leave_replay_its_core

cat > "$folder/mixed.toml" << 'TOML'
version = 1
slos = [{ name = "urgent", target = "100ms" }, { name = "normal", target = "500ms" }]
models = [{ name = "tiny", shape = [1, 4] }, { name = "large", shape = [1, 3, 224, 224] }]
classes = [
  { tier = 1, slo = "urgent", share = 0.5, models = [{ model = "tiny", weight = 1.0 }] },
  { tier = 2, slo = "normal", share = 0.5, models = [{ model = "large", weight = 1.0 }] },
]
TOML
"$trace" gen --spec "$folder/mixed.toml" --total-qps $((2 * rate)) \
  --duration-ms $((seconds * 1000)) -o "$folder/trace.arrow" > /dev/null

# lag TIER: p50 and p99 of its lag in us, and how many of its requests did not end ok
lag() {
  awk -F, -v tier="$1" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["tier"] == tier { print $at["lag_ns"] "," $at["status"] }' "$folder/metrics.csv" |
    sort -n | awk -F, '
      $1 != "" { lag[++count] = $1 / 1e3 }
      $2 != "ok" { failed++ }
      END { print lag[int((count + 1) / 2)], lag[int((count * 99 + 99) / 100)], failed + 0 }'
}

# run_one CONNECTIONS ASSIGN
run_one() {
  local status=0
  sink_start
  "$replay" "$folder/trace.arrow" --scheduler-url "$address" --connections "$1" --assign "$2" \
    -o "$folder/run.arrow" --metrics-csv "$folder/metrics.csv" > "$folder/out" 2> "$folder/err" ||
    status=$?
  sink_stop
  if ((status != 0 && status != 3)); then
    cat "$folder/err" >&2
    return "$status"
  fi
  echo "$1 $2 $(lag 1) $(lag 2)" >> "$rounds"
}

# spread COLUMN WAY: median, and the range
spread() {
  awk -v way="$2" -v column="$1" '$1 " " $2 == way { print $column }' "$rounds" | sort -n |
    awk '{ value[NR] = $1 }
      END {
        printf "%.0f", value[int((NR + 1) / 2)]
        if (NR > 1) printf " [%.0f, %.0f]", value[1], value[NR]
      }'
}

ways=('1 least-loaded' '1 class' '4 least-loaded' '4 class' '8 least-loaded' '8 class')
echo "head of line: $rate tiny and $rate requests/s of 602 KB for $seconds s, $count rounds; $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg) at the start"
for ((round = 0; round < count; round++)); do
  for ((index = 0; index < ${#ways[@]}; index++)); do
    ((round % 2 == 0)) && way=${ways[index]} || way=${ways[-index - 1]}
    [[ ! -t 2 ]] || printf '\rround %d of %d, %-20s' $((round + 1)) "$count" "$way" >&2
    read -r connections assign <<< "$way"
    run_one "$connections" "$assign"
  done
done
[[ ! -t 2 ]] || printf '\r%50s\r' '' >&2

printf '\nlag in us, median [least, most] of the rounds; failed over all rounds\n'
row='%-12s %-13s %22s %22s %22s %22s %7s\n'
# shellcheck disable=SC2059
printf "$row" connections assign tiny_p50 tiny_p99 large_p50 large_p99 failed
for way in "${ways[@]}"; do
  read -r connections assign <<< "$way"
  failed=$(awk -v way="$way" '$1 " " $2 == way { sum += $5 + $8 } END { print sum }' "$rounds")
  # shellcheck disable=SC2059
  printf "$row" "$connections" "$assign" "$(spread 3 "$way")" "$(spread 4 "$way")" \
    "$(spread 6 "$way")" "$(spread 7 "$way")" "$failed"
done
