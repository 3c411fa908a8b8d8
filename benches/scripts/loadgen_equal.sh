#!/usr/bin/env bash
# Is our `loadgen` schedule that of the real MLPerf LoadGen? Fresh cases: every arrival of each is
# compared with what LoadGen's own trace log says. Slow rates run with sleeping made free
# (loadgen_no_sleep.c), which needs a C compiler.
#
#   benches/scripts/loadgen_equal.sh [CASES] [SEED]      default: 20 cases, of a random seed
#
# PYTHON names an interpreter with mlcommons-loadgen; without it, one is made in target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts="$PWD/benches/scripts"

cases=${1:-20}
seed=${2:-$RANDOM$RANDOM}
if [[ -z ${PYTHON:-} ]]; then
  PYTHON="$PWD/target/loadgen-venv/bin/python"
  [[ -x $PYTHON ]] || python3 -m venv target/loadgen-venv
  "$PYTHON" -m pip install --quiet mlcommons-loadgen
fi
cargo build --release --quiet -p trace
trace="$PWD/target/release/trace"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cc -O2 -shared -fPIC -o "$folder/no_sleep.so" "$scripts/loadgen_no_sleep.c" -ldl

# A case a line: seed, qps, min_duration_ms, min_query_count. Rates from 0.01 to 100,000/s; up to
# 20,000 queries or 90 days. Every third case is ruled by its count.
"$PYTHON" - "$cases" "$seed" > "$folder/cases" <<'PYTHON'
import random, sys
cases, seed = map(int, sys.argv[1:])
draw = random.Random(seed)
for case in range(cases):
    qps = round(10 ** draw.uniform(-2, 5), draw.randrange(2, 8))
    queries = min(draw.randrange(1, 20_000), int(90 * 86400 * qps))
    duration_ms = int(queries / qps * 1000)
    count = queries if case % 3 == 0 else 1
    print(draw.randrange(2**63), qps, duration_ms // 2 if case % 3 == 0 else duration_ms, count)
PYTHON

# A workload file of one class: seed, qps, min_duration_ms, min_query_count.
spec() {
  cat << TOML
version = 1
total_qps = $2
duration = "$3ms"
min_query_count = $4
arrivals = { process = "loadgen", schedule_seed = $1 }
slos = [{ name = "any", target = "1s" }]
models = [{ name = "any", shape = [1] }]
classes = [{ tier = 1, slo = "any", share = 1.0, models = [{ model = "any", weight = 1.0 }] }]
TOML
}

echo "cases of seed $seed: schedule_rng_seed, qps, min_duration_ms, min_query_count"
different=0
while read -r -a case; do
  LD_PRELOAD="$folder/no_sleep.so" "$PYTHON" "$scripts/loadgen_server.py" "${case[@]}" \
    > "$folder/theirs" < /dev/null
  spec "${case[@]}" > "$folder/case.toml"
  "$trace" gen --spec "$folder/case.toml" -o "$folder/ours.arrow" > /dev/null
  "$trace" show "$folder/ours.arrow" --limit 1000000 --json |
    sed 's/.*"arrival_ns":\([0-9]*\).*/\1/' > "$folder/ours"
  if cmp --silent "$folder/theirs" "$folder/ours"; then
    verdict=equal
  else
    verdict=DIFFERENT
    different=$((different + 1))
  fi
  printf '%-60s %6d arrivals  %s\n' "${case[*]}" "$(wc -l < "$folder/theirs")" "$verdict"
done < "$folder/cases"
[[ $different == 0 ]]
