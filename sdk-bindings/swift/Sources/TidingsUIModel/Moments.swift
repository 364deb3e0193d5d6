import Foundation

/// How points in time are written for a person, seen from `now`.
public struct Moments: Sendable {
    public var now: Date
    public var zone: TimeZone
    public var words: Words

    public init(now: Date = Date(), zone: TimeZone = .current, words: Words) {
        self.now = now
        self.zone = zone
        self.words = words
    }

    private var calendar: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    /// The first moment of its day.
    func day(_ moment: Date) -> Date { calendar.startOfDay(for: moment) }

    /// The time of the day: 14:02.
    func time(_ moment: Date) -> String { formatted(moment) { $0.timeStyle = .short } }

    /// Above the messages of a day: today, yesterday, a day of this week, a date.
    func dayLine(_ moment: Date) -> String {
        switch age(moment) {
        case 0: words.today
        case 1: words.yesterday
        case 2...6: formatted(moment) { $0.setLocalizedDateFormatFromTemplate("EEEE") }.capitalizedFirst(words.locale)
        default: formatted(moment) { $0.dateStyle = .long }
        }
    }

    /// In the list: the time if it was today, else the day, short.
    func short(_ moment: Date) -> String {
        switch age(moment) {
        case 0: time(moment)
        case 1: words.yesterday
        case 2...6: formatted(moment) { $0.setLocalizedDateFormatFromTemplate("EEE") }.capitalizedFirst(words.locale)
        default: formatted(moment) { $0.dateStyle = .short }
        }
    }

    /// A day to come, within a sentence: a day of the next week, else a date.
    func dayAhead(_ moment: Date) -> String {
        formatted(moment) {
            if -age(moment) < 7 { $0.setLocalizedDateFormatFromTemplate("EEEE") } else { $0.dateStyle = .long }
        }
    }

    /// In days.
    private func age(_ moment: Date) -> Int {
        calendar.dateComponents([.day], from: day(moment), to: day(now)).day ?? 0
    }

    private func formatted(_ moment: Date, _ set: (DateFormatter) -> Void) -> String {
        let formatter = DateFormatter()
        formatter.locale = words.locale
        formatter.timeZone = zone
        formatter.dateStyle = .none
        formatter.timeStyle = .none
        set(formatter)
        return formatter.string(from: moment)
    }
}

extension String {
    fileprivate func capitalizedFirst(_ locale: Locale) -> String { prefix(1).uppercased(with: locale) + dropFirst() }
}
