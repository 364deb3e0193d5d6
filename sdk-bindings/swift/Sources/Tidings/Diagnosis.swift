import Foundation
import TidingsCore

/// Something that is not as it should be.
public struct Finding: Hashable, Sendable {
    /// A stable word for it, such as `clock_skew`.
    public let code: String
    public let severity: Severity
    /// What was found, in English.
    public let what: String
    /// What to do about it.
    public let fix: String

    /// How bad it is.
    public enum Severity: Hashable, Sendable {
        /// Nothing is sent or shown as long as it lasts.
        case error
        /// It works, and not as well as it could.
        case warning
        /// Worth knowing.
        case notice
    }
}

/// The log of the library: ids, counts and codes, and nothing of what anybody wrote.
public enum TidingsLog {
    /// How important a line is.
    public enum Level: Hashable, Sendable { case error, warning, info, debug }

    /// Hands every line from now on that is at least as important to the sink; once in the life of a process, before the
    /// client is opened. The sink is called from any thread and should be quick.
    public static func hand(
        least: Level = .info, to sink: @escaping @Sendable (_ level: Level, _ target: String, _ message: String) -> Void
    ) throws(TidingsError) {
        let core: CoreLogLevel =
            switch least {
            case .error: .error
            case .warning: .warning
            case .info: .info
            case .debug: .debug
            }
        try told { try installLogSink(least: core, sink: Lines(sink)) }
    }
}

private final class Lines: CoreLogSink {
    private let sink: @Sendable (TidingsLog.Level, String, String) -> Void

    init(_ sink: @escaping @Sendable (TidingsLog.Level, String, String) -> Void) { self.sink = sink }

    func onLine(level: CoreLogLevel, target: String, message: String) {
        let level: TidingsLog.Level =
            switch level {
            case .error: .error
            case .warning: .warning
            case .info: .info
            case .debug: .debug
            }
        sink(level, target, message)
    }
}

extension Finding {
    init(_ finding: CoreFinding) {
        let severity: Severity =
            switch finding.severity {
            case .error: .error
            case .warning: .warning
            case .notice: .notice
            }
        self.init(code: finding.code, severity: severity, what: finding.what, fix: finding.fix)
    }
}
