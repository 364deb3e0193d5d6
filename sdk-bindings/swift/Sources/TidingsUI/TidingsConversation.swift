#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// Where the pictures of a thread come from: a file on the phone for an attachment, or nil.
    public typealias Pictures = @Sendable @MainActor (_ attachmentID: String) async -> URL?

    /// One thread and the line to write in. It keeps nothing itself but where it is scrolled to: what it shows comes in, what the
    /// person wants goes out.
    @available(iOS 17, macOS 14, *)
    public struct TidingsConversation: View {
        private let view: ConversationView
        @Binding private var composer: Composer
        private let offers: [Offer]
        private let pictures: Pictures
        private let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        public init(
            _ view: ConversationView, composer: Binding<Composer>, offers: [Offer] = Offer.usual, pictures: @escaping Pictures,
            onWish: @escaping @MainActor (Wish) -> Void
        ) {
            self.view = view
            self._composer = composer
            self.offers = offers
            self.pictures = pictures
            self.onWish = onWish
        }

        public var body: some View {
            VStack(spacing: 0) {
                let under = [theme.brand.name, view.expected].compactMap { $0 }
                if !under.isEmpty {
                    HStack(spacing: 8) {
                        LogoView(edge: 24)
                        Text(under.joined(separator: " · ")).font(.caption).foregroundStyle(theme.colors(scheme).soft)
                    }
                    .padding(6)
                }
                if let notice = view.notice { NoticeBar(notice: notice) { onWish(.signIn) } }
                if let lines = view.lines {
                    if lines.isEmpty && view.typing == nil { welcome } else { messages(lines) }
                } else {
                    Spacer()
                    ProgressView().accessibilityLabel(theme.words.loading)
                    Spacer()
                }
                if let problem = view.problem { ProblemBar(problem: problem) { onWish(.dismissProblem) } }
                if let goesOn = view.goesOn {
                    Button(goesOn.says) { onWish(.openThread(goesOn.id)) }.font(.subheadline).padding(10)
                } else if view.isClosed {
                    Text(theme.words.closedHint).font(.subheadline).foregroundStyle(theme.colors(scheme).soft).padding(10)
                }
                ComposerBar(composer: $composer, offers: offers, onWish: onWish)
            }
            .background(theme.colors(scheme).canvas)
            .navigationTitle(view.title)
        }

        private func messages(_ lines: [Line]) -> some View {
            ScrollViewReader { reader in
                ScrollView {
                    LazyVStack(spacing: 0) {
                        older
                        ForEach(lines) { line in LineView(line: line, pictures: pictures, offers: offers, onWish: onWish) }
                        if let name = view.typing {
                            Text(theme.words.typing.with(["name": name])).font(.caption).foregroundStyle(theme.colors(scheme).soft)
                                .padding(10)
                        }
                    }
                    .padding(12)
                }
                .defaultScrollAnchor(.bottom)
                .overlay(alignment: .bottomTrailing) {
                    if view.newest == .elsewhere {
                        Button(action: { onWish(.toNewest) }, label: { Image(systemName: "chevron.down.circle.fill").font(.largeTitle) })
                            .padding(12)
                            .accessibilityLabel(theme.words.toNewest)
                    }
                }
                .onChange(of: lines.last?.id) { _, last in
                    if view.newest == .shown, let last { reader.scrollTo(last, anchor: .bottom) }
                }
            }
        }

        @ViewBuilder private var older: some View {
            switch view.older {
            case .none: EmptyView()
            case .more: Button(theme.words.older) { onWish(.loadOlder) }.padding(10)
            case .loading: ProgressView().padding(10).accessibilityLabel(theme.words.loading)
            case .failed:
                VStack(spacing: 4) {
                    Text(theme.words.olderFailed).font(.caption).foregroundStyle(theme.colors(scheme).soft)
                        .multilineTextAlignment(.center)
                    Button(theme.words.retry) { onWish(.loadOlder) }
                }
                .padding(10)
            }
        }

        private var welcome: some View {
            VStack(spacing: 8) {
                Spacer()
                LogoView(edge: 72)
                Text(theme.words.noMessages).font(.headline).accessibilityAddTraits(.isHeader)
                Text(theme.brand.greeting ?? theme.words.noMessagesHint).font(.subheadline).foregroundStyle(theme.colors(scheme).soft)
                    .multilineTextAlignment(.center)
                Spacer()
            }
            .padding(32)
        }
    }

    /// Something went wrong with what the person wanted.
    struct ProblemBar: View {
        let problem: String
        let onDismiss: @MainActor () -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            HStack(spacing: 10) {
                Text(problem).font(.subheadline)
                Spacer()
                Button(action: onDismiss, label: { Image(systemName: "xmark") }).accessibilityLabel(theme.words.dismiss)
            }
            .foregroundStyle(theme.colors(scheme).danger)
            .padding(12)
        }
    }

    /// One line of a thread.
    struct LineView: View {
        let line: Line
        let pictures: Pictures
        let offers: [Offer]
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            switch line {
            case .day(_, let label):
                Text(label).font(.caption.bold()).foregroundStyle(theme.colors(scheme).soft).padding(14)
                    .accessibilityAddTraits(.isHeader)
            case .new:
                Text(theme.words.newMessages).font(.caption.bold()).foregroundStyle(theme.colors(scheme).accent).padding(8)
                    .accessibilityAddTraits(.isHeader)
            case .event(_, let text):
                Text(text).font(.caption).foregroundStyle(theme.colors(scheme).soft).padding(10)
            case .bubble(let bubble):
                MessageView(bubble: bubble, pictures: pictures, offers: offers, onWish: onWish)
                    .padding(.top, bubble.place.begins ? theme.spacing.between : theme.spacing.within)
            }
        }
    }
#endif
