import Foundation
import TidingsCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

/// Whether what is known of the app and the phone goes with what the person writes, so that an agent need not ask.
public enum ContextSharing: Hashable, Sendable {
    /// The version of the app, the system, the model, the language, the time zone, and the screens that the app names.
    case on
    /// None of it, whatever the app names. Custom fields are told all the same: the app sets them one by one.
    case off
}

/// What a custom field says.
public enum CustomValue: Hashable, Sendable {
    /// Words, at most 512 bytes and not blank.
    case text(String)
    /// A number, neither infinite nor "not a number".
    case number(Double)
    /// Yes or no.
    case boolean(Bool)
    /// A point in time.
    case time(Date)

    var core: CoreFieldValue {
        switch self {
        case .text(let text): .text(text: text)
        case .number(let number): .number(number: number)
        case .boolean(let yes): .boolean(yes: yes)
        case .time(let at): .time(atMs: Int64((at.timeIntervalSince1970 * 1000).rounded()))
        }
    }
}

/// By what a phone reaches the network.
public enum NetworkKind: Hashable, Sendable {
    case wifi
    case cellular
    case wired
    case other

    var core: CoreNetworkKind {
        switch self {
        case .wifi: .wifi
        case .cellular: .cellular
        case .wired: .wired
        case .other: .other
        }
    }
}

extension [String: CustomValue] {
    var core: [CoreField] { map { CoreField(key: $0.key, value: $0.value.core) } }
}

/// What this package knows by itself.
func contextOptions(_ sharing: ContextSharing, _ appBuild: String?) -> CoreContextOptions {
    #if os(iOS)
        let system = "iOS"
    #elseif os(visionOS)
        let system = "visionOS"
    #elseif os(macOS)
        let system = "macOS"
    #else
        let system = "Linux"
    #endif
    let version = ProcessInfo.processInfo.operatingSystemVersion
    return CoreContextOptions(
        isShared: sharing == .on,
        appBuild: appBuild,
        os: system,
        osVersion: "\(version.majorVersion).\(version.minorVersion).\(version.patchVersion)",
        deviceModel: machine(),
        timeZone: TimeZone.current.identifier)
}

/// The model as the system calls it, such as `iPhone17,1`.
private func machine() -> String? {
    var names = utsname()
    guard uname(&names) == 0 else { return nil }
    return withUnsafeBytes(of: &names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
