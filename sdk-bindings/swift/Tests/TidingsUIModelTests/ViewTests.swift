import Foundation
import XCTest

@testable import Tidings
@testable import TidingsUIModel

/// What is shown of what the package tells.
final class ViewTests: XCTestCase {
    /// A Saturday afternoon.
    private let now = Date(timeIntervalSince1970: 1_795_269_900)
    private var moments: Moments { Moments(now: now, zone: TimeZone(identifier: "Europe/Paris")!, words: .english) }

    func testMessagesOfOneAuthorWithinFiveMinutesAreAGroup() {
        let list = [said("a", 20), said("b", 18), said("c", 16), said("d", 5)]
        XCTAssertEqual(bubbles(list).map(\.place), [.first, .middle, .last, .only])
    }

    func testEachDayHasItsLineAndTheFirstNewMessageBreaksAGroup() {
        let list = [said("a", 60 * 24), said("b", 4), said("c", 3)]
        let shown = lines(list, firstNew: MessageID("c"), moments)
        XCTAssertEqual(shown.compactMap { if case .day(_, let label) = $0 { label } else { nil } }, ["Yesterday", "Today"])
        XCTAssertEqual(shown.firstIndex(of: .new).map { shown[$0 + 1].id }, "c")
        XCTAssertEqual(bubbles(list, MessageID("c")).last?.place, .only)
    }

    func testTheFirstNewMessageIsOneOfOthers() {
        let list = [said("a", 9), said("b", 8), said("c", 7, by: .me), said("d", 6)]
        XCTAssertEqual(firstNew(list, unread: 2), MessageID("b"))
        XCTAssertNil(firstNew(list, unread: 0))
    }

    func testOnlyWhatHelpsIsOffered() {
        func acts(_ state: SendState) -> [Bubble.Act] { bubbles([said("a", 1, by: .me, state: state)])[0].acts }
        XCTAssertEqual(acts(.sent), [.reply, .copy, .edit, .delete])
        XCTAssertEqual(acts(.waiting), [.reply, .copy, .edit, .cancel])
        XCTAssertEqual(acts(.failed(Refusal(code: "x", detail: ""))), [.retry, .discard, .copy])
        XCTAssertEqual(bubbles([said("a", 1, by: .me, deleted: true)])[0].acts, [])
    }

    func testAQuotedMessageIsSaidAsItIsNow() {
        func quoted(_ head: Quote.Head?) -> Quoted? {
            bubbles([said("a", 1, by: .me, quote: Quote(messageID: MessageID("q"), head: head))])[0].quoted
        }
        let ana = Author.agent(id: "agt_1", name: "Ana Ruiz")
        let heads = [
            quoted(nil), quoted(Quote.Head(author: ana, text: "Hello", thing: nil, isDeleted: false)),
            quoted(Quote.Head(author: .me, text: "", thing: .location(place), isDeleted: false)),
            quoted(Quote.Head(author: .me, text: "", thing: nil, isDeleted: true)),
        ]
        XCTAssertEqual(heads.map { $0?.author }, [nil, "Ana Ruiz", "You", "You"])
        XCTAssertEqual(heads.map { $0?.text }, ["Earlier message", "Hello", "Lyon", "Message deleted"])
    }

    func testMoreIsKeptThanIsPromised() {
        func says(_ minutes: Double?, _ back: TimeInterval? = nil, _ words: Words = .english) -> String? {
            let moments = Moments(now: now, zone: TimeZone(identifier: "Europe/Paris")!, words: words)
            let backAt = back.map { now.addingTimeInterval($0 * 60) }
            return Answering(usuallyWithin: minutes.map { $0 * 60 }, backAt: backAt, names: []).expectation(moments)
        }
        XCTAssertNil(says(nil))
        XCTAssertEqual(says(10), "We usually answer within a few minutes.")
        XCTAssertEqual(says(11), "We usually answer within an hour.")
        XCTAssertEqual(says(121), "We usually answer within 3 hours.")
        XCTAssertEqual(says(20 * 60 + 1), "We usually answer within a day.")
        XCTAssertEqual(says(24 * 60 + 1, nil, .french), "Nous répondons en général en 2 jours.")
        XCTAssertEqual(says(60, 0), "We usually answer within an hour.", "that has passed")
        let monday = says(60, 2 * 24 * 60, .french) ?? ""
        XCTAssertTrue(monday.hasPrefix("Écrivez dès maintenant ; nous serons de retour lundi à "), monday)
        XCTAssertTrue(says(60, 30 * 24 * 60)?.contains("December 21, 2026") == true)
    }

