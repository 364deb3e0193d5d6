import Tidings

extension TidingsError {
    /// Why something was not done, for a person: what is wrong, and what they can do about it.
    func reason(_ words: Words) -> String {
        switch code {
        case .storageFull: words.notStored
        case .network: words.unreachable
        case .notSignedIn, .closed: words.signedOut
        case .switchedOff: words.placesOff
        // What was refused for what it is stays refused: "try again" would be a lie.
        case .invalidInput: Self.unfit.first { message.contains($0.said) }.map { words[keyPath: $0.means] } ?? words.cannotBeSent
        default: words.wentWrong
        }
    }

    /// What the core says of what it cannot take, by a part of its sentence, because its code is one for all of them. The tests
    /// give the core one of each kind, so that they fail when it says something else.
    private static var unfit: [(said: String, means: KeyPath<Words, String>)] {
        [
            ("turn it into JPEG", \.pictureKind),
            ("million can be sent", \.pictureTooLarge),
            ("too much memory", \.pictureTooLarge),
            ("the picture is ", \.pictureDamaged),
            ("the file is empty", \.fileEmpty),
            ("the file cannot be read", \.fileUnreadable),
            (" MiB", \.fileTooLarge),
            ("the name of the file", \.fileName),
            ("the label of the place", \.placeNameTooLong),
            ("cannot be quoted", \.quotedGone),
        ]
    }
}
