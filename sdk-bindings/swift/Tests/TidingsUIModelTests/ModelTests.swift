import Foundation
import XCTest

@testable import Tidings
@testable import TidingsUIModel

/// The screens' models over the real core, on a phone without a network.
@available(iOS 17, macOS 14, *)
@MainActor
final class ModelTests: XCTestCase {
    private var folder: URL!
    private var client: TidingsClient!
    private var thread: Conversation!

    override func setUp() async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidings-\(UUID().uuidString)")
        let config = TidingsConfig(
            serverURL: URL(string: "http://127.0.0.1:9")!, appID: "app_01h2xcejqtf2nbrexx3vqjhp41", dataDirectory: folder)
        client = try await TidingsClient.open(config)
        try await client.signInAnonymously()
        thread = try await client.startConversation(title: "My parcel")
    }

    override func tearDown() async throws {
        try await client.close()
        // SQLite's own files beside the store may go in the same moment, and one that is gone ends the removal.
        try? FileManager.default.removeItem(at: folder)
    }

    func testWordsThatAreSentWithoutANetworkWaitInABubbleAndInTheList() async throws {
        let model = ConversationModel(client, thread, words: .english)
        let threads = ThreadsModel(client, words: .english)
        let running = [Task { await model.run() }, Task { await threads.run() }]
        model.composer.text = "Where is it?"
        XCTAssertTrue(model.take(.send))
        XCTAssertEqual(model.composer.text, "")
        try await until("a bubble that waits") { model.bubbles.first?.status == .waiting }
        XCTAssertEqual(model.bubbles.first?.pieces, [.words("Where is it?")])
        try await until("the title") { model.view.title == "My parcel" }
        // The draft of the same words may be seen for a moment.
        try await until("a row that waits") { threads.view.rows?.first?.preview == "You: Where is it?" }
        XCTAssertEqual(threads.view.rows?.first?.mark, .waiting)
        running.forEach { $0.cancel() }
    }

    func testADraftOutlivesTheScreen() async throws {
        let thread = try XCTUnwrap(thread)
        let model = ConversationModel(client, thread, words: .english)
        model.composer.text = "half"
        model.composer.text = "half a sen"
        try await until("the draft") { try await thread.draft() == "half a sen" }
        let again = ConversationModel(client, thread, words: .english)
        let running = Task { await again.run() }
        try await until("the draft in the line") { again.composer.text == "half a sen" }
        running.cancel()
    }

    func testAWaitingMessageIsEditedWhereItWaitsAndThenNotSentAtAll() async throws {
        let id = try await thread.send("Frist words")
        let model = ConversationModel(client, thread, words: .english)
        let running = Task { await model.run() }
        try await until("the bubble") { model.bubbles.count == 1 }
        model.composer.text = "half a sen"
        model.take(.edit(id))
        XCTAssertEqual(model.composer.text, "Frist words")
        model.composer.text = "First words"
        model.take(.send)
        XCTAssertEqual(model.composer.text, "half a sen")
        try await until("other words") { model.bubbles.first?.pieces == [.words("First words")] }
        model.take(.discard(id))
        try await until("nothing") { model.bubbles.isEmpty }
        running.cancel()
    }

    func testAReplyQuotesAMessageThatWaitsItself() async throws {
        let first = try await thread.send("First words")
        let model = ConversationModel(client, thread, words: .english)
        let running = Task { await model.run() }
        try await until("the bubble") { model.bubbles.count == 1 }
        model.take(.reply(first))
        XCTAssertEqual(model.composer.replying?.text, "First words")
        model.composer.text = "I mean: first"
        model.take(.send)
        try await until("the quote") { model.bubbles.last?.quoted?.message == first }
        XCTAssertNil(model.composer.replying)
        running.cancel()
    }

    func testWhatIsRefusedStandsInTheLineAgainAndIsSaid() async throws {
        let model = ConversationModel(client, thread, words: .english)
        let missing = Content.File(.url(folder.appendingPathComponent("nowhere.pdf")), name: "nowhere.pdf")
        model.attach(.file(Attached.File(key: "1", name: "nowhere.pdf", bytes: 10, isPicture: false, content: missing)))
        model.take(.send)
        try await until("a problem") { model.view.problem == Words.english.wentWrong }
        XCTAssertEqual(model.composer.attached.map(\.id), ["1"])
        model.take(.dismissProblem)
        XCTAssertNil(model.view.problem)
    }

    func testWhatOnlyAnAppCanDoIsLeftToIt() async {
        let model = ConversationModel(client, thread, words: .english)
        XCTAssertFalse(model.take(.attach(.photo)))
        XCTAssertFalse(model.take(.openFile(attachmentID: "a")))
        XCTAssertTrue(model.take(.dismissProblem))
    }

    private func until(_ what: String, _ holds: @MainActor () async throws -> Bool) async throws {
        for _ in 0..<1000 {
            if try await holds() { return }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        XCTFail("not within ten seconds: \(what)")
    }
}

@available(iOS 17, macOS 14, *)
extension ConversationModel {
    fileprivate var bubbles: [Bubble] {
        view.lines?.compactMap { if case .bubble(let bubble) = $0 { bubble } else { nil } } ?? []
    }
}