    func testALivePlaceSaysUntilWhenAndHowOldItIsAndCanBeEndedByWhoSharesIt() {
        let last = Part.LiveLocation.Place(
            latitude: 45.76, longitude: 4.86, accuracy: 18, measuredAt: nil, receivedAt: now.addingTimeInterval(-60))
        func sharing(_ last: Part.LiveLocation.Place?, until: Double = 3300, ended: Bool = false) -> Part {
            .liveLocation(
                Part.LiveLocation(time: 3600, until: now.addingTimeInterval(until), hasEnded: ended, last: last))
        }
        func shown(_ part: Part, by author: Author) -> (Piece.Live?, [Bubble.Act]) {
            let bubble = bubbles([said("l", 5, by: author, parts: [part])])[0]
            guard case .live(let live)? = bubble.pieces.first else { return (nil, bubble.acts) }
            return (live, bubble.acts)
        }
        let (mine, acts) = shown(sharing(last), by: .me)
        XCTAssertEqual(mine?.place, Piece.Live.Place(latitude: 45.76, longitude: 4.86, accuracy: "within 18 m"))
        XCTAssertEqual(mine?.says, Words.english.liveUntil.with(["time": moments.time(now.addingTimeInterval(3300))]))
        XCTAssertEqual(mine?.seen, Words.english.liveSeen.with(["time": moments.time(now.addingTimeInterval(-60))]))
        XCTAssertEqual(acts, [.reply, .stopSharing, .delete])
        let (theirs, theirActs) = shown(sharing(last), by: .agent(id: "agt_1", name: "Ana Ruiz"))
        XCTAssertEqual(theirs?.canStop, false)
        XCTAssertEqual(theirActs, [.reply])
        XCTAssertEqual(shown(sharing(nil), by: .me).0?.seen, Words.english.liveNowhere)
        // The server's word of the end may still be on its way.
        for over in [sharing(last, until: 0), sharing(nil, until: -9, ended: true)] {
            let (live, acts) = shown(over, by: .me)
            XCTAssertEqual(live, Piece.Live(message: MessageID("l"), place: nil, says: Words.english.liveEnded, seen: nil, canStop: false))
            XCTAssertEqual(acts, [.reply, .delete])
        }
    }

    func testALivePlaceIsOfferedForThreeTimes() {
        XCTAssertFalse(Offer.usual.contains(.live))
        let wishes = Offer.live.items(.english).map(\.wish)
        XCTAssertEqual(wishes, [.shareLive(.quarterHour), .shareLive(.hour), .shareLive(.workingDay)])
    }

    func testOnlyWhatSaysThatItIsAnAddressIsALink() {
        func found(_ text: String) -> [String] { links(text).map { String(text[$0.range]) } }
        XCTAssertEqual(found("See https://example.com/a?b=c#d."), ["https://example.com/a?b=c#d"])
        let several = "HTTP://EXAMPLE.COM, mailto:lena@example.com (tel:+41315550100)!"
        XCTAssertEqual(found(several), ["HTTP://EXAMPLE.COM", "mailto:lena@example.com", "tel:+41315550100"])
        let none = "www.example.com lena@example.com +41 31 555 01 00 javascript:alert(1) file:///etc/passwd ahttps://x https:// tel: intent://x"
        XCTAssertEqual(found(none), [])
        let said = linked("See https://example.com now")
        XCTAssertEqual(String(said.characters), "See https://example.com now")
        XCTAssertEqual(said.runs.compactMap { $0.link?.absoluteString }, ["https://example.com"])
    }

    func testWordsThatAreSetOffAreHeardAndListedWithoutMarks() throws {
        let address = try XCTUnwrap(URL(string: "https://track.example.com/4711"))
        let blocks: [Block] = [
            .paragraph([Block.Run("It is "), Block.Run("in Lyon", isStrong: true, isEmphasised: true)]),
            .number(2, [Block.Run("your parcel (track.example.com)", link: address)]), .code("a *b*"),
        ]
        let message = said("m", 3, parts: [.text(Part.Text("It is **_in Lyon_** …", blocks: blocks))], plain: "It is in Lyon\n2. …")
        let spoken = bubbles([message])[0].spoken(.english)
        XCTAssertTrue(spoken.contains("It is in Lyon\n2. your parcel (track.example.com)\na *b*"), spoken)
        XCTAssertEqual(ThreadsView([thread("Marks", message)], nil, moments).rows?.map(\.preview), ["It is in Lyon 2. …"])
        XCTAssertEqual(attributed(blocks[1].runs[0]).runs.compactMap(\.link), [address])
        let found = { (run: Block.Run) in attributed(run).runs.compactMap { $0.link?.absoluteString } }
        XCTAssertEqual(found(Block.Run("see https://a.example")), ["https://a.example"])
        XCTAssertEqual(found(Block.Run("see https://a.example", isCode: true)), [])
    }

