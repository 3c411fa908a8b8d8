#!/usr/bin/env bash
# Does the simulator agree with the reference scheduler? One trace at a load of 0.7, the same
# policy, profile, workers and seed on both sides, full-size and tiny tensors; `compare` prints both
# sides of each class. Run it on a machine that does nothing else.
#
#   benches/scripts/agreement.sh [POLICY...]        default: edf fifo priority
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --release --quiet -p trace -p sim -p replay -p compare
bin="$PWD/target/release"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Mean service of the mix under the default profile: 0.85 x 20 ms + 0.15 x 50 ms = 24.5 ms, so two
# workers are at 0.7 with 57 requests/s.
gen() { "$bin/trace" gen --workload urgent_heavy --total-qps 57 --duration-ms 60000 "$@"; }
gen -o full.arrow > /dev/null
gen --tensor-shape 1x8 -o tiny.arrow > /dev/null

(($# > 0)) || set -- edf fifo priority
for policy; do
  for tensors in full tiny; do
    printf '\n== %s, %s tensors: A = sim, B = replay at the reference scheduler\n' "$policy" "$tensors"
    "$bin/sim" "$tensors.arrow" --policy "$policy" --workers 2 -o sim.arrow > /dev/null
    "$bin/replay" "$tensors.arrow" --policy "$policy" --workers 2 -o replay.arrow 2> /dev/null \
      | grep -E '^(lag|floor|verdict)' || true
    "$bin/compare" sim.arrow replay.arrow --force
  done
done
