#!/usr/bin/env bash
# How much this machine carries: urgent_heavy with full-size tensors (602 KB a request) at rising
# rates, at the embedded scheduler with so many emulated workers that it never queues.
#
#   benches/scripts/load.sh [RATE...]               default: 30 120 300
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --release --quiet -p trace -p replay
bin="$PWD/target/release"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

(($# > 0)) || set -- 30 120 300
for rate; do
  "$bin/trace" gen --workload urgent_heavy --total-qps "$rate" --duration-ms 20000 -o t.arrow > /dev/null
  printf '\n== %s requests/s of 602 KB\n' "$rate"
  "$bin/replay" t.arrow --workers 64 2> /dev/null | grep -E '^(all|status|goodput|sent|lag|floor|verdict)' || true
done