    func testAnAnsweredQuestionIsClosed() {
        let question = said("q", 9, parts: [.quickReplies([Part.QuickReply(id: "o", label: "Yes")])])
        let choice = Part.Choice(messageID: MessageID("q"), optionID: "o", label: "Yes")
        let open = { (list: [MessageItem]) in
            self.bubbles(list).flatMap(\.pieces).contains { if case .choices(_, _, isOpen: true) = $0 { true } else { false } }
        }
        XCTAssertTrue(open([question]))
        XCTAssertFalse(open([question, said("a", 8, by: .me, parts: [.choice(choice)])]))
    }

    func testARequestWaitsUntilWhatIsAskedForOrARefusalAnswersIt() {
        let asked = said("r", 9, parts: [.text(Part.Text("For the driver")), .request(.place)])
        let quote = Quote(messageID: asked.id, head: nil)
        let answer = { (after: [MessageItem]) -> Piece.RequestAnswer? in
            for case .request(_, .place, let answer) in self.bubbles([asked] + after)[0].pieces { return answer }
            return Piece.RequestAnswer(message: MessageID("no request"), isDeclined: true)
        }
        XCTAssertNil(answer([said("a", 8, by: .me, quote: quote)]), "words about it")
        XCTAssertNil(answer([said("a", 8, by: .me, parts: [.location(place)])]), "a place for something else")
        let refused = SendState.failed(Refusal(code: "x", detail: ""))
        XCTAssertNil(answer([said("a", 8, by: .me, parts: [.location(place)], state: refused, quote: quote)]))
        let given = said("g", 7, by: .me, parts: [.location(place)], state: .waiting, quote: quote)
        let choice = Part.Choice(messageID: asked.id, optionID: "declined", label: "No")
        let declined = said("d", 6, by: .me, parts: [.choice(choice)])
        XCTAssertEqual(answer([given, declined]), Piece.RequestAnswer(message: given.id, isDeclined: false))
        XCTAssertEqual(answer([declined, given]), Piece.RequestAnswer(message: declined.id, isDeclined: true))
        let spoken = bubbles([asked, declined])[0].spoken(.english)
        XCTAssertTrue(spoken.contains("For the driver. Asks where you are, You would rather not"), spoken)
    }

    func testAScreenReaderHearsAuthorWordsTimeAndState() {
        let spoken = bubbles([said("a", 5, by: .me, state: .read)])[0].spoken(.english)
        XCTAssertTrue(spoken.hasPrefix("You: words of a. "), spoken)
        XCTAssertTrue(spoken.hasSuffix(", Read"), spoken)
    }

    func testARowShowsWhatMattersMost() {
        let waiting = said("m", 3, by: .me, parts: [.location(place)], state: .waiting)
        let rows = ThreadsView([thread(nil, waiting), thread("Gift", said("n", 4), draft: " half a\nsen ")], nil, moments).rows ?? []
        XCTAssertEqual(rows.map(\.title), ["Conversation", "Gift"])
        XCTAssertEqual(rows.map(\.preview), ["You: Lyon", "Draft: half a sen"])
        XCTAssertEqual(rows.map(\.mark), [.waiting, nil])
        XCTAssertEqual(rows.map(\.previewIs), [.message, .draft])
    }

    func testConnectingForAMomentIsNoNoticeOfWords() {
        XCTAssertEqual(Notice(.connecting), .updating)
        XCTAssertEqual(Notice(.waiting(retryAt: now)), .unreachable)
        XCTAssertNil(Notice(.live))
    }

    func testNumbersAreWrittenAsTheLanguageDoes() {
        XCTAssertEqual(size(2_412_000, .english), "2.4 MB")
        XCTAssertEqual(size(2_412_000, .french), "2,4 Mo")
        XCTAssertEqual(Words.french.counted(Words.french.unread, 0), "0 message non lu")
        XCTAssertEqual(Words.english.counted(Words.english.unread, 0), "0 unread messages")
        XCTAssertEqual(Words.speaking(Locale(identifier: "de_DE")), .english)
        XCTAssertEqual(Words.speaking(Locale(identifier: "fr_CA")).language, "fr-CA")
    }

    func testAPlaceThatIsHiddenAndHasNoNameIsNotSent() {
        var line = Composer(attached: [.place(Attached.Place(point: point, precision: .hidden))])
        XCTAssertFalse(line.canSend(.english))
        line.attach(.place(Attached.Place(point: point, label: " Home ", precision: .hidden)))
        XCTAssertEqual(line.contents, [.place(Content.Place(point: point, precision: .hidden, label: "Home"))])
    }

