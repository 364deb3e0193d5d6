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
        XCTAssertEqual(model.bubbles.first?.pieces, [.words([.paragraph([Block.Run("Where is it?")])])])
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
        try await until("other words") { model.bubbles.first?.pieces == [.words([.paragraph([Block.Run("First words")])])] }
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
        try await until("a problem") { model.view.problem == Words.english.fileUnreadable }
        XCTAssertEqual(model.composer.attached.map(\.id), ["1"])
        model.take(.dismissProblem)
        XCTAssertNil(model.view.problem)
    }

    func testWordsStandInTheDraftUntilTheirMessageIsAccepted() async throws {
        let thread = try XCTUnwrap(thread)
        // Whoever reads a pipe waits for its end, as long as a large photo takes and longer.
        let pipe = folder.appendingPathComponent("pipe")
        XCTAssertEqual(mkfifo(pipe.path, 0o600), 0)
        let model = ConversationModel(client, thread, words: .english)
        let running = Task { await model.run() }
        model.attach(.file(Attached.File(key: "1", name: "log.txt", bytes: 10, isPicture: false, content: Content.File(.url(pipe)))))
        model.composer.text = "Here it is"
        try await until("the draft") { try await thread.draft() == "Here it is" }
        model.take(.send)
        XCTAssertEqual(model.composer, Composer())
        try await Task.sleep(nanoseconds: 300_000_000)
        // The process may die here.
        let kept = try await thread.draft()
        XCTAssertEqual(kept, "Here it is")
        model.composer.text = "And"
        try await until("both") { try await thread.draft() == "Here it is\nAnd" }
        Task.detached {
            let writing = try FileHandle(forWritingTo: pipe)
            try writing.write(contentsOf: Data("all is well".utf8))
            try writing.close()
        }
        try await until("the bubble") { model.bubbles.first?.status == .waiting }
        try await until("the rest") { try await thread.draft() == "And" }
        running.cancel()
    }

    func testWhatIsRefusedStandsBeforeWhatWasWrittenSince() async throws {
        let model = ConversationModel(client, thread, words: .english)
        model.composer.text = "Here it is"
        let missing = Content.File(.url(folder.appendingPathComponent("nowhere.pdf")))
        model.attach(.file(Attached.File(key: "1", name: "nowhere.pdf", bytes: 10, isPicture: false, content: missing)))
        model.take(.send)
        model.composer.text = "Hello?"
        try await until("a problem") { model.view.problem != nil }
        XCTAssertEqual(model.composer.text, "Here it is\nHello?")
        XCTAssertEqual(model.composer.attached.map(\.id), ["1"])
    }

    func testARefusalSaysWhatIsWrongAndNeverToTryAgainWhatCannotWork() async throws {
        let words = Words.english
        let heic = Data([0, 0, 0, 24]) + Data("ftypheic".utf8) + Data(count: 4) + Data("mif1heic".utf8)
        let cases: [(Attached, String)] = [
            (file("photo.heic", heic), words.pictureKind),
            (file("large.png", png(10_000, 10_000)), words.pictureTooLarge),
            (file("half.png", png(10, 10)), words.pictureDamaged),
            (file("half.jpg", Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 16])), words.pictureDamaged),
            (file("nothing.txt", Data()), words.fileEmpty),
            (file("huge.jpg", Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(count: 33 << 20)), words.fileTooLarge),
            (file(String(repeating: "n", count: 300), Data([1])), words.fileName),
            (
                .place(Attached.Place(point: Content.Point(latitude: 45.7, longitude: 4.8), label: String(repeating: "l", count: 300))),
                words.placeNameTooLong
            ),
            (.place(Attached.Place(point: Content.Point(latitude: 0, longitude: 0))), words.cannotBeSent),
        ]
        for (attached, said) in cases {
            let model = ConversationModel(client, thread, words: words)
            model.attach(attached)
            model.take(.send)
            try await until(said) { model.view.problem != nil }
            XCTAssertEqual(model.view.problem, said)
            XCTAssertEqual(model.composer.attached, [attached])
        }
    }

    func testOlderMessagesThatCannotBeHadAreSaidInTheirPlace() async throws {
        let model = ConversationModel(client, thread, words: .english)
        try await client.signOut(.keep)
        model.take(.loadOlder)
        try await until("the failure") { model.view.older == .failed }
        XCTAssertNil(model.view.problem)
        model.take(.loadOlder)
        XCTAssertEqual(model.view.older, .loading)
    }

    func testAScreenThatIsLeftTakesNothingAwayFromTheOneThatCovers() async throws {
        let heard = Heard()
        let list = Task { await ShownScreen.say("threads") { heard.said.append($0) } }
        try await until("the list") { heard.said == ["threads"] }
        let thread = Task { await ShownScreen.say("thread") { heard.said.append($0) } }
        try await until("the thread") { heard.said == ["threads", "thread"] }
        list.cancel()
        await list.value
        XCTAssertEqual(heard.said, ["threads", "thread"])
        thread.cancel()
        await thread.value
        XCTAssertEqual(heard.said, ["threads", "thread", nil])
    }

    private func file(_ name: String, _ data: Data) -> Attached {
        // The line counts what the app says of it; the core counts itself.
        .file(Attached.File(key: name, name: name, bytes: 10, isPicture: true, content: Content.File(.data(data), name: name)))
    }

    /// The head of a PNG of this size, and no picture behind it.
    private func png(_ width: UInt32, _ height: UInt32) -> Data {
        func bytes(_ number: UInt32) -> Data { withUnsafeBytes(of: number.bigEndian) { Data($0) } }
        let head = Data("IHDR".utf8) + bytes(width) + bytes(height) + Data([8, 2, 0, 0, 0])
        return Data([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]) + bytes(13) + head + bytes(crc32(head)) + bytes(100) + Data("IDAT".utf8)
            + Data([0x78, 0x9C])
    }

    private func crc32(_ data: Data) -> UInt32 {
        ~data.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
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

/// What a client is told of its screens.
@MainActor
private final class Heard { var said: [String?] = [] }
