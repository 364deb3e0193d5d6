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
    /// Puts words into the line by itself: nobody is typing then.
    @ObservationIgnored private var isPlacing = false
    @ObservationIgnored private var keeping: Task<Void, Never>?
    /// The draft as the phone has it, as far as is known here.
    @ObservationIgnored private var kept: String?
    /// Sent by the person and not accepted yet: a photo takes seconds, and until then its words are nowhere else.
    @ObservationIgnored private var underway: [Composer] = []
    @ObservationIgnored private var sending: Task<Void, Never>?

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
            if let draft = try? await conversation.draft(), !hasWritten {
                kept = draft
                place { $0.text = draft }
            }
        }
        (item, hasLooked) = (nil, false)
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
    public func text(_ message: MessageID) -> String? { messages.first { $0.id == message }?.plain }

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
        case .edit(let message): if let text = text(message) { place { $0.edit(message, text) } }
        case .leaveEditing: place { $0.leaveEditing() }
        case .delete(let message): act { [conversation] in try await conversation.delete(message) }
        case .retry(let message): act { [conversation] in try await conversation.retry(message) }
        case .discard(let message): act { [conversation] in try await conversation.discard(message) }
        case .choose(let question, let option): act { [conversation] in try await conversation.choose(option, of: question) }
        case .answer(let question, let answers):
            act { [conversation] in try await conversation.answerForm(question, answers) }
        case .decline(let question):
            act { [conversation, words] in try await conversation.declineRequest(question, words: words.ratherNot) }
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
            // What is shown again without anything new keeps the line where it is.
            if item.unread > 0 { new = firstNew(messages, unread: item.unread) }
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

    private func written(_ before: Composer) {
        hasWritten = true
        if !isPlacing && composer.text != before.text && !composer.text.isEmpty { conversation.typing() }
        keepDraft()
    }

    /// Changes the line without anybody typing.
    private func place(_ change: (inout Composer) -> Void) {
        isPlacing = true
        defer { isPlacing = false }
        change(&composer)
    }

    /// All that would be lost with the process: what is being sent, and what stands in the line. The words of an edit are none of it.
    private var draft: String {
        (underway.map(\.text) + [composer.editing == nil ? composer.text : composer.before]).joinedLines
    }

    /// One after the other, each with what is to be kept then, so that the order does not matter.
    private func keepDraft() {
        let last = keeping
        keeping = Task {
            await last?.value
            // Of more than a message holds the line says so itself; what fitted last is kept.
            let draft = draft
            guard draft != kept, draft.utf8.count <= Composer.textBytes else { return }
            if (try? await conversation.setDraft(draft)) != nil { kept = draft }
        }
    }

    private func send() {
        guard composer.canSend(words) else { return }
        let line = composer
        if let message = line.editing { return saveEdit(message, line) }
        underway.append(line)
        place { $0 = Composer() }
        let (last, contents, conversation) = (sending, line.contents, conversation)
        // One after the other, in the order of the taps: words must not overtake a photo that is still taken in.
        sending = Task {
            await last?.value
            let accepted = await attempt {
                if let quoted = line.replying {
                    try await conversation.send(contents, quoting: quoted.message)
                } else {
                    try await conversation.send(contents)
                }
            }
            // The core has ended the draft of these words by itself.
            if accepted { kept = nil } else { place { $0.takeBack(line) } }
            if let sent = underway.firstIndex(of: line) { underway.remove(at: sent) }
            keepDraft()
        }
    }

    private func saveEdit(_ message: MessageID, _ line: Composer) {
        place { $0.leaveEditing() }
        let (text, conversation) = (line.text.trimmingCharacters(in: .whitespacesAndNewlines), conversation)
        Task {
            let accepted = await attempt { try await conversation.edit(message, text) }
            // The words stand in the line again, unless another message is edited by now.
            if !accepted && composer.editing == nil { place { $0.edit(message, line.text) } }
        }
    }

    private func loadOlder() {
        guard view.older == .more || view.older == .failed else { return }
        view.older = .loading
        Task {
            do {
                view.older = try await timeline.loadOlder() == .start ? .none : .more
            } catch {
                // Said where they would stand, with a button.
                view.older = .failed
            }
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
            view.problem = (error as? TidingsError)?.reason(words) ?? words.wentWrong
            return false
        }
    }
}
