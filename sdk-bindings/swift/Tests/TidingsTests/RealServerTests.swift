import Foundation
import Testing
import Tidings

/// The package against the real server: what a person and an agent would see.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct RealServerTests {
    let folder: Folder
    let server: TidingsServer

    init() throws {
        folder = try Folder()
        server = try TidingsServer(folder)
    }

    @Test("a person is told when somebody answers, without a network too")
    func hours() async throws {
        try await server.start()
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: "Europe/Paris")!
        let nine = calendar.date(
            bySettingHour: 9, minute: 0, second: 0, of: calendar.date(byAdding: .day, value: 1, to: Date())!)!
        let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        try await Inbox(server).answers(on: days[calendar.component(.weekday, from: nine) - 1])
        try await withPhone(phoneConfig()) { phone in
            let nothing = Answering(usuallyWithin: nil, backAt: nil, names: [])
            #expect(try await until(phone.answering, "something") { _ in true } == nothing, "nobody is signed in")
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let told = try await until(phone.answering, "the hours") { $0.backAt != nil }
            #expect(told == Answering(usuallyWithin: nil, backAt: nine, names: []))
            server.kill()
            phone.setVisibility(.background)
            #expect(try await until(phone.answering, "what was told") { _ in true } == told)
        }
    }

    @Test("a phone looks as the company wants, without a network too")
    func appearance() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            let nothing = Appearance(name: nil, accent: nil, greeting: nil, logo: nil)
            #expect(try await until(phone.appearance, "something") { _ in true } == nothing, "nobody is signed in")
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let own = try await until(phone.appearance, "the app's own name") { $0.name != nil }
            #expect(own.accent == nil)
            try await Inbox(server).looks(name: "Martin", accent: "#c2410c", language: "fr", greeting: "Bonjour")
            let told = try await until(phone.appearance, "the logo") { $0.logo != nil }
            #expect(told.name == "Martin")
            #expect(told.greeting == "Bonjour", "the first, in whichever language")
            #expect(told.accent?.light == Appearance.Tone(fill: 0xC2410C, ink: 0xFFFFFF))
            #expect(told.accent?.dark == Appearance.Tone(fill: 0xD37650, ink: 0x000000))
            server.kill()
            phone.setVisibility(.background)
            #expect(try await until(phone.appearance, "what was told") { _ in true } == told)
        }
    }

    @Test("sent without a network, delivered when it comes, answered live")
    func oneMessage() async throws {
        try await withPhone(phoneConfig()) { phone in
            // The server is not even started: nothing but the outbox can have the message.
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let thread = try await phone.startConversation(title: "A broken lamp")
            let sent = try await thread.send("It flickers")
            let timeline = thread.timeline()
            let waiting = try await until(timeline.messages, "the message") { !$0.isEmpty }
            #expect(waiting.count == 1 && waiting[0].seq == nil)

            try await server.start()
            // The network comes back: the wait is cut short.
            phone.setNetwork(.unavailable)
            phone.setNetwork(.available)
            try await until(phone.syncState, "live") { $0 == .live }
            let confirmed = try await until(timeline.messages, "confirmed") { $0.first?.state == .sent }
            #expect(confirmed.map(\.id) == [sent], "the confirmed message takes the place of the echo")
            #expect(confirmed[0].seq == 1)

            let inbox = try await Inbox(server)
            #expect(try await inbox.texts(thread.id) == ["It flickers"])
            try await inbox.reply(thread.id, "We send you a new one ✓")
            let answered = try await until(timeline.messages, "the answer") { $0.count == 2 }
            #expect(answered[1].text == "We send you a new one ✓")
            guard case .agent = answered[1].author else { throw Broken(description: "\(answered[1].author)") }
            #expect(answered[1].state == nil)
            try await until(phone.unread, "one unread") { $0 == 1 }

            try await inbox.read(thread.id)
            try await until(timeline.messages, "read by the agent") { $0.first?.state == .read }
            try await thread.markRead()
            try await until(phone.unread, "nothing unread") { $0 == 0 }

            let answer = answered[1]
            try await thread.send([.text("How kind")], quoting: answer.id)
            let third = try await until(timeline.messages, "the quote arrived") {
                $0.count == 3 && $0[2].state == .sent
            }
            #expect(third[2].quote?.messageID == answer.id)
            #expect(third[2].quote?.head?.text == answer.text && third[2].quote?.head?.author == answer.author)
            #expect(try await inbox.quotes(thread.id) == [nil, nil, answer.id.text])
        }
    }

    @Test("what an agent asks for is shared roughly, or declined")
    func requests() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let thread = try await phone.startConversation(title: "The driver")
            let timeline = thread.timeline()
            try await thread.send("Where is my parcel?")
            try await until(timeline.messages, "sent") { $0.first?.state == .sent }
            let inbox = try await Inbox(server)
            try await inbox.ask(thread.id, "So that the driver finds you", for: "place")
            let asked = try await until(timeline.messages, "asked") { $0.count == 2 }[1]
            #expect(asked.parts == [.text(Part.Text("So that the driver finds you")), .request(.place)])
            let here = Content.Point(latitude: 46.94809, longitude: 7.44744)
            try await thread.send([.place(Content.Place(point: here, precision: .rounded))], quoting: asked.id)
            try await until(timeline.messages, "the place arrived") { $0.count == 3 && $0[2].state == .sent }
            #expect(try await inbox.quotes(thread.id).last == asked.id.text)
            #expect(try await inbox.newest(thread.id)["latitude"] as? Double == 46.95)

            try await inbox.ask(thread.id, "To see the lid", for: "photo")
            let photo = try await until(timeline.messages, "asked again") { $0.count == 4 }[3]
            try await thread.declineRequest(photo.id, words: "Plutôt pas")
            let declined = try await until(timeline.messages, "declined") { $0.count == 5 && $0[4].state == .sent }[4]
            guard case .choice(let choice)? = declined.parts.first else { throw Broken(description: "\(declined.parts)") }
            #expect(choice.messageID == photo.id && choice.declines && choice.label == "Plutôt pas")
        }
    }

    @Test("an agent sees from where somebody wrote and what is said of them")
    func context() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            try phone.setScreen("cart")
            try phone.setScreen("checkout", detail: "order 4711")
            let thread = try await phone.startConversation(title: "A lamp", fields: ["order": .text("4711")])
            try await phone.setUserFields(["plan": .text("gold")])
            try await thread.send("It flickers")
            try await until(thread.timeline().messages, "confirmed") { $0.first?.state == .sent }
            try phone.setScreen("settings")
            try await thread.send("Still")
            try await until(thread.timeline().messages, "both") { all in all.filter { $0.state == .sent }.count == 2 }
            try await thread.setFields(["order": .text("4712")])
            let inbox = try await Inbox(server)
            let card = try await inbox.card(thread.id) { $0.contains("4712") && $0.contains("gold") }
            #expect(try inbox.screens(card) == ["settings", "checkout"])
        }
    }

    @Test("a photo goes up and comes down on another phone")
    func photo() async throws {
        try await server.start()
        let backend = try Backend(server)
        let picture = try #require(
            Data(base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAAEUlEQVR42mM4oaGBFTFQTwIA6r4jAS657AQAAAAASUVORK5CYII="))
        try await withPhone(phoneConfig()) { phone in
            try await phone.signIn(key: "ana") { try backend.token("ana") }
            phone.setVisibility(.foreground)
            let thread = try await phone.startConversation()
            let photo = Content.File(.data(picture), name: "lamp.png")
            try await thread.send([.text("look"), .file(photo), .file(Content.File(.data(Data("one, two".utf8))))])
            let sent = try await until(thread.timeline().messages, "sent") { $0.first?.state == .sent }
            #expect(sent[0].uploading.isEmpty)
            guard case .attachment(let lamp) = sent[0].parts[1], case .attachment(let list) = sent[0].parts[2] else {
                throw Broken(description: "\(sent)")
            }
            #expect(lamp.name == "lamp.jpg" && lamp.width == 8 && lamp.height == 4)
            try await withPhone(phoneConfig("other")) { other in
                try await other.signIn(key: "ana") { try backend.token("ana") }
                other.setVisibility(.foreground)
                try await until(other.syncState, "live") { $0 == .live }
                let fetched = try await other.file(lamp.id, .thumbnail)
                #expect(try Data(contentsOf: fetched.url).starts(with: [0xff, 0xd8]))
                let text = try await other.file(list.id, .original)
                #expect(try String(contentsOf: text.url, encoding: .utf8) == "one, two")
                let nothing = try await failure { try await other.file("att_01h2xcejqtf2nbrexx3vqjhp41", .original) }
                #expect(nothing.code == .notFound)
            }
        }
    }

    @Test("a cancelled send arrives all the same")
    func cancelledSend() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let thread = try await phone.startConversation()
            let sending = Task { try await thread.send("in a hurry") }
            sending.cancel()
            try await until(thread.timeline().messages, "confirmed") { $0.first?.state == .sent }
            let inbox = try await Inbox(server)
            #expect(try await inbox.texts(thread.id) == ["in a hurry"])
        }
    }

    @Test("a server that is killed and comes back gets each message once")
    func killedServer() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let thread = try await phone.startConversation()
            let timeline = thread.timeline()
            try await thread.send("before")
            try await until(timeline.messages, "confirmed") { $0.first?.state == .sent }
            server.kill()
            try await thread.send("during")
            try await server.start()
            try await until(timeline.messages, "both confirmed", seconds: 60) { list in
                list.map(\.text) == ["before", "during"] && list.allSatisfy { $0.state == .sent }
            }
            let inbox = try await Inbox(server)
            #expect(try await inbox.texts(thread.id) == ["before", "during"])
        }
    }

    @Test("two users of one phone each have their own threads")
    func twoUsers() async throws {
        try await server.start()
        let backend = try Backend(server)
        try await withPhone(phoneConfig()) { phone in
            phone.setVisibility(.foreground)
            try await phone.signIn(key: "ana") { try backend.token("ana") }
            let anas = try await phone.startConversation(title: "Ana's")
            try await anas.send("from Ana")
            try await until(anas.timeline().messages, "confirmed") { $0.first?.state == .sent }
            let ana = try #require(phone.account)
            #expect(!ana.isAnonymous && ana.userID != nil)

            try await phone.signIn(key: "bob") { try backend.token("bob") }
            try await until(phone.syncState, "live as Bob") { $0 == .live }
            #expect(try await until(phone.conversations, "Bob's list") { _ in true } == [])
            let bobs = try await phone.startConversation(title: "Bob's")
            try await bobs.send("from Bob")
            try await until(bobs.timeline().messages, "confirmed") { $0.first?.state == .sent }

            try await phone.signIn(key: "ana") { try backend.token("ana") }
            let list = try await until(phone.conversations, "Ana's thread") { !$0.isEmpty }
            #expect(list.map(\.id) == [anas.id])
            try await until(phone.syncState, "live as Ana") { $0 == .live }
            #expect(phone.account?.userID == ana.userID)
        }
    }

    @Test("what was written anonymously is theirs who sign in")
    func merging() async throws {
        try await server.start()
        let backend = try Backend(server)
        try await withPhone(phoneConfig()) { phone in
            phone.setVisibility(.foreground)
            try await phone.signInAnonymously()
            let anonymous = try await phone.startConversation(title: "Before")
            try await anonymous.send("Do you have my size?")
            try await until(anonymous.timeline().messages, "confirmed") { $0.first?.state == .sent }
            phone.setNetwork(.unavailable)
            try await anonymous.send("And in red?")
            try await phone.signInMerging(key: "ana") { try backend.token("ana") }
            #expect(phone.account?.isAnonymous == false)
            let thread = try phone.conversation(anonymous.id)
            try await until(thread.timeline().messages, "both") { $0.count == 2 }
            phone.setNetwork(.available)
            try await until(thread.timeline().messages, "both confirmed") { $0.allSatisfy { $0.state == .sent } }
            let inbox = try await Inbox(server)
            #expect(try await inbox.texts(thread.id) == ["Do you have my size?", "And in red?"])
        }
    }

    @Test("a second phone of the same person has the thread, and older messages page by page")
    func secondPhone() async throws {
        try await server.start()
        let backend = try Backend(server)
        let texts = (1...70).map { "message \($0)" }
        try await withPhone(phoneConfig()) { phone in
            try await phone.signIn(key: "ana") { try backend.token("ana") }
            let thread = try await phone.startConversation()
            for text in texts { try await thread.send(text) }
            #expect(try await phone.visit(atMost: 60) == .done)
        }
        try await withPhone(phoneConfig("second phone")) { phone in
            phone.setVisibility(.foreground)
            try await phone.signIn(key: "ana") { try backend.token("ana") }
            let list = try await until(phone.conversations, "the thread") { !$0.isEmpty }
            #expect(list[0].lastMessage?.text == "message 70")
            let timeline = try phone.conversation(list[0].id).timeline()
            let page = try await until(timeline.messages, "a page") { $0.count == 50 }
            #expect(page.map(\.text) == Array(texts.suffix(50)))
            var asked = 0
            while try await timeline.loadOlder() == .more {
                asked += 1
                try #require(asked < 10, "the first message is never reached")
            }
            let everything = try await until(timeline.messages, "everything") { $0.count == 70 }
            #expect(everything.map(\.text) == texts)
        }
    }

    @Test("ten thousand answers come while somebody looks on, in order and each once")
    func manyAnswers() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            phone.setVisibility(.foreground)
            let thread = try await phone.startConversation()
            try await thread.send("Tell me everything")
            let timeline = thread.timeline()
            try await until(timeline.messages, "sent") { $0.count == 1 && $0[0].state == .sent }
            let inbox = try await Inbox(server)
            let texts = (1...10_000).map { "answer \($0)" }
            async let shown = until(timeline.messages, "the last answer", seconds: 120) { list in
                // Out of order, doubled or with a gap: nothing better will come.
                let isBroken = list.enumerated().contains { index, item in item.seq != Int64(index + 1) }
                return isBroken || list.count == texts.count + 1
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    let some = stride(from: lane, to: texts.count, by: 8).map { texts[$0] }
                    group.addTask { for text in some { try await inbox.reply(thread.id, text) } }
                }
                try await group.waitForAll()
            }
            let seqs = try await shown.compactMap(\.seq)
            #expect(seqs == Array(1...Int64(texts.count + 1)))
            #expect(Set(try await shown.dropFirst().compactMap(\.text)) == Set(texts))
            try await until(phone.unread, "all of them unread") { $0 == texts.count }
        }
    }

    @Test("a refused token is told and a good one mends it")
    func refusedToken() async throws {
        try await server.start()
        let backend = try Backend(server)
        try await withPhone(phoneConfig()) { phone in
            phone.setVisibility(.foreground)
            try await phone.signIn(key: "ana") { throw TokenRefused() }
            try await until(phone.syncState, "a token is wanted") { $0 == .needsToken }
            try await phone.signIn(key: "ana") { try backend.token("ana") }
            try await until(phone.syncState, "live") { $0 == .live }
        }
    }

    @Test("a visit from the background fetches and sends")
    func visit() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation()
            try await thread.send("from the background")
            #expect(try await phone.visit(atMost: 20) == .done)
            let inbox = try await Inbox(server)
            #expect(try await inbox.texts(thread.id) == ["from the background"])
            try await inbox.reply(thread.id, "seen")
            #expect(try await phone.visit(atMost: 20) == .done)
            let list = try await until(thread.timeline().messages, "the answer") { $0.count == 2 }
            #expect(list[1].text == "seen")
        }
    }

    @Test("a push is shown with its message, answered, and nothing is left of it when it was read")
    func push() async throws {
        try await server.start()
        try await withPhone(phoneConfig()) { phone in
            try await phone.signInAnonymously()
            let thread = try await phone.startConversation(title: "Parcel")
            try await thread.send("hello?")
            #expect(try await phone.visit(atMost: 20) == .done)
            let inbox = try await Inbox(server)
            try await inbox.reply(thread.id, "on its way")
            #expect(try await phone.visit(atMost: 20) == .done)
            let answer = try await until(thread.timeline().messages, "the answer") { $0.count == 2 }[1]
            let user = try #require(phone.account?.userID)
            let seq = try #require(answer.seq)
            func push(for user: String, _ kind: String = "message") throws -> PushContent {
                let own: [String: Any] = [
                    "v": 1, "user_id": user, "conversation_id": thread.id.text, "message_id": answer.id.text,
                    "seq": Int(seq), "badge": 0, "kind": kind,
                ]
                return try #require(PushContent(userInfo: ["tidings": own]))
            }
            let ours = try push(for: user)
            guard case .show(let shown) = try await phone.handle(ours) else {
                Issue.record("not shown")
                return
            }
            #expect(shown.message?.text == "on its way")
            #expect(shown.title == "Parcel" && shown.identity == answer.id.text && shown.badge == 1 && !shown.again)
            try await phone.shown(ours)
            guard case .show(let again) = try await phone.handle(ours) else {
                Issue.record("not shown again")
                return
            }
            #expect(again.again)
            try await phone.conversation(shown.conversationID).send("thank you")
            #expect(try await phone.visit(atMost: 20) == .done)
            #expect(try await inbox.texts(thread.id) == ["hello?", "on its way", "thank you"])
            try await thread.markRead()
            #expect(try await phone.handle(ours) == .nothing)
            #expect(
                try await phone.handle(push(for: user, "clear"))
                    == .clear(conversationID: thread.id, upTo: seq, badge: 0))
            #expect(try await phone.handle(push(for: "usr_01h2xcejqtf2nbrexx3vqjhp41")) == .nothing)
        }
    }

    private func phoneConfig(_ name: String = "phone") throws -> TidingsConfig {
        config(folder, name, server: server.url, app: try server.installed("app_id"))
    }
}
