import Foundation
import Tidings

/// What the list of threads shows.
public struct ThreadsView: Hashable, Sendable {
    /// Nil while the phone's own storage is read.
    public var rows: [Row]?
    public var notice: Notice?

    /// Before anything is known.
    public static let loading = ThreadsView(rows: nil, notice: nil)

    /// One thread in the list.
    public struct Row: Hashable, Sendable, Identifiable {
        public let id: ConversationID
        public let title: String
        public let preview: String
        public let previewIs: Preview
        public let time: String
        public let unread: Int
        public let mark: Mark?
    }

    /// What the second line of a row is.
    public enum Preview: Hashable, Sendable { case message, draft, note }

    /// What is special about a thread.
    public enum Mark: Hashable, Sendable {
        /// Its last message, or the thread itself, waits to be sent.
        case waiting
        /// Something of it was refused.
        case failed
        /// It is closed.
        case closed
    }
}

extension ThreadsView {
    /// The threads as the list shows them.
    public init(_ items: [ConversationItem], _ notice: Notice?, _ moments: Moments) {
        self.init(rows: items.map { Row($0, moments) }, notice: notice)
    }
}

extension ThreadsView.Row {
    init(_ item: ConversationItem, _ moments: Moments) {
        let words = moments.words
        let preview: (String, ThreadsView.Preview)
        if case .failed = item.opening {
            preview = (words.threadRefused, .note)
        } else if let draft = item.draft, !draft.isBlank {
            preview = (words.draftOf.with(["words": draft.onOneLine]), .draft)
        } else if let last = item.lastMessage {
            preview = Self.said(last, words)
        } else {
            preview = ("", .note)
        }
        self.init(
            id: item.id,
            title: item.title.flatMap { $0.isBlank ? nil : $0 } ?? words.untitled,
            preview: preview.0,
            previewIs: preview.1,
            time: moments.short(item.activeAt),
            unread: item.unread,
            mark: ThreadsView.Mark(item))
    }

    private static func said(_ last: MessageItem, _ words: Words) -> (String, ThreadsView.Preview) {
        if last.isDeleted { return (words.deleted, .note) }
        let gist = gist(last, words)
        switch last.author {
        case .me: return (words.saidByMe.with(["words": gist]), .message)
        case .agent: return (gist, .message)
        case .system: return (gist, .note)
        }
    }
}

extension ThreadsView.Mark {
    init?(_ item: ConversationItem) {
        if case .failed = item.opening {
            self = .failed
        } else if case .failed = item.lastMessage?.state {
            self = .failed
        } else if item.lastMessage?.state == .waiting || item.opening == .waiting {
            self = .waiting
        } else if item.state == .closed {
            self = .closed
        } else {
            return nil
        }
    }
}

extension ConversationItem {
    /// Where it goes on, when it was merged into another thread.
    func goesOn(_ words: Words) -> ConversationView.GoesOn? {
        mergedInto.map { into in
            let title = into.title.flatMap { $0.isBlank ? nil : $0 } ?? words.untitled
            return ConversationView.GoesOn(id: into.id, says: words.goesOn.with(["title": title]))
        }
    }
}

/// A message in one line: its words, or else what its first part is.
func gist(_ message: MessageItem, _ words: Words) -> String {
    if !message.plain.isBlank { return message.plain.onOneLine }
    return message.parts.first.map { gist($0, words) } ?? ""
}

func gist(_ part: Part, _ words: Words) -> String {
    switch part {
    case .attachment(let part): part.isPicture ? words.photo : part.name ?? words.file
    case .location(let place): place.label ?? words.place
    case .liveLocation: words.live
    case .form(let form): form.title
    case .answers: words.answers
    case .choice(let choice): choice.label
    case .quickReplies(let options): options.map(\.label).joined(separator: " · ")
    case .request(let what): what.said(words)
    case .system(let event): happened(event, words)
    case .unknown: words.unsupported
    case .text(let part): letters(part.blocks).onOneLine
    }
}

func happened(_ event: String, _ words: Words) -> String {
    switch event {
    case "conversation_closed": words.conversationClosed
    case "conversation_reopened": words.conversationReopened
    default: words.somethingHappened
    }
}

extension Part.Attachment {
    var isPicture: Bool { width != nil && height != nil }
}
