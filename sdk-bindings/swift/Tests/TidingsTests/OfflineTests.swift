import Foundation
import TidingsCore
import XCTest

@testable import Tidings

final class OfflineTests: XCTestCase {
    func testPackageAndCoreAreOfOneVersion() {
        XCTAssertEqual(TidingsClient.version, coreVersion())
    }

    func testWhatCannotWorkSaysSoWithACode() async throws {
        let folder = try Folder()
        let error = try await failure { try await TidingsClient.open(config(folder, app: "app_nonsense")) }
        XCTAssertEqual(error.code, .invalidConfig)
        XCTAssertEqual(error.word, "invalid_config")
        XCTAssertTrue(error.message.contains("app_id"), error.message)
        XCTAssertFalse(error.isRetryable)
    }

    func testNobodyCanWriteBeforeSigningIn() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            XCTAssertNil(phone.account)
            let error = try await failure { try await phone.startConversation() }
            XCTAssertEqual(error.code, .notSignedIn)
            let state = try await until(phone.syncState, "a state") { _ in true }
            XCTAssertEqual(state, .signedOut)
        }
    }

    func testAMessageSentWithoutANetworkWaitsAndIsThereAfterARestart() async throws {
        let folder = try Folder()
        var sent: (ConversationID, MessageID)?
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation(title: "A broken lamp")
            sent = (thread.id, try await thread.send("Hello, c'est cassé 💡"))
        }
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let list = try await until(phone.conversations, "the thread") { !$0.isEmpty }
            XCTAssertEqual(list.map(\.id), [sent?.0])
            XCTAssertEqual(list[0].title, "A broken lamp")
            XCTAssertEqual(list[0].opening, .waiting)
            let timeline = try phone.conversation(list[0].id).timeline()
            let shown = try await until(timeline.messages, "the message") { !$0.isEmpty }
            XCTAssertEqual(shown.map(\.id), [sent?.1])
            XCTAssertEqual(shown[0].parts, [.text(Part.Text("Hello, c'est cassé 💡"))])
            XCTAssertEqual(shown[0].author, .me)
            XCTAssertEqual(shown[0].state, .waiting)
            XCTAssertNil(shown[0].seq)
            XCTAssertLessThan(abs(shown[0].sentAt.timeIntervalSinceNow), 60)
        }
    }

    func testAWrongKeyIsAnErrorWithACodeWhereItIsSet() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let wrong: [String: CustomValue] = ["Order": .text("4711")]
            let error = try await failure { try await phone.startConversation(fields: wrong) }
            XCTAssertEqual(error.code, .invalidInput)
            XCTAssertTrue(error.message.contains("`Order`"), error.message)
            let good: [String: CustomValue] = ["order": .text("4711"), "paid": .boolean(true)]
            let thread = try await phone.startConversation(title: "A lamp", fields: good)
            try await thread.setFields(["total": .number(12.5), "at": .time(Date())])
            let again = try await failure { try await thread.setFields(wrong) }
            XCTAssertEqual(again.code, .invalidInput)
            let ofUser = try await failure { try await phone.setUserFields(wrong) }
            XCTAssertEqual(ofUser.code, .invalidInput)
            try await phone.setUserFields(good)
            let long = try await failure { try phone.setScreen(String(repeating: "x", count: 65)) }
            XCTAssertEqual(long.code, .invalidInput)
            try phone.setScreen("checkout", title: "Checkout", detail: "order 4711")
            try phone.setScreen(nil)
            phone.setNetworkKind(.wifi)
        }
    }

    func testPlacesDraftsSearchAndJumpsWorkWithoutANetwork() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            try await thread.setDraft("Où est mon colis ?")
            let list = try await until(phone.conversations, "the draft") { !$0.isEmpty }
            XCTAssertEqual(list[0].draft, "Où est mon colis ?")
            let asked = try await thread.send("Où est mon colis ?")
            let draft = try await thread.draft()
            XCTAssertNil(draft)
            let point = Content.Point(latitude: 46.94809, longitude: 7.44744)
            let place = Content.Place(point: point, precision: .rounded, label: "Bern")
            let sent = try await thread.send([.text("here"), .place(place)])
            let shown = try await until(thread.timeline().messages, "both") { $0.count == 2 }
            let expected = Part.Location(
                latitude: 46.95, longitude: 7.45, accuracy: 800, label: "Bern", measuredAt: nil)
            XCTAssertEqual(shown.first { $0.id == sent }?.parts[1], .location(expected))
            let nowhere = try await failure {
                try await thread.send([.place(Content.Place(point: Content.Point(latitude: 0, longitude: 0)))])
            }
            XCTAssertEqual(nowhere.code, .invalidInput)
            let found = try await phone.search("ou colis")
            XCTAssertEqual(found.map(\.id), [asked])
            let timeline = thread.timeline()
            try await timeline.jump(to: asked)
            let newer = try await timeline.loadNewer()
            XCTAssertEqual(newer, .end)
            timeline.jumpToNewest()
            let answered = try await thread.send([.text("still here")], quoting: sent)
            let quoting = try await until(thread.timeline().messages, "the quote") { $0.count == 3 }
            let quote = quoting.first { $0.id == answered }?.quote
            XCTAssertEqual(quote?.messageID, sent)
            let head = Quote.Head(author: .me, text: "here", thing: .location(expected), isDeleted: false)
            XCTAssertEqual(quote?.head, head)
            let noChoice = try await failure { try await thread.choose("y", of: asked) }
            XCTAssertEqual(noChoice.code, .invalidInput)
            let noForm = try await failure { try await thread.answerForm(asked, ["n": .number(2)]) }
            XCTAssertEqual(noForm.code, .invalidInput)
        }
    }

    func testALivePlaceIsSharedIfTheAppSwitchedItOnAndEndsAtOnceWithoutANetwork() async throws {
        let folder = try Folder()
        var sharing = config(folder)
        sharing.locations = .live
        try await withPhone(sharing) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            let here = Content.Point(latitude: 46.94809, longitude: 7.44744, accuracy: 12.5)
            let before = try await phone.moveLivePlace(to: here)
            XCTAssertEqual(before, 0)
            let message = try await thread.shareLivePlace(for: .quarterHour)
            let shown = try await until(thread.timeline().messages, "the share") { !$0.isEmpty }
            let share = Part.LiveLocation(time: 900, until: nil, hasEnded: false, last: nil)
            XCTAssertEqual(shown[0].parts, [.liveLocation(share)])
            let running = try await phone.liveShares()
            XCTAssertEqual(running.map(\.messageID), [message])
            let after = try await phone.moveLivePlace(to: here, measuredAt: Date())
            XCTAssertEqual(after, 1)
            try await thread.endLivePlace(message)
            let left = try await phone.liveShares()
            XCTAssertEqual(left, [])
            _ = try await until(thread.timeline().messages, "nothing") { $0.isEmpty }
        }
    }

    func testADiagnosisSaysWhatIsWrongAndWhatToDo() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            try await phone.startConversation().send("a secret word")
            let found = try await phone.diagnose()
            XCTAssertEqual(found.first?.code, "server_unreachable")
            XCTAssertEqual(found.first?.severity, .error)
            let exported = try await phone.exportDiagnostics()
            XCTAssertTrue(exported.contains("server_unreachable") && !exported.contains("secret"), exported)
        }
    }

    func testALiveListFollowsWhatIsSentAndThrownAway() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            let timeline = thread.timeline()
            let first = try await thread.send("one")
            let second = try await thread.send("two")
            let both = try await until(timeline.messages, "both") { $0.count == 2 }
            XCTAssertEqual(both.map(\.text), ["one", "two"])
            let discarded = try await thread.discard(first)
            XCTAssertEqual(discarded, .removed)
            let left = try await until(timeline.messages, "one left") { $0.count == 1 }
            XCTAssertEqual(left.map(\.id), [second])
        }
    }

    func testWhatWaitsIsEditedAndTakenBackWhereItIs() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            let timeline = thread.timeline()
            let first = try await thread.send("helo")
            let second = try await thread.send("never mind")
            try await thread.edit(first, "hello")
            try await thread.delete(second)
            let left = try await until(timeline.messages, "the edited one") { $0.count == 1 }
            XCTAssertEqual(left.map(\.text), ["hello"])
            XCTAssertNil(left.first?.amending, "it is sent with its new words")
        }
    }

    func testOneStreamIsToldOfEachChange() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            var lists = thread.timeline().messages.makeAsyncIterator()
            let nothing = await lists.next()
            XCTAssertEqual(nothing, [])
            for count in 1...5 {
                try await thread.send("message \(count)")
                // Several changes may be told at once; the newest list is never missed.
                var list = await lists.next() ?? []
                while list.count < count { list = await lists.next() ?? [] }
                XCTAssertEqual(list.count, count)
            }
        }
    }

    func testTextOutOfBoundsIsRefusedAndChangesNothing() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            let empty = try await failure { try await thread.send("") }
            XCTAssertEqual(empty.code, .invalidInput)
            let long = try await failure { try await thread.send(String(repeating: "x", count: 16 * 1024 + 1)) }
            XCTAssertEqual(long.code, .invalidInput)
            try await thread.send(String(repeating: "x", count: 16 * 1024))
            let list = try await until(thread.timeline().messages, "the allowed one") { !$0.isEmpty }
            XCTAssertEqual(list.count, 1)
        }
    }

    func testCancellingTheTaskThatSendsDoesNotLoseTheMessage() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            let sending = Task { try await thread.send("written in a hurry") }
            sending.cancel()
            let list = try await until(thread.timeline().messages, "the message") { !$0.isEmpty }
            XCTAssertEqual(list.map(\.text), ["written in a hurry"])
            _ = await sending.result
        }
    }

    func testManyTasksSendAtOnceAndEachMessageIsThereOnce() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            let sent = try await withThrowingTaskGroup(of: MessageID.self) { group in
                for number in 0..<40 { group.addTask { try await thread.send("message \(number)") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            let shown = try await until(thread.timeline().messages, "all") { $0.count == 40 }
            XCTAssertEqual(Set(shown.map(\.id)), sent)
        }
    }

    func testAnotherUserSeesNothingOfTheFirstWhoFindsEverythingAgain() async throws {
        let folder = try Folder()
        struct NoBackend: Error {}
        try await withPhone(config(folder)) { phone in
            try await phone.signIn(key: "ana") { throw NoBackend() }
            let thread = try await phone.startConversation(title: "Ana's")
            try await thread.send("for my eyes")
            let anas = try await until(phone.conversations, "Ana's thread") { !$0.isEmpty }

            try await phone.signIn(key: "bob") { throw NoBackend() }
            let bobs = try await until(phone.conversations, "Bob's list") { _ in true }
            XCTAssertEqual(bobs, [])
            let late = try await failure { try await thread.send("too late") }
            XCTAssertEqual(late.code, .closed)

            try await phone.signOut(.keep)
            XCTAssertNil(phone.account)
            try await phone.signIn(key: "ana") { throw NoBackend() }
            let again = try await until(phone.conversations, "Ana's thread again") { !$0.isEmpty }
            XCTAssertEqual(again.map(\.id), anas.map(\.id))

            try await phone.signOut(.erase)
            try await phone.signIn(key: "ana") { throw NoBackend() }
            let nothing = try await until(phone.conversations, "nothing left") { _ in true }
            XCTAssertEqual(nothing, [])
        }
    }

    func testAClosedClientAnswersClosed() async throws {
        let folder = try Folder()
        let phone = try await TidingsClient.open(config(folder))
        try await phone.signInAnonymously()
        let thread = try await phone.startConversation()
        try await phone.close()
        let late = try await failure { try await thread.send("too late") }
        XCTAssertEqual(late.code, .closed)
        try await phone.close()
    }

    /// A task is cancelled under a lock of Swift's runtime, for which a listener that wakes the same task waits: whoever
    /// then waited for the listener waited for ever.
    func testAReaderIsCancelledInTheMomentInWhichItIsTold() async throws {
        let folder = try Folder()
        try await withPhone(config(folder)) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            for round in 0..<300 {
                let readers = (0..<4).map { _ in Task { for await _ in thread.timeline().messages {} } }
                async let sent = thread.send("\(round)")
                await Task.yield()
                for reader in readers { reader.cancel() }
                _ = try await sent
            }
        }
    }

    func testAStreamThatNobodyReadsAnyMoreLetsGoOfItsListener() async throws {
        final class Listener: CoreUnreadListener {
            let continuation: AsyncStream<Int>.Continuation
            let gone: XCTestExpectation
            init(_ continuation: AsyncStream<Int>.Continuation, _ gone: XCTestExpectation) {
                (self.continuation, self.gone) = (continuation, gone)
            }
            deinit { gone.fulfill() }
            func onUnread(unread: Int64) { continuation.yield(Int(unread)) }
        }
        let folder = try Folder()
        let core = try await CoreClient.open(config: config(folder).core)
        let gone = expectation(description: "the listener is gone")
        for await unread in live({ core.observeUnread(listener: Listener($0, gone)) }) {
            XCTAssertEqual(unread, 0)
            break
        }
        await fulfillment(of: [gone], timeout: 10)
        try await core.shutDown()
    }

    func testAPushOfOursIsReadOthersAreNot() {
        let ours: [AnyHashable: Any] = [
            "aps": ["badge": 3],
            "tidings": [
                "v": 1, "user_id": "usr_01h2xcejqtf2nbrexx3vqjhp41",
                "conversation_id": "cnv_01h2xcejqtf2nbrexx3vqjhp41",
                "message_id": "msg_01h2xcejqtf2nbrexx3vqjhp41", "seq": 7, "badge": 3,
            ] as [String: Any],
        ]
        let content = PushContent(userInfo: ours)
        XCTAssertEqual(content?.conversationID, ConversationID("cnv_01h2xcejqtf2nbrexx3vqjhp41"))
        XCTAssertEqual(content?.messageID, MessageID("msg_01h2xcejqtf2nbrexx3vqjhp41"))
        XCTAssertEqual(content?.seq, 7)
        XCTAssertEqual(content?.badge, 3)
        XCTAssertEqual(content?.kind, .message)
        XCTAssertNil(content?.count)
        XCTAssertNil(PushContent(userInfo: ["aps": ["alert": "Spring sale"]]))
        XCTAssertNil(PushContent(userInfo: ["tidings": "{"]))
        XCTAssertNil(PushContent(userInfo: ["tidings": Date()]))
    }
}
