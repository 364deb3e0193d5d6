#!/bin/sh
# Fuzzes each target for so many seconds; the last line of the output is the result as JSON. What is found on the way
# stays in fuzz/found, which is not kept; inputs that crash lie in fuzz/artifacts.
set -eu
seconds=${1:-60}
cd "$(dirname "$0")/.."
executions=0 crashes=0 targets=0
for file in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$file" .rs)
    mkdir -p "fuzz/found/$target"
    log="fuzz/found/$target.log"
    targets=$((targets + 1))
    if ! cargo +nightly fuzz run "$target" "fuzz/found/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -print_final_stats=1 >"$log" 2>&1; then
        crashes=$((crashes + 1))
        tail -n 20 "$log" >&2
    fi
    done=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    executions=$((executions + ${done:-0}))
    echo "$target: ${done:-0} executions"
done
echo "{\"targets\":$targets,\"executions\":$executions,\"crashes\":$crashes}"
[ "$crashes" -eq 0 ]
