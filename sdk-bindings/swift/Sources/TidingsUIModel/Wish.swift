import Tidings

/// What the person wants, on the list of threads.
public enum ThreadsWish: Hashable, Sendable {
    case open(ConversationID)
    case start
    case signIn
}

/// What the person wants, in a thread.
public enum Wish: Hashable, Sendable {
    case signIn
    case send
    /// Something is to be picked; the app shows its picker and gives what was picked to the composer.
    case attach(Offer)
    case remove(Attached)
    case changePlace(Attached.Place)
    /// Answers one message among many: the next words quote it.
    case reply(MessageID)
    case leaveReply
    case showQuoted(MessageID)
    case edit(MessageID)
    case leaveEditing
    case copy(MessageID)
    case delete(MessageID)
    case retry(MessageID)
    /// Throws away what was refused, or what waits to be sent.
    case discard(MessageID)
    case choose(MessageID, optionID: String)
    case answer(MessageID, [String: FieldValue])
    /// The person would rather not share what a message asks for.
    case decline(MessageID)
    case openPicture(attachmentID: String)
    case openFile(attachmentID: String)
    case openPlace(latitude: Double, longitude: Double, label: String?)
    /// Shows the thread in which this one goes on.
    case openThread(ConversationID)
    /// Shares the person's place live for so long. It is for the app: it asks for the permission, calls
    /// `Conversation.shareLivePlace(for:)`, measures and feeds the places.
    case shareLive(ShareFor)
    /// Ends a share of the person's own.
    case endLive(MessageID)
    case loadOlder
    case toNewest
    case dismissProblem
}

/// What an app lets a person attach: those that it has a picker for. `live` is offered by apps that share places live.
public enum Offer: Hashable, Sendable, CaseIterable {
    case photo, file, place, live

    /// What an app offers unless it says something else.
    public static let usual: [Offer] = [.photo, .file, .place]

    /// What the menu says, and what a tap on it wishes.
    public func items(_ words: Words) -> [(name: String, wish: Wish)] {
        switch self {
        case .photo: [(words.attachPhoto, .attach(self))]
        case .file: [(words.attachFile, .attach(self))]
        case .place: [(words.attachPlace, .attach(self))]
        case .live:
            [
                (words.shareQuarterHour, .shareLive(.quarterHour)), (words.shareHour, .shareLive(.hour)),
                (words.shareWorkingDay, .shareLive(.workingDay)),
            ]
        }
    }
}
