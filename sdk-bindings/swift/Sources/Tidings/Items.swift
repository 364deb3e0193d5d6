import Foundation
import TidingsCore

/// Which conversation; made on the phone that started it.
public struct ConversationID: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
}

/// Which message; made on the sender's device, and the same before and after it was sent.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
}

/// One thread in the list of threads.
public struct ConversationItem: Hashable, Sendable, Identifiable {
    public let id: ConversationID
    /// What it is called, if it is called anything.
    public let title: String?
    public let state: ConversationState
    /// Unread messages: the server's count, or fewer while the phone's own receipt is on its way.
    public let unread: Int
    /// The newest message, those that still wait to be sent included.
    public let lastMessage: MessageItem?
    /// What the person has begun to write, as `setDraft` kept it.
    public let draft: String?
    /// The time to show; lists show the newest first.
    public let activeAt: Date
    public let opening: Opening
    /// Where it goes on: an agent has merged it into another thread of the same person. Writing in it is still possible, and makes
    /// it a thread of its own again.
    public var mergedInto: MergedInto?

    /// The thread in which a merged one goes on.
    public struct MergedInto: Hashable, Sendable {
        public let id: ConversationID
        /// What it is called, if it is called anything and is on the phone.
        public let title: String?
    }

    /// How far a conversation that was started on this phone has come.
    public enum Opening: Hashable, Sendable {
        /// The server knows it.
        case open
        /// The server does not know it yet.
        case waiting
        /// The server refuses it, for good; its messages cannot be sent.
        case failed(Refusal)
    }
}

/// Whether a thread waits for anything more. Writing in a closed one opens it again.
public enum ConversationState: Hashable, Sendable { case open, closed }

/// One message in a timeline. Its `id` is the same before and after it was sent.
public struct MessageItem: Hashable, Sendable, Identifiable {
    public let id: MessageID
    public let conversationID: ConversationID
    /// Its number, once the server has stored it.
    public let seq: Int64?
    public let author: Author
    /// What it says; empty when it was deleted.
    public let parts: [Part]
    /// All its words, as they were typed.
    public let text: String
    /// All its words without the marks by which agents set them off: for lists, notifications, the clipboard.
    public let plain: String
    /// When the server stored it, or when it was written as long as it waits. Shown, never sorted by.
    public let sentAt: Date
    public let editedAt: Date?
    public let isDeleted: Bool
    /// Whether the server is still to be told that it was edited or deleted on this phone; it is shown as its author wants it.
    public let amending: Amending?
    /// How far it has come; nil for messages of others.
    public let state: SendState?
    /// How far its files have come, as long as it waits to be sent; else empty.
    public let uploading: [FileProgress]
    /// The message of this conversation that it answers, if it names one.
    public let quote: Quote?
}

/// A message that another one answers, as it is now.
public struct Quote: Hashable, Sendable {
    public let messageID: MessageID
    /// How it begins; nil when it is not on the phone: it is older than what was fetched, or the server keeps it no more.
    public let head: Head?

    /// How a quoted message begins.
    public struct Head: Hashable, Sendable {
        public let author: Author
        /// Its first words without marks, at most 200 characters, on one line; blank when it has none.
        public let text: String
        /// The first thing in it that is not words: a photo, a place.
        public let thing: Part?
        /// Whether it was deleted; then it says nothing.
        public let isDeleted: Bool
    }
}

/// Who wrote a message.
public enum Author: Hashable, Sendable {
    /// The user of this phone, on this or another device.
    case me
    /// Somebody of the company.
    case agent(id: String, name: String)
    /// Tidings itself.
    case system
}

/// How far a message of one's own has come.
public enum SendState: Hashable, Sendable {
    /// In the outbox: sent as soon as that is possible.
    case waiting
    /// On its way now.
    case sending
    /// Stored by the server, and so delivered: the company's inbox shows it.
    case sent
    /// Seen by an agent.
    case read
    /// The server refuses it, for good: `retry` or `discard` it.
    case failed(Refusal)
}

/// How far an edit or a deletion of this phone has come that the server has not taken.
public enum Amending: Hashable, Sendable {
    /// The server is told as soon as that is possible.
    case waiting
    /// The server refuses it, for good, and the message is shown as it was: `retry` or `discard` the change.
    case failed(Refusal)
}

/// Why the server refused something for good.
public struct Refusal: Hashable, Sendable {
    /// The problem's code on the wire.
    public let code: String
    /// In English, for a developer.
    public let detail: String
}

extension ConversationItem {
    init(_ item: CoreConversationItem) {
        self.init(
            id: ConversationID(item.id),
            title: item.title,
            state: item.state == .open ? .open : .closed,
            unread: Int(item.unread),
            lastMessage: item.lastMessage.map(MessageItem.init),
            draft: item.draft,
            activeAt: Date(unixMilliseconds: item.activeAtMs),
            opening: Opening(item.opening),
            mergedInto: item.mergedInto.map { MergedInto(id: ConversationID($0.id), title: $0.title) })
    }
}

extension ConversationItem.Opening {
    init(_ opening: CoreOpening) {
        switch opening {
        case .open: self = .open
        case .waiting: self = .waiting
        case .failed(let refusal): self = .failed(Refusal(refusal))
        }
    }
}

extension MessageItem {
    init(_ item: CoreMessageItem) {
        self.init(
            id: MessageID(item.id),
            conversationID: ConversationID(item.conversationId),
            seq: item.seq,
            author: Author(item.author),
            parts: item.parts.map(Part.init),
            text: item.text,
            plain: item.plain,
            sentAt: Date(unixMilliseconds: item.sentAtMs),
            editedAt: item.editedAtMs.map(Date.init(unixMilliseconds:)),
            isDeleted: item.deleted,
            amending: item.amending.map(Amending.init),
            state: item.state.map(SendState.init),
            uploading: item.uploading.map(FileProgress.init),
            quote: item.quote.map(Quote.init))
    }
}

extension Quote {
    init(_ quote: CoreQuote) {
        self.init(messageID: MessageID(quote.messageId), head: quote.head.map(Head.init))
    }
}

extension Quote.Head {
    init(_ head: CoreQuoteHead) {
        self.init(
            author: Author(head.author), text: head.text, thing: head.thing.map(Part.init), isDeleted: head.deleted)
    }
}

extension Author {
    init(_ author: CoreAuthor) {
        switch author {
        case .me: self = .me
        case .agent(let id, let name): self = .agent(id: id, name: name)
        case .system: self = .system
        }
    }
}

extension SendState {
    init(_ state: CoreSendState) {
        switch state {
        case .waiting: self = .waiting
        case .sending: self = .sending
        case .sent: self = .sent
        case .read: self = .read
        case .failed(let refusal): self = .failed(Refusal(refusal))
        }
    }
}

extension Amending {
    init(_ amending: CoreAmending) {
        switch amending {
        case .waiting: self = .waiting
        case .failed(let refusal): self = .failed(Refusal(refusal))
        }
    }
}

extension Refusal {
    init(_ refusal: CoreRefusal) { self.init(code: refusal.code, detail: refusal.detail) }
}
