import Foundation
import Tidings

/// The messages of a thread as lines.
///
/// - Parameters:
///   - messages: oldest first.
///   - firstNew: the first message that was unread when the thread was opened; a line stands above it.
public func lines(_ messages: [MessageItem], firstNew: MessageID?, _ moments: Moments) -> [Line] {
    let answered = answered(messages)
    let given = given(messages)
    var lines: [Line] = []
    for (index, message) in messages.enumerated() {
        if index == 0 || moments.day(messages[index - 1].sentAt) != moments.day(message.sentAt) {
            lines.append(.day(key: "day-\(message.id)", label: moments.dayLine(message.sentAt)))
        }
        if message.id == firstNew { lines.append(.new) }
        if message.author == .system, case .system(let event) = message.parts.first {
            lines.append(.event(key: message.id.text, text: happened(event, moments.words)))
        } else {
            let place = Bubble.InGroup(messages, index, firstNew, moments)
            let isOpen = !answered.contains(message.id)
            lines.append(.bubble(Bubble(message, place, isOpen: isOpen, answer: given[message.id], moments)))
        }
    }
    return lines
}

/// The first of the last `unread` messages that others wrote.
public func firstNew(_ messages: [MessageItem], unread: Int) -> MessageID? {
    guard unread > 0 else { return nil }
    return messages.filter { if case .agent = $0.author { true } else { false } }.suffix(unread).first?.id
}

/// Questions that were answered: what they offer cannot be chosen again.
private func answered(_ messages: [MessageItem]) -> Set<MessageID> {
    Set(
        messages.flatMap(\.parts).compactMap { part in
            switch part {
            case .choice(let choice): choice.messageID
            case .answers(let answers): answers.messageID
            default: nil
            }
        })
}

/// What answers each request: the first message of the person that gives what was asked for, or that they would rather not.
private func given(_ messages: [MessageItem]) -> [MessageID: Piece.RequestAnswer] {
    var asked: [MessageID: Part.Request] = [:]
    var given: [MessageID: Piece.RequestAnswer] = [:]
    for message in messages {
        for case .request(let what) in message.parts { asked[message.id] = what }
        // What was taken back or refused answers nothing: the request waits again.
        if message.author != .me || message.isDeleted { continue }
        if case .failed = message.state { continue }
        for part in message.parts {
            if case .choice(let choice) = part, choice.declines, given[choice.messageID] == nil {
                given[choice.messageID] = Piece.RequestAnswer(message: message.id, isDeclined: true)
            }
            if let quoted = message.quote?.messageID, asked[quoted]?.isIn(part) == true, given[quoted] == nil {
                given[quoted] = Piece.RequestAnswer(message: message.id, isDeclined: false)
            }
        }
    }
    return given
}

extension Bubble {
    init(
        _ message: MessageItem, _ place: InGroup, isOpen: Bool, answer: Piece.RequestAnswer?, _ moments: Moments
    ) {
        let words = moments.words
        let status = Status(message, words)
        let pieces = TidingsUIModel.pieces(message, isOpen: isOpen, answer: answer, moments)
        self.init(
            id: message.id,
            side: message.author == .me ? .me : .them,
            author: message.author.said(words),
            place: place,
            pieces: pieces,
            time: moments.time(message.sentAt),
            isEdited: message.editedAt != nil && !message.isDeleted,
            status: status,
            acts: Self.acts(message, status, pieces),
            quoted: message.isDeleted ? nil : message.quote.map { Quoted($0, words) })
    }

    private static func acts(_ message: MessageItem, _ status: Status?, _ pieces: [Piece]) -> [Act] {
        let isSharing = pieces.contains { if case .live(let live) = $0 { live.canStop } else { false } }
        let stop: [Act] = isSharing ? [.stopSharing] : []
        let rest = message.author == .me ? own(message, status) : message.text.isBlank ? [] : [.copy]
        // What was deleted or refused cannot be quoted.
        if message.isDeleted { return rest }
        if case .failed = status { return rest }
        return [.reply] + stop + rest
    }

