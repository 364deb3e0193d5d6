#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// One message: who, the bubble, and what is wrong with it if something is.
    struct MessageView: View {
        let bubble: Bubble
        let pictures: Pictures
        let offers: [Offer]
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        private var isMine: Bool { bubble.side == .me }

        var body: some View {
            HStack(spacing: 0) {
                if isMine { Spacer(minLength: 44) }
                VStack(alignment: isMine ? .trailing : .leading, spacing: 3) {
                    if !isMine && bubble.place.begins {
                        Text(bubble.author).font(.caption).foregroundStyle(theme.colors(scheme).soft).accessibilityHidden(true)
                    }
                    said
                    choices
                    requests
                    trouble
                }
                if !isMine { Spacer(minLength: 44) }
            }
        }

        private var said: some View {
            let colors = theme.colors(scheme)
            return VStack(alignment: .leading, spacing: 4) {
                if let quoted = bubble.quoted {
                    Button(action: { onWish(.showQuoted(quoted.message)) }) { QuotedHead(quoted: quoted) }.buttonStyle(.plain)
                        .accessibilityHint(theme.words.showQuoted)
                }
                ForEach(bubble.pieces.indices, id: \.self) { index in
                    PieceView(piece: bubble.pieces[index], isMine: isMine, pictures: pictures, onWish: onWish)
                }
                Meta(bubble: bubble)
            }
            .padding(10)
            .frame(maxWidth: theme.spacing.bubbleWidth, alignment: .leading)
            .fixedSize(horizontal: false, vertical: true)
            .foregroundStyle(isMine ? colors.onMine : colors.onTheirs)
            .background(RoundedRectangle(cornerRadius: theme.shapes.bubble).fill(isMine ? colors.mine : colors.theirs))
            .contextMenu { acts }
            .accessibilityElement(children: holdsForm ? .contain : .combine)
            .accessibilityLabel(bubble.spoken(theme.words))
        }

        /// A form is filled in field by field: it is no single stop for a screen reader.
        private var holdsForm: Bool {
            bubble.pieces.contains { if case .form(_, _, isOpen: true) = $0 { true } else { false } }
        }

        private var acts: some View {
            ForEach(bubble.acts, id: \.self) { act in
                Button(act.said(theme.words)) { onWish(wish(act)) }
            }
        }

        @ViewBuilder private var choices: some View {
            ForEach(openChoices) { option in
                Button(option.label) { onWish(.choose(bubble.id, optionID: option.id)) }
                    .padding(10)
                    .frame(minHeight: theme.spacing.target)
                    .background(Capsule().fill(theme.colors(scheme).accentSoft))
                    .foregroundStyle(theme.colors(scheme).accent)
            }
        }

        @ViewBuilder private var requests: some View {
            ForEach(openRequests, id: \.self) { what in
                RequestButtons(message: bubble.id, what: what, offers: offers, onWish: onWish)
            }
        }

        private var openRequests: [Part.Request] {
            bubble.pieces.compactMap { if case .request(_, let what, answer: nil) = $0 { what } else { nil } }
        }

        private var openChoices: [Part.QuickReply] {
            for case .choices(_, let options, isOpen: true) in bubble.pieces { return options }
            return []
        }

        @ViewBuilder private var trouble: some View {
            if let said = refusal {
                Text(said).font(.caption).foregroundStyle(theme.colors(scheme).danger)
                HStack(spacing: 16) {
                    ForEach(bubble.acts.filter { $0 == .retry || $0 == .discard }, id: \.self) { act in
                        Button(act.said(theme.words)) { onWish(wish(act)) }.foregroundStyle(theme.colors(scheme).danger)
                    }
                }
            }
        }

        private var refusal: String? {
            switch bubble.status {
            case .failed(let reason): "\(theme.words.failed). \(reason)"
            case .changeFailed: theme.words.changeFailed
            default: nil
            }
        }

        private func wish(_ act: Bubble.Act) -> Wish {
            switch act {
            case .reply: .reply(bubble.id)
            case .copy: .copy(bubble.id)
            case .edit: .edit(bubble.id)
            case .stopSharing: .endLive(bubble.id)
            case .delete: .delete(bubble.id)
            case .retry: .retry(bubble.id)
            case .discard, .cancel: .discard(bubble.id)
            }
        }
    }

    /// How a message begins that another one answers.
    struct QuotedHead: View {
        let quoted: Quoted

        var body: some View {
            HStack(spacing: 8) {
                Rectangle().frame(maxWidth: 3)
                VStack(alignment: .leading, spacing: 2) {
                    if let author = quoted.author { Text(author).font(.caption.bold()).lineLimit(1) }
                    Text(quoted.text).font(.subheadline).lineLimit(2)
                }
            }
            .opacity(0.85)
        }
    }

    /// The time, whether it was edited, and how far it has come.
    struct Meta: View {
        let bubble: Bubble
        @Environment(\.tidings) private var theme

        var body: some View {
            HStack(spacing: 4) {
                Text(bubble.isEdited ? "\(theme.words.edited) · \(bubble.time)" : bubble.time).font(.caption2)
                if let sign { Image(systemName: sign).font(.caption2) }
            }
            .opacity(0.8)
            .accessibilityHidden(true)
        }

        private var sign: String? {
            switch bubble.status {
            case nil: nil
            case .waiting, .sending, .changeWaiting: "clock"
            case .sent: "checkmark"
            case .read: "checkmark.circle.fill"
            case .failed, .changeFailed: "exclamationmark.circle"
            }
        }
    }
#endif
