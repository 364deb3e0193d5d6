import Foundation

/// A word that is said with a number.
public struct Counted: Hashable, Sendable {
    public var one: String
    public var other: String

    public init(one: String, other: String) {
        self.one = one
        self.other = other
    }
}

extension Words {
    /// The words of the kit for somebody whose phone speaks this language: French, or else English.
    public static func speaking(_ locale: Locale) -> Words {
        let tag = locale.identifier.replacingOccurrences(of: "_", with: "-")
        let language = tag.split(separator: "-").first.map(String.init)
        var words = language == "fr" ? Words.french : Words.english
        if language == "fr" || language == "en" { words.language = tag }
        return words
    }

    var locale: Locale { Locale(identifier: language) }
    var isFrench: Bool { language.hasPrefix("fr") }

    /// The word for this number, the number in it. French says "one" for none too.
    public func counted(_ word: Counted, _ count: Int) -> String {
        let isOne = isFrench ? count == 0 || count == 1 : count == 1
        let formatter = NumberFormatter()
        formatter.locale = locale
        formatter.numberStyle = .decimal
        let number = formatter.string(from: NSNumber(value: count)) ?? "\(count)"
        return (isOne ? word.one : word.other).with(["count": number])
    }
}

extension String {
    /// The text with its gaps filled: `"{name} is writing…".with(["name": "Ana"])`.
    public func with(_ gaps: [String: String]) -> String {
        gaps.reduce(self) { text, gap in text.replacingOccurrences(of: "{\(gap.key)}", with: gap.value) }
    }

    var isBlank: Bool { allSatisfy(\.isWhitespace) }

    var onOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