    /// What does not help is not offered: a refused message is retried or discarded, and words alone are edited.
    private static func own(_ message: MessageItem, _ status: Status?) -> [Act] {
        var acts: [Act] = []
        var isRefused = false
        if case .failed = status { isRefused = true }
        if isRefused || status == .changeFailed { acts += [.retry, .discard] }
        if message.isDeleted { return acts }
        if !message.text.isBlank { acts.append(.copy) }
        if isRefused { return acts }
        if message.parts.contains(where: { if case .text = $0 { true } else { false } }) { acts.append(.edit) }
        acts.append(status == .waiting ? .cancel : .delete)
        return acts
    }

    /// All that it says, for a screen reader.
    public func spoken(_ words: Words) -> String {
        let said = pieces.compactMap { $0.spoken(words) }.joined(separator: ". ")
        let after = [time, isEdited ? words.edited : nil, status?.said(words)].compactMap { $0 }.joined(separator: ", ")
        let quote = quoted.map { words.replyingTo.with(["name": $0.author ?? words.quotedEarlier]) + ". " } ?? ""
        return "\(author): \(quote)\(said). \(after)"
    }
}

extension Author {
    func said(_ words: Words) -> String {
        switch self {
        case .me: words.me
        case .agent(_, let name): name.isBlank ? words.company : name
        case .system: words.company
        }
    }
}

extension Quoted {
    init(_ quote: Quote, _ words: Words) {
        let text: String
        switch (quote.head, quote.head?.thing) {
        case (let head?, _) where head.isDeleted: text = words.deleted
        case (let head?, _) where !head.text.isBlank: text = head.text
        case (_, let thing?): text = gist(thing, words)
        default: text = words.quotedEarlier
        }
        self.init(message: quote.messageID, author: quote.head?.author.said(words), text: text)
    }

    /// A message as the line to write in quotes it.
    init(_ message: MessageItem, _ words: Words) {
        self.init(message: message.id, author: message.author.said(words), text: gist(message, words))
    }
}

extension Bubble.Status {
    init?(_ message: MessageItem, _ words: Words) {
        switch (message.amending, message.state) {
        case (.waiting, _): self = .changeWaiting
        case (.failed, _): self = .changeFailed
        case (nil, .waiting): self = .waiting
        case (nil, .sending): self = .sending
        case (nil, .sent): self = .sent
        case (nil, .read): self = .read
        case (nil, .failed(let refusal)): self = .failed(Self.reason(refusal, words))
        case (nil, nil): return nil
        }
    }

    private static func reason(_ refusal: Refusal, _ words: Words) -> String {
        switch refusal.code {
        case "file_refused": words.fileRefused
        case "too_large", "payload_too_large", "body_too_large": words.tooLarge
        default: words.refusedOtherwise
        }
    }

    /// In words.
    public func said(_ words: Words) -> String {
        switch self {
        case .waiting: words.waiting
        case .sending: words.sending
        case .sent: words.sent
        case .read: words.read
        case .failed: words.failed
        case .changeWaiting: words.changeWaiting
        case .changeFailed: words.changeFailed
        }
    }
}

extension Bubble.Act {
    /// In words.
    public func said(_ words: Words) -> String {
        switch self {
        case .reply: words.reply
        case .copy: words.copy
        case .edit: words.edit
        case .delete: words.delete
        case .retry: words.retry
        case .discard: words.discard
        case .stopSharing: words.stopSharing
        case .cancel: words.cancelSending
        }
    }
}

extension Bubble.InGroup {
    /// Five minutes between two messages begin a new group.
    private static let seconds: TimeInterval = 300

    init(_ messages: [MessageItem], _ index: Int, _ firstNew: MessageID?, _ moments: Moments) {
        func together(_ first: Int, _ second: Int) -> Bool {
            guard messages.indices.contains(first), messages.indices.contains(second) else { return false }
            let (first, second) = (messages[first], messages[second])
            return first.author == second.author && second.id != firstNew
                && second.sentAt.timeIntervalSince(first.sentAt) < Self.seconds
                && moments.day(first.sentAt) == moments.day(second.sentAt)
        }
        switch (together(index - 1, index), together(index, index + 1)) {
        case (true, true): self = .middle
        case (true, false): self = .last
        case (false, true): self = .first
        case (false, false): self = .only
        }
    }
}
