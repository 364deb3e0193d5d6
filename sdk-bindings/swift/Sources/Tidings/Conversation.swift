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

    /// Sends several things in one message, such as words, photos and a place; works without a network. Files are taken in
    /// before this returns. What cannot be sent is refused at once, with `invalidInput` and the reason.
    @discardableResult
    public func send(_ contents: [Content]) async throws(TidingsError) -> MessageID {
        let contents = contents.map(\.core)
        return MessageID(try await told { try await core.sendContents(contents: contents) })
    }

    /// Answers one message of this conversation, anybody's: several things in a message that quotes it; works without a network,
    /// and the quoted message may itself wait to be sent. Should the server not have it, this one goes without the quote.
    ///
    /// - Parameter quoted: a message that is on the phone and was neither deleted nor refused.
    @discardableResult
    public func send(_ contents: [Content], quoting quoted: MessageID) async throws(TidingsError) -> MessageID {
        let contents = contents.map(\.core)
        return MessageID(try await told { try await core.sendQuoting(messageId: quoted.text, contents: contents) })
    }

    /// Shares where the person is for a while, in one message whose place moves; works without a network. Nothing here
    /// measures a place: feed it (`TidingsClient.moveLivePlace(to:measuredAt:)`). The time counts from now on; a share that
    /// never left the phone by its end is never sent. `switchedOff` unless the app has live locations; `invalidInput` when
    /// this phone shares its place in this conversation already.
    @discardableResult
    public func shareLivePlace(for time: ShareFor) async throws(TidingsError) -> MessageID {
        MessageID(try await told { try await core.shareLivePlace(time: time.core) })
    }

    /// Ends a share of the person's own before its time, begun here or on another phone; works without a network. Its last
    /// place is gone from the phone when this returns, and from everywhere else when the server is reached.
    public func endLivePlace(_ id: MessageID) async throws(TidingsError) {
        try await told { try await core.endLivePlace(messageId: id.text) }
    }

    /// Answers a message that offers choices, with one of them; works without a network.
    @discardableResult
    public func choose(_ optionID: String, of question: MessageID) async throws(TidingsError) -> MessageID {
        MessageID(try await told { try await core.choose(messageId: question.text, optionId: optionID) })
    }

    /// Says that the person would rather not share what a message asks for (`Part.request`); works without a network. To share
    /// it, send a place or a photo that quotes the message.
    ///
    /// - Parameter words: what the person read on the button, at most 256 bytes of UTF-8: the agents read it.
    @discardableResult
    public func declineRequest(_ question: MessageID, words: String) async throws(TidingsError) -> MessageID {
        MessageID(try await told { try await core.declineRequest(messageId: question.text, words: words) })
    }

    /// Answers a message that holds a form; works without a network. Each required field must be answered, each in its own
    /// kind.
    ///
    /// - Parameter answers: by the ids of the fields.
    @discardableResult
    public func answerForm(_ question: MessageID, _ answers: [String: FieldValue]) async throws(TidingsError) -> MessageID {
        let answers = answers.map { CoreFieldAnswer(fieldId: $0.key, value: $0.value.core) }
        return MessageID(try await told { try await core.answerForm(messageId: question.text, answers: answers) })
    }

    /// What the person has begun to write here; it outlives the process. Sending the same words ends it.
    public func draft() async throws(TidingsError) -> String? {
        try await told { try await core.draft() }
    }

    /// Keeps what the person has begun to write, in the place of the last draft; blank: there is none any more.
    public func setDraft(_ text: String) async throws(TidingsError) {
        try await told { try await core.setDraft(text: text) }
    }

    /// Replaces the custom fields of this conversation, which agents see; works without a network. Of several settings the last
    /// one counts.
    ///
    /// - Parameter fields: as of `TidingsClient.setUserFields(_:)`.
    public func setFields(_ fields: [String: CustomValue]) async throws(TidingsError) {
        let fields = fields.core
        try await told { try await core.setFields(fields: fields) }
    }

    /// Gives one of the person's own messages other words, in the place of all its text; works without a network and is shown
    /// at once. A message that has not set off is sent with the new words.
    public func edit(_ id: MessageID, _ text: String) async throws(TidingsError) {
        try await told { try await core.edit(messageId: id.text, text: text) }
    }

    /// Takes one of the person's own messages back, for everybody; works without a network and is shown at once. It cannot be
    /// undone. A message that has not set off goes away; another stays in its place, without what it said.
    public func delete(_ id: MessageID) async throws(TidingsError) {
        try await told { try await core.delete(messageId: id.text) }
    }

    /// Sends a message again that the server refused, or tells it once more of an edit that it refused. Answers its id, which is another one if the server refused the
    /// message because of its id (`id_conflict`).
    @discardableResult
    public func retry(_ id: MessageID) async throws(TidingsError) -> MessageID {
        MessageID(try await told { try await core.retry(messageId: id.text) })
    }

    /// Throws a message away that waits or was refused; of another, an edit or a deletion that the server does not know of.
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

    /// Widens the window by up to 50 older messages, from the phone or else from the server. A page that failed is not asked
    /// for again at once, however often this is called: see `olderState`.
    @discardableResult
    public func loadOlder() async throws(TidingsError) -> Older {
        Older(try await told { try await core.loadOlder() })
    }

    /// How it stands with the page before the first message that the phone has.
    public var olderState: OlderState { OlderState(core.olderState()) }

    /// Moves the window to a message that is on the phone, such as one that a search found, with 25 before and 25 after it.
    public func jump(to message: MessageID) async throws(TidingsError) {
        try await told { try await core.jumpTo(messageId: message.text) }
    }

    /// Widens a window that ends before the newest message, after a jump, by up to 50 newer ones.
    @discardableResult
    public func loadNewer() async throws(TidingsError) -> Newer {
        Newer(try await told { try await core.loadNewer() })
    }

    /// Moves the window back to the newest messages.
    public func jumpToNewest() { core.jumpToNewest() }
}
