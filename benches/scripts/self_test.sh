#!/usr/bin/env bash
# How often does `compare` cry wolf at two runs of one version, and how often does it find a
# slowdown? And what would others have said of the same runs? Prints a line for each study over so
# many comparisons of simulated runs; or the report of one comparison. The seeds are fixed, so both
# are the same on every machine.
#
#   benches/scripts/self_test.sh [COMPARISONS]      default: 200
#   benches/scripts/self_test.sh STUDY NUMBER       for example: mild/runs/5+5/0% 17
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo run --release --quiet -p benches --example self_test -- "${@:-200}"
