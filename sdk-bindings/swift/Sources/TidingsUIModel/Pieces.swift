import Foundation
import Tidings

/// What a message says, piece by piece; `isOpen`: its question has not been answered; `answer`: what answered its request.
func pieces(
    _ message: MessageItem, isOpen: Bool, answer: Piece.RequestAnswer? = nil, _ moments: Moments
) -> [Piece] {
    let words = moments.words
    if message.isDeleted { return [.deleted] }
    let progress = Dictionary(message.uploading.map { ($0.attachmentID, $0.progress) }) { _, last in last }
    return message.parts.compactMap { part in
        switch part {
        case .text(let part): part.text.isBlank ? nil : .words(part.blocks)
        case .attachment(let part): attachment(part, progress[part.id], words)
        case .location(let place):
            .place(
                latitude: place.latitude, longitude: place.longitude, label: place.label,
                accuracy: place.accuracy.map { within($0, words) })
        case .liveLocation(let live): .live(Piece.Live(message, live, moments))
        case .quickReplies(let options): .choices(message.id, options, isOpen: isOpen)
        case .form(let form): .form(message.id, form, isOpen: isOpen)
        case .choice(let choice): .words([.paragraph([Block.Run(choice.label)])])
        case .answers(let answers): .answers(answers.fields)
        case .request(let what): .request(message.id, what, answer: answer)
        case .system: nil
        case .unknown: .unsupported
        }
    }
}

extension Piece.Live {
    init(_ message: MessageItem, _ live: Part.LiveLocation, _ moments: Moments) {
        let words = moments.words
        let until = live.until ?? message.sentAt.addingTimeInterval(live.time)
        // The phone forgets the place at its time; what is on the screen by then is not shown as if it went on.
        let isOver = live.hasEnded || until <= moments.now
        let last = isOver ? nil : live.last
        self.init(
            message: message.id,
            place: last.map {
                Place(latitude: $0.latitude, longitude: $0.longitude, accuracy: $0.accuracy.map { within($0, words) })
            },
            says: isOver ? words.liveEnded : words.liveUntil.with(["time": moments.time(until)]),
            seen: isOver ? nil : last.map { words.liveSeen.with(["time": moments.time($0.receivedAt)]) } ?? words.liveNowhere,
            canStop: !isOver && message.author == .me)
    }
}

private func attachment(_ part: Part.Attachment, _ progress: Double?, _ words: Words) -> Piece {
    if let width = part.width, let height = part.height {
        return .picture(
            attachmentID: part.id, name: part.name, width: width, height: height, thumbhash: part.thumbhash,
            progress: progress)
    }
    return .document(attachmentID: part.id, name: part.name ?? words.file, size: size(part.bytes, words), progress: progress)
}

private func within(_ metres: Double, _ words: Words) -> String {
    let distance =
        metres < 1000
        ? String(format: "%.0f m", locale: words.locale, metres)
        : String(format: "%.1f km", locale: words.locale, metres / 1000)
    return words.within.with(["distance": distance])
}

/// 2,4 Mo: in steps of a thousand, as phones count.
func size(_ bytes: Int64, _ words: Words) -> String {
    let (one, kilo, mega) = words.isFrench ? ("o", "ko", "Mo") : ("B", "kB", "MB")
    switch bytes {
    case ..<1000: return "\(bytes) \(one)"
    case ..<1_000_000: return String(format: "%.0f ", locale: words.locale, Double(bytes) / 1e3) + kilo
    default: return String(format: "%.1f ", locale: words.locale, Double(bytes) / 1e6) + mega
    }
}

extension Part.Request {
    /// In words.
    public func said(_ words: Words) -> String { self == .place ? words.asksPlace : words.asksPhoto }

    /// Whether a part is what is asked for.
    func isIn(_ part: Part) -> Bool {
        switch (self, part) {
        case (.place, .location), (.place, .liveLocation): true
        case (.photo, .attachment(let file)): file.isPicture
        default: false
        }
    }
}

extension Piece.RequestAnswer {
    /// In words.
    public func said(_ words: Words) -> String { isDeclined ? words.youDeclined : words.youAnswered }
}

extension Piece {
    func spoken(_ words: Words) -> String? {
        switch self {
        case .words(let blocks): letters(blocks)
        case .deleted: words.deleted
        case .unsupported: words.unsupported
        case .form(_, let form, _): form.title
        case .answers(let answers): answers.map { "\($0.label): \($0.value)" }.joined(separator: ", ")
        case .picture: words.photo
        case .document(_, let name, let size, _): "\(name), \(size)"
        case .place(_, _, let label, let accuracy): [words.place, label, accuracy].compactMap { $0 }.joined(separator: ", ")
        case .live(let live):
            [words.live, live.says, live.seen, live.place?.accuracy].compactMap { $0 }.joined(separator: ", ")
        case .request(_, let what, let answer): [what.said(words), answer?.said(words)].compactMap { $0 }.joined(separator: ", ")
        case .choices: nil
        }
    }
}
