#!/usr/bin/env bash
# An overload at a real Triton Inference Server, on a CPU and with models that sleep: 600
# requests/s for about 300, at a queue without priorities, with them, with timeouts as well, and
# with a bound. Prints for each what became of the tiers, and the time from `sent_ns` to when
# Triton had read the request, by its own log.
#
#   benches/scripts/triton.sh [ROUNDS]      default: 3
#
# The runs are those of the tests, which must hold as well. Without Triton it says why and fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
for ((round = 1; round <= ${1:-3}; round++)); do
  CI=true cargo test --release --quiet -p benches --test together -- --nocapture triton:: |
    grep '^|'
done
