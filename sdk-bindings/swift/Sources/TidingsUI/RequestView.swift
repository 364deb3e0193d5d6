#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// What is asked for, below the words that say what it is for; once it was answered, the way to the answer.
    struct RequestView: View {
        let what: Part.Request
        let answer: Piece.RequestAnswer?
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme

        var body: some View {
            VStack(alignment: .leading, spacing: 2) {
                HStack(spacing: 6) {
                    Image(systemName: what == .place ? "mappin.and.ellipse" : "photo").font(.caption).accessibilityHidden(true)
                    Text(what.said(theme.words)).font(.caption.bold())
                }
                if let answer {
                    Button(answer.said(theme.words)) { onWish(.showQuoted(answer.message)) }
                        .buttonStyle(.plain)
                        .font(.caption)
                        .frame(minHeight: theme.spacing.target)
                        .accessibilityHint(theme.words.showAnswer)
                }
            }
        }
    }

    /// The ways to answer. What the app has no picker for it says so, and that the person would rather not can always be said.
    struct RequestButtons: View {
        let message: MessageID
        let what: Part.Request
        let offers: [Offer]
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        private var offer: Offer { what == .place ? .place : .photo }

        var body: some View {
            VStack(alignment: .leading, spacing: 4) {
                if offers.contains(offer) {
                    // What is picked stands in the line to write in then, where a person chooses how exact a place is, and
                    // quotes this.
                    button(what == .place ? theme.words.sharePlace : theme.words.sharePhoto) {
                        onWish(.reply(message))
                        onWish(.attach(offer))
                    }
                } else {
                    Text(what == .place ? theme.words.cannotPlace : theme.words.cannotPhoto)
                        .font(.caption)
                        .foregroundStyle(theme.colors(scheme).soft)
                }
                button(theme.words.ratherNot) { onWish(.decline(message)) }
            }
        }

        private func button(_ title: String, _ act: @escaping @MainActor () -> Void) -> some View {
            Button(title, action: act)
                .padding(10)
                .frame(minHeight: theme.spacing.target)
                .background(Capsule().fill(theme.colors(scheme).accentSoft))
                .foregroundStyle(theme.colors(scheme).accent)
        }
    }
#endif
