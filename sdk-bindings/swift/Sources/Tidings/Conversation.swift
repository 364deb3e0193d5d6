import Foundation
import TidingsCore

/// One thread of the signed-in user. After that user signed out it answers `closed`.
public final class Conversation: Sendable, Identifiable {
    /// Which.
    public let id: ConversationID
    private let core: CoreConversation

    init(_ core: CoreConversation) {
        self.core = core
        id = ConversationID(core.id())
    }

    /// Who is writing, now and whenever it changes: an agent's name, or nil.
    public var typingAgent: AsyncStream<String?> {
        live { core.observeTyping(listener: LiveTyping($0)) }
    }

    /// How it is now. Asks the server when the phone does not know it.
    public func info() async throws(TidingsError) -> ConversationItem {
        ConversationItem(try await told { try await core.info() })
    }

    /// Sends words; works without a network. When this returns the message is on disk, and it will be sent, after a crash or a
    /// kill too. Cancelling the task neither stops nor undoes it.
    @discardableResult
    public func send(_ text: String) async throws(TidingsError) -> MessageID {
        MessageID(try await told { try await core.sendText(text: text) })
    }

    /// Sends a message again that the server refused. Answers its id, which is another one if the server refused the
    /// message because of its id (`id_conflict`).
    @discardableResult
    public func retry(_ id: MessageID) async throws(TidingsError) -> MessageID {
        MessageID(try await told { try await core.retry(messageId: id.text) })
    }

    /// Throws a message away that waits or was refused.
    @discardableResult
    public func discard(_ id: MessageID) async throws(TidingsError) -> Discarded {
        Discarded(try await told { try await core.discard(messageId: id.text) })
    }

    /// The person has seen everything that the phone has. Shown at once, told to the server when it can be reached.
    public func markRead() async throws(TidingsError) {
        try await told { try await core.markRead() }
    }

    /// The person is writing; call it at each keystroke. Lost when there is no connection.
    public func typing() { core.typing() }

    /// A window on the messages, beginning with the newest 50.
    public func timeline() -> Timeline { Timeline(core.timeline()) }
}

/// A window on the messages of one conversation: from some message to the newest, then those that wait to be sent.
public final class Timeline: Sendable {
    private let core: CoreTimeline

    init(_ core: CoreTimeline) { self.core = core }

    /// The messages, oldest first, now and whenever they change.
    public var messages: AsyncStream<[MessageItem]> {
        live { core.observe(listener: LiveMessages($0)) }
    }

    /// Widens the window by up to 50 older messages, from the phone or else from the server.
    @discardableResult
    public func loadOlder() async throws(TidingsError) -> Older {
        Older(try await told { try await core.loadOlder() })
    }
}
