import Foundation
import Tidings

extension Answering {
    /// When an answer may be expected, in words; nil: nothing is known, and nothing is promised.
    public func expectation(_ moments: Moments) -> String? {
        let words = moments.words
        if let backAt, backAt > moments.now {
            let time = moments.time(backAt)
            if moments.day(backAt) == moments.day(moments.now) { return words.answersFromToday.with(["time": time]) }
            return words.answersFrom.with(["day": moments.dayAhead(backAt), "time": time])
        }
        return usuallyWithin.map { usual($0, words) }
    }

    /// Rounded up, so that more is kept than is promised.
    private func usual(_ within: TimeInterval, _ words: Words) -> String {
        let hour = 3600.0
        return switch within {
        case ...(hour / 6): words.answersInMinutes
        case ...(20 * hour): words.counted(words.answersWithinHours, Int((within / hour).rounded(.up)))
        default: words.counted(words.answersWithinDays, Int((within / (24 * hour)).rounded(.up)))
        }
    }
}
