#!/bin/bash
# Runs a command inside the root that setup-swift.sh made, with the repository and other folders at their own paths.
#
#   in-swift.sh DIR[:DIR…] COMMAND…     e.g. in-swift.sh "$PWD" swift test --package-path sdk-bindings/swift
#
# The first DIR is where the command starts; all are writable. SWIFT_ROOT names another root. Variables that start
# with TIDINGS_, and CI, are handed on; nothing else is. The mounts belong to a private namespace and vanish with the process.
set -euo pipefail
ROOT=${SWIFT_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/tidings/swift}
[ -e "$ROOT/.swift-ready" ] || { echo "in-swift.sh: no Swift in $ROOT; run setup-swift.sh first" >&2; exit 1; }
IFS=: read -ra GIVEN <<<"$1"
shift
DIRS=()
for dir in "${GIVEN[@]}"; do
  dir=$(readlink -f "$dir")
  DIRS+=("$dir")
done

HANDED_ON=()
while IFS= read -r name; do HANDED_ON+=("$name=${!name}"); done < <(compgen -e | grep -E '^(TIDINGS_.*|CI)$' || true)

# shellcheck disable=SC2016 # the inner shell expands these
exec unshare --mount --propagation private bash -c '
  set -euo pipefail
  root=$1 count=$2; shift 2
  mount -t proc proc "$root/proc" # swift finds its own libraries through /proc/self/exe
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" # what is left there goes with the mount
  start=$1
  for _ in $(seq "$count"); do mkdir -p "$root$1" && mount --rbind "$1" "$root$1"; shift; done
  exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    /bin/bash -c "cd \"\$1\" && shift && exec /usr/bin/env \"\$@\"" _ "$start" "$@"
' _ "$ROOT" "${#DIRS[@]}" "${DIRS[@]}" "${HANDED_ON[@]}" "$@"
