#!/usr/bin/env bash
# How long `compare` takes, and how much memory, on two simulated runs of ROWS requests each.
#
#   benches/scripts/compare_speed.sh [ROWS] [ROUNDS]      1000000 and 5 where they are left out
#
# A line a round: seconds, seconds of CPU, and the largest memory. The tables are in the page cache.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
rows=${1:-1000000}
rounds=${2:-5}
cargo build --release --quiet -p trace -p sim -p compare
bin=$PWD/${CARGO_TARGET_DIR:-target}/release
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# 14 workers at 0.7: queues form, and both policies keep up.
"$bin/trace" gen --workload balanced --total-qps 500 --duration-ms $((rows * 2)) --seed 1 \
  -o "$folder/t.arrow" > /dev/null
"$bin/sim" "$folder/t.arrow" --policy fifo,edf --workers 14 -o "$folder/" > /dev/null
for ((round = 0; round < rounds; round++)); do
  python3 - "$bin/compare" "$folder/fifo.arrow" "$folder/edf.arrow" << 'PYTHON'
import resource, subprocess, sys, time
begun = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
seconds = time.monotonic() - begun
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
assert status in (0, 1), f"compare ended with {status}"
cpu = usage.ru_utime + usage.ru_stime
print(f"{seconds:.2f} s  {cpu:.2f} s of CPU  {usage.ru_maxrss / 1000:.0f} MB")
PYTHON
done
