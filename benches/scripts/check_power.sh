#!/usr/bin/env bash
# How often does each test of `trace check` cry wolf, and how often does it find a planted defect?
# Prints rejections at 5 %, 1 % and 0.1 % on unit Poisson streams and on traces of the generator,
# the files that alarm, and the power against each defect, over so many seeds. The seeds are fixed,
# so the tables are the same on every machine.
#
#   benches/scripts/check_power.sh [SEEDS]          default: 200
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo run --release --quiet -p trace --example check_power -- "${1:-200}"
