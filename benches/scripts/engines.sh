#!/usr/bin/env bash
# How fast our simulator is beside a hand-written loop and other simulators on the same work, in one
# run and by turns, pinned to one core; first whether all make requests wait equally long. Then what
# a request costs in longer traces and with more workers, memory, and two threads beside one.
# benches/engines/README.md says what is compared. Run it on a machine that does nothing else.
#
#   benches/scripts/engines.sh [REQUESTS] [ROUNDS] [PART...]        default: 1000000, 5, all parts
#
# Parts: speed, scaling, memory, threads. POLICIES names the policies of the last.
# PYTHON names an interpreter with simpy; without it, one is made in target/. BIN names a folder of
# `sim` and `trace`; without it, target/release, where they are built.
# TMPDIR must lie on a disk with 2 GB to spare.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ -z ${PYTHON:-} ]]; then
  PYTHON=target/engines-venv/bin/python
  [[ -x $PYTHON ]] || python3 -m venv target/engines-venv
  "$PYTHON" -m pip install --quiet --disable-pip-version-check simpy==4.1.2
fi
if [[ -z ${BIN:-} ]]; then
  BIN=target/release
  cargo build --release --quiet -p trace -p sim
fi
(cd benches/engines && cargo build --release --quiet --locked)
export PYTHON SIM=$BIN/sim TRACE=$BIN/trace PYTHONDONTWRITEBYTECODE=1
exec python3 benches/engines/measure.py "${1:-1000000}" "${2:-5}" "${@:3}"
