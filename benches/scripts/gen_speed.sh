#!/usr/bin/env bash
# How fast `trace gen` draws 10 million requests, beside MLPerf LoadGen's generator of schedules, in
# one run and by turns; then how time and memory grow with the number of requests. On two cores, on
# a disk and into /dev/null. Run it on a machine that does nothing else.
#
#   benches/scripts/gen_speed.sh [RUNS]      default: 5
#
# PYTHON names an interpreter with mlcommons-loadgen; without it, one is made in target/.
# TMPDIR must lie on a disk with 6 GB to spare, and memory hold the 5 GB that LoadGen takes.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ -z ${PYTHON:-} ]]; then
  PYTHON="$PWD/target/loadgen-venv/bin/python"
  [[ -x $PYTHON ]] || python3 -m venv target/loadgen-venv
  "$PYTHON" -m pip install --quiet mlcommons-loadgen
fi
cargo build --release --quiet -p trace
exec "$PYTHON" benches/scripts/gen_speed.py target/release/trace "${1:-5}"
