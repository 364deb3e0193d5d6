// swift-tools-version:6.0
import PackageDescription

// The compiled core comes from one of two places. Tests on this repository's own machines link the library of the dev profile,
// from the folder that TIDINGS_NATIVE_DIR names. An app links an XCFramework: see README.md.
let nativeDir = Context.environment["TIDINGS_NATIVE_DIR"]
let nativeLibrary: [LinkerSetting] =
    nativeDir.map { [.unsafeFlags(["-L\($0)", "-Xlinker", "-rpath", "-Xlinker", $0])] } ?? []

// Debian's library of Observation names a function of the runtime that is nowhere; it is called on no way of ours.
let observation: [LinkerSetting] =
    nativeDir == nil ? [] : [.unsafeFlags(["-Xlinker", "--allow-shlib-undefined"], .when(platforms: [.linux]))]

let package = Package(
    name: "Tidings",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "Tidings", targets: ["Tidings"]),
        .library(name: "TidingsUI", targets: ["TidingsUI", "TidingsUIModel"]),
        // For a notification service extension: without the core.
        .library(name: "TidingsNotification", targets: ["TidingsNotification"]),
    ],
    targets: [
        // The C half of the generated code. Its folder and module map bear a name that no other package has.
        .systemLibrary(name: "TidingsCoreFFI"),
        // Generated; not for apps. It is not written for the checks of Swift 6.
        .target(
            name: "TidingsCore",
            dependencies: ["TidingsCoreFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: nativeLibrary + [.linkedLibrary("tidings_sdk")]),
        .target(
            name: "Tidings",
            dependencies: ["TidingsCore"],
            resources: [.copy("PrivacyInfo.xcprivacy")],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .target(
            name: "TidingsNotification",
            swiftSettings: [.swiftLanguageMode(.v6)]),
        // What the screens show, without a screen.
        .target(
            name: "TidingsUIModel",
            dependencies: ["Tidings"],
            swiftSettings: [.swiftLanguageMode(.v6)],
            linkerSettings: observation),
        // The screens, where there is SwiftUI.
        .target(
            name: "TidingsUI",
            dependencies: ["TidingsUIModel"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .testTarget(
            name: "TidingsUIModelTests",
            dependencies: ["TidingsUIModel"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
        .testTarget(
            name: "TidingsTests",
            dependencies: ["Tidings", "TidingsNotification"],
            swiftSettings: [.swiftLanguageMode(.v6)]),
    ]
)
