#!/bin/bash
# Writes the generated Kotlin and Swift sources, which are checked in so that a change of the interface is seen in its diff.
#
#   generate.sh            writes them where they belong
#   generate.sh --check    writes nothing; fails, with the difference, when they are not what this code gives
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
TARGET=$(realpath -m "${CARGO_TARGET_DIR:-$HERE/../target}")

cargo build --quiet --lib --bins --manifest-path "$HERE/Cargo.toml" --features bindgen
# From the library of the dev profile: metadata is read from its symbols, so a stripped one has none.
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
cd "$HERE"
for language in kotlin swift; do
  "$TARGET/debug/uniffi-bindgen" generate "$TARGET/debug/libtidings_sdk.so" \
    --language "$language" --out-dir "$OUT/$language" --no-format
done

# Each line: what came out, where it belongs. SwiftPM wants one folder for each target, and `module.modulemap` in that of
# C; the folder's name is unique, because two packages that both ship `include/module.modulemap` cannot be used together.
placed() {
  echo kotlin/tidings/sdk/core/tidings_sdk.kt kotlin/src/generated/kotlin/tidings/sdk/core/tidings_sdk.kt
  echo swift/TidingsCore.swift swift/Sources/TidingsCore/TidingsCore.swift
  echo swift/TidingsCoreFFI.h swift/Sources/TidingsCoreFFI/TidingsCoreFFI.h
  echo swift/TidingsCoreFFI.modulemap swift/Sources/TidingsCoreFFI/module.modulemap
}

changed=0
while read -r from to; do
  # The generator leaves spaces at line ends and rows of empty lines, where its templates had nothing to say.
  sed 's/[[:space:]]*$//' "$OUT/$from" | cat -s >"$OUT/tidy" && mv "$OUT/tidy" "$OUT/$from"
  if [ "${1:-}" = --check ]; then
    diff -u "$to" "$OUT/$from" || changed=1
  else
    mkdir -p "$(dirname "$to")"
    cmp -s "$OUT/$from" "$to" || cp "$OUT/$from" "$to"
  fi
done < <(placed)
if [ "$changed" = 1 ]; then
  echo "generate.sh: the generated sources are not of this code; run sdk-bindings/generate.sh" >&2
  exit 1
fi
