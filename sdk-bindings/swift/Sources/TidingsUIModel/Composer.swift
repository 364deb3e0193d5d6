import Foundation
import Tidings

/// The line to write in: words, what goes with them, and the message that is being edited, if any.
public struct Composer: Hashable, Sendable {
    public var text = ""
    public var attached: [Attached] = []
    public private(set) var editing: MessageID?
    /// The words that stood here before the editing began.
    public private(set) var before = ""
    /// The message that the words will quote.
    public var replying: Quoted?

    public init(text: String = "", attached: [Attached] = []) {
        self.text = text
        self.attached = attached
    }

    /// What all words of a message may have together, in UTF-8.
    public static let textBytes = 16 * 1024
    /// Files of a message.
    public static let files = 10

    /// Begins to give a message other words; what was being written comes back afterwards.
    public mutating func edit(_ id: MessageID, _ words: String) {
        if editing == nil { before = text }
        (text, editing) = (words, id)
    }

    /// Leaves the editing.
    public mutating func leaveEditing() { (text, editing, before) = (before, nil, "") }

    /// A photo, file or place more. A message holds one place: another takes its place.
    public mutating func attach(_ more: Attached) {
        if more.isPlace { attached.removeAll { $0.isPlace } }
        attached.append(more)
    }

    /// What was not accepted stands here again, before what was written meanwhile.
    mutating func takeBack(_ line: Composer) {
        if editing == nil { text = [line.text, text].joinedLines } else { before = [line.text, before].joinedLines }
        // A message holds one place: the later one.
        let hasPlace = attached.contains { $0.isPlace }
        attached = line.attached.filter { !(hasPlace && $0.isPlace) } + attached
        replying = replying ?? line.replying
    }

    /// Why this cannot be sent, for a person; nil: it can, or there is nothing yet.
    public func problem(_ words: Words) -> String? {
        let files = attached.compactMap { if case .file(let file) = $0 { file } else { nil } }
        if text.utf8.count > Self.textBytes { return words.counted(words.tooLong, charactersOver) }
        if files.count > Self.files { return words.tooManyFiles }
        if let large = files.first(where: { $0.bytes > $0.limit }) {
            return words.tooLargeFile.with(["name": large.name, "size": size(large.limit, words)])
        }
        return nil
    }

    /// Whether there is something to send, and nothing against it.
    public func canSend(_ words: Words) -> Bool { problem(words) == nil && !contents.isEmpty }

    /// What is sent.
    public var contents: [Content] {
        let words = text.isBlank ? [] : [Content.text(text.trimmingCharacters(in: .whitespacesAndNewlines))]
        return editing == nil ? words + attached.compactMap(\.content) : words
    }

    /// How many characters from the end have to go: a limit in bytes is no help to a person.
    private var charactersOver: Int {
        var (bytes, kept) = (0, 0)
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > Self.textBytes { break }
            kept += 1
        }
        return text.unicodeScalars.count - kept
    }
}

/// Something that goes with the words.
public enum Attached: Hashable, Sendable, Identifiable {
    case file(File)
    case place(Place)

    /// A file that was picked.
    public struct File: Hashable, Sendable {
        public let key: String
        public let name: String
        public let bytes: Int64
        /// Whether it can be shown, and is made smaller before it is sent.
        public let isPicture: Bool
        /// What the package sends.
        public let content: Content.File

        public init(key: String, name: String, bytes: Int64, isPicture: Bool, content: Content.File) {
            self.key = key
            self.name = name
            self.bytes = bytes
            self.isPicture = isPicture
            self.content = content
        }

        /// The largest picture has 32 MiB, any other file 100.
        var limit: Int64 { (isPicture ? 32 : 100) * 1024 * 1024 }

        public static func == (one: File, other: File) -> Bool { one.key == other.key }
        public func hash(into hasher: inout Hasher) { hasher.combine(key) }
    }

    /// A place, with how exactly it is to be told.
    public struct Place: Hashable, Sendable {
        public var point: Content.Point
        public var label: String
        public var precision: Content.Precision

        public init(point: Content.Point, label: String = "", precision: Content.Precision = .exact) {
            self.point = point
            self.label = label
            self.precision = precision
        }
    }

    var isPlace: Bool { if case .place = self { true } else { false } }

    public var id: String {
        switch self {
        case .file(let file): file.key
        case .place: "place"
        }
    }

    var content: Content? {
        switch self {
        case .file(let file): return .file(file.content)
        case .place(let place):
            let name = place.label.trimmingCharacters(in: .whitespacesAndNewlines)
            let label = name.isEmpty ? nil : name
            // Hidden and without a name, there is nothing to tell.
            if place.precision == .hidden && label == nil { return nil }
            return .place(Content.Place(point: place.point, precision: place.precision, label: label))
        }
    }
}

extension [String] {
    /// Several lots of words as one, each on lines of its own.
    var joinedLines: String { filter { !$0.isBlank }.joined(separator: "\n") }
}
