# shellcheck shell=bash disable=SC2034
# What the scripts of this folder share; sourced, from the root of the repository.
#
#   CLASS=other|fifo   scheduling class of all clients alike [other]; fifo needs the privilege
#   SINK_FLAGS=...     more flags of `peers sink`, such as --spin [none]
#   CONNECTIONS=N      connections of clients that have several [1]
#   BIN=FOLDER         where the programs are; they are not built then [target/release, built]
#   PYTHON, H2LOAD     interpreter with the packages below, h2load; fetched into target/ where left out

CLASS=${CLASS:-other}
SINK_FLAGS=${SINK_FLAGS:-}
CONNECTIONS=${CONNECTIONS:-1}
root=$PWD
tools=$root/target/peers-tools
if [[ -z ${BIN:-} ]]; then
  cargo build --release --quiet -p peers -p trace -p replay
  BIN=$root/target/release
fi
peers=$BIN/peers
trace=$BIN/trace
replay=$BIN/replay
folder=$(mktemp -d)
sink=
# What runs in the background is deaf to Ctrl-C.
trap 'jobs -p | xargs --no-run-if-empty kill 2> /dev/null; rm -rf "$folder"' EXIT
rounds=$folder/rounds.jsonl
: > "$rounds"
core_last=$(($(nproc) - 1))
sink_core=$core_last

# The receiver measures; it takes no part in the comparison, so it runs above all clients, and above
# the 50 that a real-time replay gives itself.
sink_class=()
if chrt -f 60 true 2> /dev/null; then sink_class=(chrt -f 60); fi
case $CLASS in
  other) class=() ;;
  fifo) class=(chrt -f 10); "${class[@]}" true ;;
  *) echo "CLASS is other or fifo, not '$CLASS'" >&2; exit 2 ;;
esac

# A real-time replay keeps to the last core, where the sink would share it.
leave_replay_its_core() { sink_core=0; }

# All threads of every client on core 0; the sink is elsewhere.
pin_clients() {
  class+=(taskset --cpu-list 0)
  sink_core=$core_last
}

# replay chooses a class of its own: it is told which.
replay_class=(--realtime off)
if [[ $CLASS == fifo ]]; then
  replay_class=(--realtime on)
  leave_replay_its_core
fi

find_python() {
  if [[ -z ${PYTHON:-} ]]; then
    PYTHON=$root/target/peers-venv/bin/python
    [[ -x $PYTHON ]] || python3 -m venv "$root/target/peers-venv"
    "$PYTHON" -m pip install --quiet --disable-pip-version-check \
      mlcommons-loadgen grpcio protobuf numpy
  fi
}

# Debian's h2load, with the two libraries that a system lacks where nothing else needs them.
find_h2load() {
  if [[ -n ${H2LOAD:-} ]]; then return; fi
  if command -v h2load > /dev/null; then H2LOAD=$(command -v h2load); return; fi
  H2LOAD=$tools/h2load
  [[ -x $H2LOAD ]] && return
  mkdir -p "$tools"
  (cd "$tools" && apt-get download --quiet nghttp2-client libev4 libjemalloc2 > /dev/null 2>&1 &&
    for package in *.deb; do dpkg -x "$package" .; done)
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nLD_LIBRARY_PATH=$(echo "%s"/usr/lib/*/) exec "%s/usr/bin/h2load" "$@"\n' \
    "$tools" "$tools" > "$H2LOAD"
  chmod +x "$H2LOAD"
}

# workload SHAPE: a workload file of one class, so that deadlines tell requests apart.
workload() {
  cat << TOML
version = 1
slos = [{ name = "any", target = "1s" }]
models = [{ name = "resnet50", shape = [${1//x/, }] }]
classes = [{ tier = 1, slo = "any", share = 1.0, models = [{ model = "resnet50", weight = 1.0 }] }]
TOML
}

# draw FILE SHAPE RATE SECONDS ARRIVALS
draw() {
  workload "$2" > "$folder/workload.toml"
  "$trace" gen --spec "$folder/workload.toml" --total-qps "$3" --duration-ms "$(($4 * 1000))" \
    --min-query-count 1 --arrivals "$5" -o "$1" > /dev/null
}

# A sink for one run; its address is in $address.
sink_start() {
  # The address of the sink before it must not be taken for this one's.
  : > "$folder/sink"
  # shellcheck disable=SC2086
  "${sink_class[@]}" "$peers" sink --listen 127.0.0.1:0 --core "$sink_core" \
    -o "$folder/stamps.arrow" $SINK_FLAGS > "$folder/sink" &
  sink=$!
  until address=$(head -n 1 "$folder/sink") && [[ -n $address ]]; do
    kill -0 "$sink"
    sleep 0.05
  done
}

sink_stop() {
  kill "$sink"
  wait "$sink"
  sink=
}

# client COMMAND...: runs it in its class, its CPU time watched. What it prints is kept.
client() {
  rm -f "$folder/cpu.json"
  "$peers" cpu -o "$folder/cpu.json" -- "${class[@]}" "$@" > "$folder/out" 2> "$folder/err"
}

# run PEER FUNCTION [ROUND-FLAGS...]: one run of one client, which FUNCTION starts.
run() {
  local peer=$1 function=$2 status=0
  shift 2
  rm -f "$folder"/{run.arrow,begun,out,stamps.arrow}
  sink_start
  "$function" || status=$?
  sink_stop
  # replay's own verdict on its timing (3) does not keep the receiver from judging it.
  if ((status != 0 && status != 3)); then
    echo "$peer ended with exit code $status:" >&2
    tail -n 5 "$folder/err" >&2
    return
  fi
  "$peers" round --peer "$peer" --stamps "$folder/stamps.arrow" --cpu "$folder/cpu.json" "$@" \
    >> "$rounds" || echo "$peer gave no figures in this round" >&2
}

# alternate ROUNDS FUNCTION...: every FUNCTION in every round, forwards and backwards by turns.
alternate() {
  local count=$1 round index
  shift
  for ((round = 0; round < count; round++)); do
    [[ ! -t 2 ]] || printf '\rround %d of %d ' $((round + 1)) "$count" >&2
    for ((index = 0; index < $#; index++)); do
      if ((round % 2 == 0)); then "${@:index + 1:1}"; else "${@:$# - index:1}"; fi
    done
  done
  [[ ! -t 2 ]] || printf '\r%20s\r' '' >&2
}

print_conditions() {
  local above='as all other programs'
  ((${#sink_class[@]} == 0)) || above='SCHED_FIFO 60'
  echo "clients: class $CLASS; sink: core $sink_core, $above${SINK_FLAGS:+, $SINK_FLAGS}; $(nproc) cores, load $(cut -d ' ' -f 1 /proc/loadavg) at the start"
  echo "median [least, most] of the rounds; times in us"
}
