#!/bin/bash
# The C compiler and linker with which `cargo xtask test --only phones` builds the library for Android, and without which it
# builds it for iOS. Neither the NDK nor Xcode is a Debian package, so this is for looking whether it compiles and links and
# how large it is, never for an app:
#
#   aarch64-linux-android   clang and lld as in the NDK, for API 24 and pages of 16 KiB; but glibc's headers for arm64 stand in for
#                           bionic's, and empty libraries for those that the phone has
#   aarch64-apple-ios       there are no headers to stand in: C becomes an empty object, so only Rust is compiled
#
# TIDINGS_PHONE names one of them, TIDINGS_PHONE_LIBRARIES a folder for the empty libraries.
set -euo pipefail

case $TIDINGS_PHONE in
aarch64-linux-android)
  # Begun and moved into place: several are compiled at once.
  if [ ! -d "$TIDINGS_PHONE_LIBRARIES" ]; then
    making=$(mktemp -d "$TIDINGS_PHONE_LIBRARIES.XXXXXX")
    clang-19 --target=aarch64-linux-android24 -c -x c /dev/null -o "$making/empty.o"
    for name in c m dl log; do
      ld.lld-19 -shared -soname "lib$name.so" -o "$making/lib$name.so" "$making/empty.o"
    done
    for name in unwind gcc; do llvm-ar-19 rcs "$making/lib$name.a" "$making/empty.o"; done
    mv -T "$making" "$TIDINGS_PHONE_LIBRARIES" 2>/dev/null || rm -rf "$making"
  fi
  headers=/usr/aarch64-linux-gnu/include
  exec clang-19 --target=aarch64-linux-android24 --ld-path=/usr/bin/ld.lld-19 -Qunused-arguments -nostartfiles -fPIC \
    -nostdlibinc -isystem "$headers" -L"$TIDINGS_PHONE_LIBRARIES" -Wl,-z,max-page-size=16384 "$@"
  ;;
aarch64-apple-ios)
  output=
  for ((at = 1; at < $#; at++)); do
    next=$((at + 1))
    [ "${!at}" != -o ] || output=${!next}
  done
  # Whoever asks what compiler this is gets an answer.
  [ -n "$output" ] || exec clang-19 --target=arm64-apple-ios15.0 "$@"
  exec clang-19 --target=arm64-apple-ios15.0 -c -x c /dev/null -o "$output"
  ;;
*)
  echo "compiler.sh: for aarch64-linux-android and aarch64-apple-ios, not for $TIDINGS_PHONE" >&2
  exit 1
  ;;
esac