    func testWhatIsTooMuchIsSaid() {
        func line(_ bytes: Int64, picture: Bool, times: Int = 1) -> Composer {
            Composer(
                attached: (0..<times).map {
                    .file(Attached.File(key: "\($0)", name: "a.jpg", bytes: bytes, isPicture: picture, content: Content.File(.data(Data()))))
                })
        }
        XCTAssertEqual(line(40_000_000, picture: true).problem(.english), "a.jpg is larger than 33.6 MB.")
        XCTAssertNil(line(40_000_000, picture: false).problem(.english))
        XCTAssertEqual(line(1, picture: false, times: 11).problem(.english), Words.english.tooManyFiles)
        XCTAssertEqual(Composer(text: String(repeating: "é", count: 8195)).problem(.english), "Too long by 3 characters")
        XCTAssertEqual(Composer(text: String(repeating: "a", count: 16383) + "😀").problem(.english), "Too long by 1 character")
    }

    func testAFormIsAnsweredInTheKindsOfItsFields() {
        let fields = [field("n", .number, required: true), field("d", .date), field("e", .email), field("b", .boolean)]
        var entry = FormEntry()
        XCTAssertEqual(entry.problem(fields[0], .english), Words.english.missing)
        entry.texts = ["n": "2,5", "d": "2026-02-30", "e": "lena"]
        XCTAssertEqual(fields.map { entry.problem($0, .english) }, [nil, Words.english.notADay, Words.english.notAnEmail, nil])
        XCTAssertNil(entry.answers(fields, .english))
        (entry.texts, entry.checked) = (["n": "2,5", "d": "2026-02-28", "e": "lena@example.com"], ["b": true])
        let answers: [String: FieldValue] = [
            "n": .number(2.5), "d": .date("2026-02-28"), "e": .text("lena@example.com"), "b": .boolean(true),
        ]
        XCTAssertEqual(entry.answers(fields, .english), answers)
    }

    func testAPlaceholderHasTheColoursAndTheShapeOfItsPicture() throws {
        let blur = try XCTUnwrap(Thumbhash(base64: "1QcSHQRnh493V4dIh4eXh1h4kJUI"))
        XCTAssertEqual([blur.width, blur.height], [23, 32])
        let (sky, ground) = (blur.pixels[8 * 23 + 11], blur.pixels[30 * 23 + 11])
        XCTAssertTrue(sky.x > 0.5 && sky.x > sky.z, "\(sky)")
        XCTAssertTrue(ground.x + ground.y + ground.z < 0.6, "\(ground)")
        XCTAssertNil(Thumbhash(base64: "AQI="))
        XCTAssertNil(Thumbhash(base64: "1QcSHQRnh4"))
    }

    private let point = Content.Point(latitude: 45.76, longitude: 4.86)
    private let place = Part.Location(latitude: 45.76, longitude: 4.86, accuracy: 18, label: "Lyon", measuredAt: nil)

    private func said(
        _ id: String, _ minutes: Double, by author: Author = .agent(id: "agt_1", name: "Ana Ruiz"), parts: [Part]? = nil,
        state: SendState? = nil, deleted: Bool = false, quote: Quote? = nil, plain: String? = nil
    ) -> MessageItem {
        let words = parts == nil && !deleted ? "words of \(id)" : ""
        return MessageItem(
            id: MessageID(id), conversationID: ConversationID("cnv_1"), seq: nil, author: author,
            parts: deleted ? [] : parts ?? [.text(Part.Text(words))], text: words, plain: plain ?? words,
            sentAt: now.addingTimeInterval(-minutes * 60),
            editedAt: nil, isDeleted: deleted, amending: nil, state: state, uploading: [], quote: quote)
    }

    private func thread(_ title: String?, _ last: MessageItem, draft: String? = nil) -> ConversationItem {
        ConversationItem(
            id: ConversationID(title ?? "c"), title: title, state: .open, unread: 0, lastMessage: last, draft: draft,
            activeAt: now, opening: .open)
    }

    func testAMergedThreadSaysWhereItGoesOn() {
        var item = thread("Mine", said("m", 1))
        XCTAssertNil(item.goesOn(.english))
        item.mergedInto = ConversationItem.MergedInto(id: ConversationID("cnv_2"), title: "Order 4711")
        XCTAssertEqual(item.goesOn(.english), ConversationView.GoesOn(id: ConversationID("cnv_2"), says: "Goes on in “Order 4711”"))
        item.mergedInto = ConversationItem.MergedInto(id: ConversationID("cnv_2"), title: " ")
        XCTAssertEqual(item.goesOn(.french)?.says, "Se poursuit dans « Conversation »")
    }

    private func field(_ id: String, _ kind: Part.Form.Field.Kind, required: Bool = false) -> Part.Form.Field {
        Part.Form.Field(id: id, label: id, kind: kind, isRequired: required)
    }

    private func bubbles(_ list: [MessageItem], _ new: MessageID? = nil) -> [Bubble] {
        lines(list, firstNew: new, moments).compactMap { if case .bubble(let bubble) = $0 { bubble } else { nil } }
    }
}
