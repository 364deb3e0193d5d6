import Foundation
import Observation
import Tidings

/// One thread on the screen. Knows nothing of how it is drawn.
@MainActor @Observable
final class OpenThread {
    private(set) var messages: [MessageItem] = []
    private(set) var writing: String?
    private(set) var reachesStart = false
    private(set) var failure: String?
    var draft = "" {
        didSet { if !draft.isEmpty { conversation.typing() } }
    }

    @ObservationIgnored private let client: TidingsClient
    @ObservationIgnored private let conversation: Conversation
    @ObservationIgnored private let timeline: Timeline

    init(_ client: TidingsClient, _ conversation: Conversation) {
        self.client = client
        self.conversation = conversation
        timeline = conversation.timeline()
    }

    /// Shows what happens until the task is cancelled. What is on the screen has been seen.
    func run() async {
        async let followed: Void = followTyping()
        for await list in timeline.messages {
            messages = list
            if !list.isEmpty { await attempt { [conversation] in try await conversation.markRead() } }
        }
        await followed
    }

    func send() async {
        let text = draft.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return }
        draft = ""
        do { try await conversation.send(text) } catch {
            // Nothing was accepted: the words stand in the line again.
            draft = draft.isEmpty ? text : "\(text) \(draft)"
            failure = "\(error)"
        }
    }

    /// Sends a photo that was picked.
    func send(photo: Data) async {
        let contents = [Content.file(Content.File(.data(photo), name: "photo.jpg"))]
        await attempt { [conversation] in try await conversation.send(contents) }
    }

    /// A photo of a message, small, as a file on the phone.
    func thumbnail(of attachment: Part.Attachment) async -> URL? {
        try? await client.file(attachment.id, .thumbnail).url
    }

    /// Sends a message again that the server refused.
    func retry(_ message: MessageItem) async {
        guard case .failed = message.state else { return }
        await attempt { [conversation] in try await conversation.retry(message.id) }
    }

    func loadOlder() async {
        await attempt { [self] in reachesStart = try await timeline.loadOlder() == .start }
    }

    private func followTyping() async {
        for await name in conversation.typingAgent { writing = name }
    }

    private func attempt<T: Sendable>(_ work: () async throws -> T) async {
        do { _ = try await work() } catch { failure = "\(error)" }
    }
}
