#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// The line to write in, with what goes along above it.
    @available(iOS 17, macOS 14, *)
    struct ComposerBar: View {
        @Binding var composer: Composer
        let offers: [Offer]
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            VStack(alignment: .leading, spacing: 6) {
                if composer.editing != nil {
                    HStack(spacing: 10) {
                        Text(theme.words.editing).font(.subheadline).foregroundStyle(theme.colors(scheme).accent)
                        Spacer()
                        Button(theme.words.cancel) { onWish(.leaveEditing) }
                    }
                } else {
                    ForEach(composer.attached) { attached in
                        AttachedView(attached: attached, onWish: onWish)
                    }
                }
                if composer.editing == nil, let quoted = composer.replying {
                    HStack(spacing: 10) {
                        VStack(alignment: .leading, spacing: 2) {
                            Text(theme.words.replyingTo.with(["name": quoted.author ?? ""])).font(.caption.bold())
                                .foregroundStyle(theme.colors(scheme).accent)
                            Text(quoted.text).font(.subheadline).foregroundStyle(theme.colors(scheme).soft).lineLimit(1)
                        }
                        Spacer()
                        Button(action: { onWish(.leaveReply) }, label: { Image(systemName: "xmark") })
                            .accessibilityLabel(theme.words.cancel)
                    }
                }
                if let problem = composer.problem(theme.words) {
                    Text(problem).font(.caption.bold()).foregroundStyle(theme.colors(scheme).danger)
                }
                writing
            }
            .padding(8)
            .background(theme.colors(scheme).surface)
        }

        private var writing: some View {
            HStack(alignment: .bottom, spacing: 8) {
                if composer.editing == nil && !offers.isEmpty {
                    Menu {
                        ForEach(offers, id: \.self) { offer in
                            let items = offer.items(theme.words)
                            ForEach(items.indices, id: \.self) { index in
                                Button(items[index].name) { onWish(items[index].wish) }
                            }
                        }
                    } label: {
                        Image(systemName: "plus").frame(minWidth: theme.spacing.target, minHeight: theme.spacing.target)
                    }
                    .accessibilityLabel(theme.words.attach)
                }
                TextField(theme.words.write, text: $composer.text, axis: .vertical)
                    .lineLimit(1...6)
                    .padding(10)
                    .background(RoundedRectangle(cornerRadius: theme.shapes.field).fill(theme.colors(scheme).canvas))
                Button(action: { onWish(.send) }) {
                    Image(systemName: composer.editing == nil ? "arrow.up.circle.fill" : "checkmark.circle.fill").font(.title)
                        .frame(minWidth: theme.spacing.target, minHeight: theme.spacing.target)
                }
                .disabled(!composer.canSend(theme.words))
                .accessibilityLabel(composer.editing == nil ? theme.words.send : theme.words.save)
            }
            .tint(theme.colors(scheme).accent)
        }
    }

    /// A file or a place before it is sent.
    struct AttachedView: View {
        let attached: Attached
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme

        var body: some View {
            VStack(alignment: .leading, spacing: 6) {
                HStack(spacing: 10) {
                    Image(systemName: sign).accessibilityHidden(true)
                    Text(name).font(.subheadline).lineLimit(1)
                    Spacer()
                    Button(action: { onWish(.remove(attached)) }, label: { Image(systemName: "xmark.circle.fill") })
                        .accessibilityLabel(theme.words.remove.with(["name": name]))
                }
                if case .place(let place) = attached { PlaceChoice(place: place, onWish: onWish) }
            }
            .padding(10)
        }

        private var name: String {
            switch attached {
            case .file(let file): file.name
            case .place: theme.words.place
            }
        }

        private var sign: String {
            switch attached {
            case .file(let file): file.isPicture ? "photo" : "doc"
            case .place: "mappin"
            }
        }
    }

    /// How much of a place is told, and what it is called.
    struct PlaceChoice: View {
        let place: Attached.Place
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme

        var body: some View {
            Picker(theme.words.howExact, selection: precision) {
                Text(theme.words.exact).tag(Content.Precision.exact)
                Text(theme.words.rounded).tag(Content.Precision.rounded)
                Text(theme.words.hidden).tag(Content.Precision.hidden)
            }
            TextField(theme.words.placeName, text: label)
        }

        private var precision: Binding<Content.Precision> {
            Binding(
                get: { @MainActor in place.precision },
                set: { @MainActor precision in
                    var place = place
                    place.precision = precision
                    onWish(.changePlace(place))
                })
        }

        private var label: Binding<String> {
            Binding(
                get: { @MainActor in place.label },
                set: { @MainActor label in
                    var place = place
                    place.label = label
                    onWish(.changePlace(place))
                })
        }
    }
#endif
