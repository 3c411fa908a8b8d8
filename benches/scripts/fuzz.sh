#!/usr/bin/env bash
# Coverage-guided fuzzing of every reader: no bytes may make one panic, hang, or take memory that
# the bytes do not explain. Runs all targets of benches/fuzz one after another for equal shares of
# the time, on one core; prints of each the executions, coverage, features, inputs kept and
# findings, and exits with 1 where there is a finding.
#
#   benches/scripts/fuzz.sh [MINUTES] [TARGET...]        default: 30 minutes, all targets
#
# Needs `cargo install cargo-fuzz` and a C++ compiler. A stable compiler will do. Corpora grow in
# benches/fuzz/corpus, which is not checked in; findings lie in benches/fuzz/artifacts, and
#
#   cd benches && RUSTC_BOOTSTRAP=1 cargo fuzz tmin TARGET FILE
#
# makes them small. A finding gets a test beside the other tests of damage before it is mended.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=${1:-30}
shift || true
# Sanitizers and coverage are unstable flags of the compiler.
export RUSTC_BOOTSTRAP=1
# One allocation and all memory, MB; an input, s. The largest buffers that a small file explains
# are a row group of Parquet and a megabyte of text.
malloc_mb=256
rss_mb=1024
timeout_s=10
size_max=32768

cargo fuzz build
binaries=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release
targets=("$@")
if ((${#targets[@]} == 0)); then
  mapfile -t targets < <(cargo fuzz list | grep -v '^seeds$')
fi
"$binaries/seeds" fuzz/corpus
seconds=$((minutes * 60 / ${#targets[@]}))
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

printf '%-15s %8s %12s %8s %9s %7s %9s\n' target seconds executions edges features inputs findings
findings=0
for target in "${targets[@]}"; do
  artifacts=fuzz/artifacts/$target
  mkdir -p "$artifacts" "fuzz/corpus/$target"
  log=$TMPDIR/$target.log
  begun=$SECONDS
  # After a finding the fuzzer ends; the rest of the share goes on from there.
  while ((SECONDS - begun < seconds)); do
    "$binaries/$target" "fuzz/corpus/$target" -artifact_prefix="$artifacts/" \
      -dict=fuzz/words.dict -max_len=$size_max -timeout=$timeout_s -malloc_limit_mb=$malloc_mb \
      -rss_limit_mb=$rss_mb -max_total_time=$((seconds - SECONDS + begun)) \
      -print_final_stats=1 >> "$log" 2>&1 && break
    tail -n 40 "$log" | grep -E 'panicked|ERROR|SUMMARY|Test unit written' >&2 || true
  done
  executions=$(awk '/stat::number_of_executed_units/ { sum += $2 } END { print sum + 0 }' "$log")
  last=$(grep -E ' cov: [0-9]+ ft: ' "$log" | tail -n 1 || true)
  number() { sed -nE "s/.* $1: ([0-9]+).*/\1/p" <<< "$last"; }
  found=$(grep -c 'Test unit written' "$log" || true)
  findings=$((findings + found))
  printf '%-15s %8d %12d %8d %9d %7d %9d\n' "$target" $((SECONDS - begun)) "$executions" \
    "$(number cov)" "$(number ft)" "$(sed -nE 's/.* corp: ([0-9]+).*/\1/p' <<< "$last")" "$found"
done
((findings == 0))
