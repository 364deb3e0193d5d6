import Foundation
import Tidings

/// What has been entered into a form so far, by the ids of its fields.
public struct FormEntry: Hashable, Sendable {
    public var texts: [String: String] = [:]
    public var checked: [String: Bool] = [:]

    public init() {}

    /// What is wrong with a field, for a person; nil: nothing.
    public func problem(_ field: Part.Form.Field, _ words: Words) -> String? {
        let text = text(field)
        if field.kind == .boolean { return nil }
        if text.isEmpty { return field.isRequired ? words.missing : nil }
        switch field.kind {
        case .number: return number(text) == nil ? words.notANumber : nil
        case .email: return looksLikeEmail(text) ? nil : words.notAnEmail
        case .date: return isDay(text) ? nil : words.notADay
        case .text, .boolean: return nil
        }
    }

    /// The answers in the kinds of their fields; nil: something is missing or of another kind.
    public func answers(_ fields: [Part.Form.Field], _ words: Words) -> [String: FieldValue]? {
        if fields.contains(where: { problem($0, words) != nil }) { return nil }
        return Dictionary(uniqueKeysWithValues: fields.compactMap { field in value(field).map { (field.id, $0) } })
    }

    private func text(_ field: Part.Form.Field) -> String {
        (texts[field.id] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func value(_ field: Part.Form.Field) -> FieldValue? {
        let text = text(field)
        switch field.kind {
        case .boolean: return (checked[field.id] ?? (field.isRequired ? false : nil)).map(FieldValue.boolean)
        case .text, .email: return text.isEmpty ? nil : .text(text)
        case .number: return number(text).map(FieldValue.number)
        case .date: return text.isEmpty ? nil : .date(text)
        }
    }

    private func number(_ text: String) -> Double? {
        Double(text.replacingOccurrences(of: ",", with: ".")).flatMap { $0.isFinite ? $0 : nil }
    }

    private func looksLikeEmail(_ text: String) -> Bool {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        return sides.count == 2 && sides.allSatisfy { !$0.isEmpty } && !text.contains(where: \.isWhitespace)
    }

    /// A day of the calendar, such as 2026-11-21.
    private func isDay(_ text: String) -> Bool {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "yyyy-MM-dd"
        return formatter.date(from: text).map { formatter.string(from: $0) == text } ?? false
    }
}
