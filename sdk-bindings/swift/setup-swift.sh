#!/bin/bash
# Puts Swift 6 (Debian 13's package `swiftlang`: compiler, SwiftPM, XCTest, Swift Testing, Foundation) into a folder of
# its own, because no package for Debian 12 exists. Needs root; about 620 MB to download, 2.7 GB on disk.
#
#   setup-swift.sh [ROOT]      ROOT: ${XDG_CACHE_HOME:-~/.cache}/tidings/swift when not said
#
# Prints ROOT. Does nothing when an earlier run finished; starts over when it did not.
set -euo pipefail
ROOT=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/tidings/swift}
READY=$ROOT/.swift-ready # written last, so a broken-off run is not mistaken for a whole one

mkdir -p "$(dirname "$ROOT")"
exec 9>"$ROOT.lock"
flock 9 # two test runs on one machine share the folder
if [ -e "$READY" ]; then
  echo "$ROOT"
  exit 0
fi
[ "$(id -u)" = 0 ] || { echo "setup-swift.sh: needs root, for debootstrap and chroot" >&2; exit 1; }

export DEBIAN_FRONTEND=noninteractive
if ! command -v debootstrap >/dev/null; then
  { apt-get update -q && apt-get install -y -q --no-install-recommends debootstrap; } >&2
fi
# The mirror that this machine already uses: one-line and deb822 sources, the first Debian archive wins.
MIRROR=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
  sed -nE 's#^URIs:[[:space:]]*([^[:space:]]*/debian)/*([[:space:]].*)?$#\1#p; s#^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]*/debian)/*[[:space:]].*#\2#p' |
  head -n 1)
[ -n "$MIRROR" ] || { echo "setup-swift.sh: no Debian archive in this machine's apt sources" >&2; exit 1; }

rm -rf "$ROOT"
mkdir -p "$ROOT"
LOG=$ROOT.log
echo "setup-swift.sh: filling $ROOT from Debian 13, log in $LOG" >&2
{
  debootstrap --variant=minbase trixie "$ROOT" "$MIRROR"
  # What this machine needs to reach its mirror, the root needs too.
  cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
  cp /etc/apt/apt.conf.d/*proxy* "$ROOT/etc/apt/apt.conf.d/" 2>/dev/null || true
  chroot "$ROOT" apt-get update -q
  # clang links with libstdc++-14-dev and libc6-dev; the package manager wants git.
  chroot "$ROOT" apt-get install -y -q --no-install-recommends swiftlang libstdc++-14-dev libc6-dev git ca-certificates
  chroot "$ROOT" apt-get clean
} >"$LOG" 2>&1 || { tail -n 20 "$LOG" >&2; echo "setup-swift.sh: failed, see $LOG" >&2; exit 1; }
touch "$READY"
echo "$ROOT"
