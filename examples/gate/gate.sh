#!/usr/bin/env bash
# Is the candidate a regression? Starts two schedulers, replays a trace at them by turns, compares,
# stops them, and exits as `compare` does: 0 no, 1 yes, 2 nothing was compared, 3 cannot tell;
# 130 or 143 after Ctrl-C or SIGTERM.
#
#   examples/gate/gate.sh TRACE [FLAG OF COMPARE]...
#
#   BASE='scheduler --policy edf --listen $ADDRESS'              starts the baseline
#   CAND='scheduler --policy edf:late=drop --listen $ADDRESS'    starts the candidate
#   BASE_ADDRESS=127.0.0.1:50061  CAND_ADDRESS=127.0.0.1:50062   where each must listen
#   NAMES=base,cand     what the report calls them
#   RUNS=5              runs of each, by turns; three or more are the unit of the comparison
#   WAIT_S=30           how long a scheduler may take until it listens
#   OUT=result/gate     folder of outcomes and logs
#   BIN=target/release  folder of the programs, as `cargo build --release` leaves them
#
# A command is for a shell, which finds its address in ADDRESS; all that it starts ends with the
# gate. A replay that could not keep time ends it with 3, unless --force is among the flags.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${BIN:-$root/target/release}
out=${OUT:-result/gate}
wait_s=${WAIT_S:-30}
groups=()

fail() {
  echo "gate: $*" >&2
  exit 2
}

listens() {
  (: < "/dev/tcp/${1%:*}/${1##*:}") 2> /dev/null
}

# start NAME ADDRESS COMMAND: as a process group of its own, until it listens
start() {
  local begun=$SECONDS log=$out/$1.log
  # Who is there already would be measured in place of who is to come.
  ! listens "$2" || fail "something listens at $2 already; stop it, or set ${1^^}_ADDRESS"
  set -m
  ADDRESS=$2 bash -c "$3" > "$log" 2>&1 &
  set +m
  groups+=("-$!")
  until listens "$2"; do
    kill -0 $! 2> /dev/null || fail "$1 ended before it listened at $2: $(tail -n 5 "$log")"
    ((SECONDS - begun < wait_s)) || fail "$1 does not listen at $2 after $wait_s s; see $log"
    sleep 0.1
  done
}

# run COMMAND...: as a process group of its own, to its end. A signal ends `wait`, whereas bash would
# put it off until a program in the foreground has ended.
run() {
  set -m
  "$@" &
  set +m
  groups+=("-$!")
  wait "$!"
}

# Ends all groups, within 10 s.
stop() {
  trap '' INT TERM
  # A signal may have come before the last one was noted.
  groups+=(${!:+"-$!"})
  kill -- "${groups[@]}" || return 0
  for ((tenth = 0; tenth < 100; tenth++)); do
    kill -0 -- "${groups[@]}" || return 0
    sleep 0.1
  done
  kill -KILL -- "${groups[@]}" || true
} 2> /dev/null

(($# > 0)) || fail "no trace; usage: $0 TRACE [FLAG OF COMPARE]..."
[[ -x $bin/replay && -x $bin/compare ]] ||
  fail "no replay and compare in $bin; run \`cargo build --release\`, or say where they are in BIN"
PATH=$bin:$PATH
trace=$1
shift

mkdir -p "$out"
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
base=${BASE_ADDRESS:-127.0.0.1:50061}
cand=${CAND_ADDRESS:-127.0.0.1:50062}
start base "$base" "${BASE:-scheduler --policy edf --listen \$ADDRESS}"
start cand "$cand" "${CAND:-scheduler --policy edf:late=drop --listen \$ADDRESS}"
run replay "$trace" --scheduler-url "$base" --versus "$cand" --runs "${RUNS:-5}" \
  --output-dir "$out" -o "$out/run.arrow" >&2 || {
  status=$?
  # 3: it could not keep time, and `compare` refuses unless it is forced.
  [[ $status == 3 && " $* " == *' --force '* ]] || exit "$status"
}
run compare "$out/run.a.arrow" "$out/run.b.arrow" --names "${NAMES:-base,cand}" "$@"
