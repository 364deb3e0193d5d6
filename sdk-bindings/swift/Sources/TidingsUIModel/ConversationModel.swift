import Foundation
import Observation
import Tidings

/// One thread, as `view` and `composer`, for as long as `run` runs. It does what the person wants, and leaves to the app what
/// only an app can do: pickers, maps, the clipboard.
@available(iOS 17, macOS 14, *)
@MainActor @Observable
public final class ConversationModel {
    /// What the screen shows.
    public private(set) var view: ConversationView
    /// What stands in the line to write in.
    public var composer = Composer() {
        didSet { if composer != oldValue { written(oldValue) } }
    }
    /// In which words it speaks.
    public let words: Words

    @ObservationIgnored private let client: TidingsClient
    @ObservationIgnored private let conversation: Conversation
    @ObservationIgnored private let timeline: Timeline
    @ObservationIgnored private var messages: [MessageItem] = []
    @ObservationIgnored private var item: ConversationItem?
    @ObservationIgnored private var new: MessageID?
    @ObservationIgnored private var hasLooked = false
    @ObservationIgnored private var hasDraft = false
    @ObservationIgnored private var hasWritten = false
    @ObservationIgnored private let isExpectedByApp: Bool
    @ObservationIgnored private var keeping: Task<Void, Never>?

    /// - Parameter expected: when an answer may be expected, in the app's own words; nil: what the server says of it.
    public init(_ client: TidingsClient, _ conversation: Conversation, words: Words, expected: String? = nil) {
        self.client = client
        self.conversation = conversation
        self.words = words
        isExpectedByApp = expected != nil
        timeline = conversation.timeline()
        view = .loading(words.untitled)
        view.expected = expected
        view.older = .more
    }

    /// Follows the thread until it is cancelled, and says that what it shows was seen: call it while the screen can be seen.
    public func run() async {
        if !hasDraft {
            hasDraft = true
            // Whoever has begun to write, or has sent it already, goes on from there.
            if let draft = try? await conversation.draft(), !hasWritten { composer.text = draft }
        }
        async let state: Void = followState()
        async let typing: Void = followTyping()
        async let info: Void = followInfo()
        async let answering: Void = followAnswering()
        for await list in timeline.messages {
            messages = list
            show()
            if !list.isEmpty { await attempt { [conversation] in try await conversation.markRead() } }
        }
        _ = await (state, typing, info, answering)
    }

    /// Something was picked.
    public func attach(_ attached: Attached) { composer.attach(attached) }

    /// The words of a message, to copy them.
    public func text(_ message: MessageID) -> String? { messages.first { $0.id == message }?.text }

    /// A picture or another file of a message, on the phone; nil: it cannot be had now.
    public func file(_ attachmentID: String, _ variant: LocalFile.Variant) async -> URL? {
        try? await client.file(attachmentID, variant).url
    }

    /// Shows a message that is on the phone, such as one that a search found.
    public func jump(to message: MessageID) async {
        let done = await attempt { [timeline] in try await timeline.jump(to: message) }
        if done { (view.newest, view.older) = (.elsewhere, .more) }
    }

    /// Does what the person wants; false: it is for the app to do.
    @discardableResult
    public func take(_ wish: Wish) -> Bool {
        switch wish {
        case .send: send()
        case .remove(let gone): composer.attached.removeAll { $0 == gone }
        case .changePlace(let place): composer.attach(.place(place))
        case .reply(let message):
            if let item = messages.first(where: { $0.id == message }) { composer.replying = Quoted(item, words) }
        case .leaveReply: composer.replying = nil
        case .showQuoted(let message): Task { await jump(to: message) }
        case .edit(let message): if let text = text(message) { composer.edit(message, text) }
        case .leaveEditing: composer.leaveEditing()
        case .delete(let message): act { [conversation] in try await conversation.delete(message) }
        case .retry(let message): act { [conversation] in try await conversation.retry(message) }
        case .discard(let message): act { [conversation] in try await conversation.discard(message) }
        case .choose(let question, let option): act { [conversation] in try await conversation.choose(option, of: question) }
        case .answer(let question, let answers):
            act { [conversation] in try await conversation.answerForm(question, answers) }
        case .endLive(let message): act { [conversation] in try await conversation.endLivePlace(message) }
        case .loadOlder: loadOlder()
        case .toNewest: toNewest()
        case .dismissProblem: view.problem = nil
        case .signIn, .attach, .copy, .openPicture, .openFile, .openPlace, .openThread, .shareLive: return false
        }
        return true
    }

    private func show() {
        if !hasLooked, let item {
            new = firstNew(messages, unread: item.unread)
            hasLooked = true
        }
        view.lines = lines(messages, firstNew: new, Moments(words: words))
    }

    private func followInfo() async {
        for await list in client.conversations {
            guard let item = list.first(where: { $0.id == conversation.id }) else { continue }
            self.item = item
            view.title = item.title.flatMap { $0.isBlank ? nil : $0 } ?? words.untitled
            view.isClosed = item.state == .closed
            view.goesOn = item.goesOn(words)
            if view.lines != nil { show() }
        }
    }

    private func followState() async {
        for await state in client.syncState { view.notice = Notice(state) }
    }

    private func followAnswering() async {
        if isExpectedByApp { return }
        for await answering in client.answering { view.expected = answering.expectation(Moments(words: words)) }
    }

    private func followTyping() async {
        for await name in conversation.typingAgent { view.typing = name }
    }

    /// The words outlive the process, the last first; those of an edit do not.
    private func written(_ before: Composer) {
        hasWritten = true
        if composer.text != before.text && !composer.text.isEmpty { conversation.typing() }
        let draft = composer.editing == nil ? composer.text : composer.before
        let (last, conversation) = (keeping, conversation)
        keeping = Task {
            await last?.value
            try? await conversation.setDraft(draft)
        }
    }

    private func send() {
        guard composer.canSend(words) else { return }
        let line = composer
        if line.editing == nil { composer = Composer() } else { composer.leaveEditing() }
        let (contents, conversation) = (line.contents, conversation)
        Task {
            let done = await attempt {
                if let message = line.editing, case .text(let text) = contents.first {
                    try await conversation.edit(message, text)
                } else if let quoted = line.replying {
                    try await conversation.send(contents, quoting: quoted.message)
                } else {
                    try await conversation.send(contents)
                }
            }
            // Nothing was accepted: it stands in the line again, unless the person has gone on.
            if !done && composer.text.isEmpty && composer.attached.isEmpty { composer = line }
        }
    }

    private func loadOlder() {
        guard view.older == .more else { return }
        view.older = .loading
        Task {
            var found = ConversationView.Older.more
            await attempt { if try await self.timeline.loadOlder() == .start { found = .none } }
            view.older = found
        }
    }

    private func toNewest() {
        guard view.newest == .elsewhere else { return }
        timeline.jumpToNewest()
        view.newest = .shown
    }

    private func act<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) {
        Task { await attempt(work) }
    }

    /// What does not work is said on the screen; false: it did not.
    @discardableResult
    private func attempt<T: Sendable>(_ work: () async throws -> T) async -> Bool {
        do {
            _ = try await work()
            return true
        } catch {
            switch (error as? TidingsError)?.code {
            case .storageFull: view.problem = words.notStored
            case .network: view.problem = words.unreachable
            default: view.problem = words.wentWrong
            }
            return false
        }
    }
}
