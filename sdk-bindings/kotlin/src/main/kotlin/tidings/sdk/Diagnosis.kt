package tidings.sdk

import tidings.sdk.core.CoreDiagnosis
import tidings.sdk.core.CoreLogLevel
import tidings.sdk.core.CoreLogSink
import tidings.sdk.core.CoreSeverity
import tidings.sdk.core.installLogSink

/**
 * Something that is not as it should be.
 *
 * @property code a stable word for it, such as `clock_skew`.
 * @property what what was found, in English.
 * @property fix what to do about it.
 */
public data class Finding(val code: String, val severity: Severity, val what: String, val fix: String)

/** How bad a finding is. */
public enum class Severity {
    /** Nothing is sent or shown as long as it lasts. */
    ERROR,

    /** It works, and not as well as it could. */
    WARNING,

    /** Worth knowing. */
    NOTICE,
}

/** How important a line of the log is. */
public enum class LogLevel { ERROR, WARNING, INFO, DEBUG }

/** Where the log of the library goes. */
public fun interface LogSink {
    /** A line: ids, counts and codes, and nothing of what anybody wrote. Called from any thread; should be quick. */
    public fun line(level: LogLevel, target: String, message: String)
}

/** The log of the library. */
public object TidingsLog {
    /**
     * Hands every line from now on that is at least as important to the sink; once in the life of a process, before the client
     * is opened.
     */
    public fun handTo(sink: LogSink, least: LogLevel = LogLevel.INFO): Unit = told {
        installLogSink(
            when (least) {
                LogLevel.ERROR -> CoreLogLevel.ERROR
                LogLevel.WARNING -> CoreLogLevel.WARNING
                LogLevel.INFO -> CoreLogLevel.INFO
                LogLevel.DEBUG -> CoreLogLevel.DEBUG
            },
            Lines(sink),
        )
    }

    private class Lines(private val sink: LogSink) : CoreLogSink {
        override fun onLine(level: CoreLogLevel, target: String, message: String) {
            CoreThreads.keepThis()
            sink.line(level.told(), target, message)
        }
    }
}

private fun CoreLogLevel.told(): LogLevel = when (this) {
    CoreLogLevel.ERROR -> LogLevel.ERROR
    CoreLogLevel.WARNING -> LogLevel.WARNING
    CoreLogLevel.INFO -> LogLevel.INFO
    CoreLogLevel.DEBUG -> LogLevel.DEBUG
}

internal fun CoreDiagnosis.told(): List<Finding> = findings.map { finding ->
    val severity = when (finding.severity) {
        CoreSeverity.ERROR -> Severity.ERROR
        CoreSeverity.WARNING -> Severity.WARNING
        CoreSeverity.NOTICE -> Severity.NOTICE
    }
    Finding(finding.code, severity, finding.what, finding.fix)
}
