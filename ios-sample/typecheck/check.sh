#!/bin/bash
# Type-checks the sample with Swift 6 against stubs of Apple's frameworks. Nothing is linked, nothing runs.
#
#   check.sh       TIDINGS_SNIPPETS: a folder of Swift files to check too, each by itself
#                  needs `swiftc`: on Debian call it through sdk-bindings/swift/in-swift.sh
set -euo pipefail
cd "$(dirname "$0")"
PACKAGE=../../sdk-bindings/swift
MODULES=$(mktemp -d)
trap 'rm -rf "$MODULES"' EXIT
FFI=(-I "$PACKAGE/Sources/TidingsCoreFFI" -I "$MODULES")

# SwiftUI and CoreGraphics first: others build on them.
for stub in stubs/SwiftUI.swift stubs/CoreGraphics.swift stubs/*.swift; do
  name=$(basename "$stub" .swift)
  swiftc -swift-version 6 -parse-as-library -emit-module -module-name "$name" -I "$MODULES" \
    -o "$MODULES/$name.swiftmodule" "$stub"
done
swiftc -swift-version 5 -parse-as-library -emit-module -module-name TidingsCore "${FFI[@]}" \
  -o "$MODULES/TidingsCore.swiftmodule" "$PACKAGE"/Sources/TidingsCore/*.swift
swiftc -swift-version 6 -parse-as-library -emit-module -module-name Tidings "${FFI[@]}" \
  -o "$MODULES/Tidings.swiftmodule" "$PACKAGE"/Sources/Tidings/*.swift
for kit in TidingsUIModel TidingsUI; do
  swiftc -swift-version 6 -parse-as-library -emit-module -module-name "$kit" "${FFI[@]}" \
    -o "$MODULES/$kit.swiftmodule" "$PACKAGE"/Sources/"$kit"/*.swift
done
# To a module, not only `-typecheck`: that leaves the checks of concurrency out.
swiftc -swift-version 6 -parse-as-library -emit-module -module-name TidingsSample "${FFI[@]}" \
  -o "$MODULES/TidingsSample.swiftmodule" ../TidingsSample/*.swift
swiftc -swift-version 6 -parse-as-library -emit-module -module-name TidingsNotification -I "$MODULES" \
  -o "$MODULES/TidingsNotification.swiftmodule" "$PACKAGE"/Sources/TidingsNotification/*.swift
swiftc -swift-version 6 -parse-as-library -emit-module -module-name NotificationService -I "$MODULES" \
  -o "$MODULES/NotificationService.swiftmodule" ../NotificationService/*.swift ../TidingsSample/Settings.swift
# The Swift in the guides, a page a module.
if [ -n "${TIDINGS_SNIPPETS:-}" ]; then
  for page in "$TIDINGS_SNIPPETS"/*.swift; do
    swiftc -swift-version 6 -parse-as-library -emit-module -module-name "guide_$(basename "$page" .swift)" "${FFI[@]}" \
      -o "$MODULES/guide.swiftmodule" "$page"
  done
fi
echo "ios-sample: type check ok"
