#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// The list of threads. It keeps nothing itself: what it shows comes in, what the person wants goes out. The app puts it into
    /// its navigation.
    public struct TidingsThreads: View {
        private let view: ThreadsView
        private let onWish: @MainActor (ThreadsWish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        public init(_ view: ThreadsView, onWish: @escaping @MainActor (ThreadsWish) -> Void) {
            self.view = view
            self.onWish = onWish
        }

        public var body: some View {
            VStack(spacing: 0) {
                if let notice = view.notice { NoticeBar(notice: notice) { onWish(.signIn) } }
                if let rows = view.rows {
                    if rows.isEmpty { empty } else { list(rows) }
                } else {
                    Spacer()
                    ProgressView().accessibilityLabel(theme.words.loading)
                    Spacer()
                }
            }
            .background(theme.colors(scheme).surface)
            .navigationTitle(theme.brand.name ?? theme.words.threads)
        }

        private func list(_ rows: [ThreadsView.Row]) -> some View {
            VStack(spacing: 0) {
                ScrollView {
                    LazyVStack(spacing: 0) {
                        greeting
                        ForEach(rows) { row in
                            Button(action: { onWish(.open(row.id)) }, label: { ThreadLine(row: row) }).buttonStyle(.plain)
                        }
                    }
                }
                start.padding(theme.spacing.edge)
            }
        }

        /// What the company says to whoever opens the list.
        @ViewBuilder private var greeting: some View {
            if let greeting = theme.brand.greeting {
                HStack(spacing: 10) {
                    LogoView(edge: 36)
                    Text(greeting).font(.subheadline).foregroundStyle(theme.colors(scheme).soft)
                    Spacer()
                }
                .padding(theme.spacing.edge)
            }
        }

        private var start: some View {
            StrongButton(title: theme.words.newThread) { onWish(.start) }
        }

        private var empty: some View {
            VStack(spacing: 10) {
                Spacer()
                if theme.brand.logo == nil {
                    Image(systemName: "bubble.left").font(.largeTitle).foregroundStyle(theme.colors(scheme).accent)
                        .accessibilityHidden(true)
                } else {
                    LogoView(edge: 84)
                }
                Text(theme.words.noThreads).font(.headline).accessibilityAddTraits(.isHeader)
                Text(theme.brand.greeting ?? theme.words.noThreadsHint).font(.subheadline).foregroundStyle(theme.colors(scheme).soft)
                    .multilineTextAlignment(.center)
                start
                Spacer()
            }
            .padding(32)
        }
    }

    /// One thread in the list.
    struct ThreadLine: View {
        let row: ThreadsView.Row
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            let colors = theme.colors(scheme)
            VStack(alignment: .leading, spacing: 3) {
                HStack(spacing: 10) {
                    Text(row.title).font(row.unread > 0 ? .body.bold() : .body).foregroundStyle(colors.ink).lineLimit(1)
                    Spacer()
                    Text(row.time).font(.caption).foregroundStyle(row.unread > 0 ? colors.accent : colors.soft)
                }
                HStack(spacing: 8) {
                    Text(row.preview).font(row.previewIs == .note ? .subheadline.italic() : .subheadline)
                        .foregroundStyle(row.previewIs == .draft ? colors.accent : row.unread > 0 ? colors.ink : colors.soft)
                        .lineLimit(2)
                    Spacer()
                    if let mark = row.mark { sign(mark) }
                    if row.unread > 0 { unread }
                }
            }
            .padding(theme.spacing.edge)
            .contentShape(Rectangle())
            .accessibilityElement(children: .combine)
        }

        private var unread: some View {
            Text(row.unread > 99 ? "99+" : "\(row.unread)").font(.caption.bold()).foregroundStyle(theme.colors(scheme).onAccent)
                .padding(6)
                .background(Capsule().fill(theme.colors(scheme).accent))
                .accessibilityLabel(theme.words.counted(theme.words.unread, row.unread))
        }

        @ViewBuilder private func sign(_ mark: ThreadsView.Mark) -> some View {
            switch mark {
            case .waiting:
                Image(systemName: "clock").foregroundStyle(theme.colors(scheme).soft).accessibilityLabel(theme.words.waiting)
            case .failed:
                Image(systemName: "exclamationmark.circle").foregroundStyle(theme.colors(scheme).danger)
                    .accessibilityLabel(theme.words.failed)
            case .closed:
                Text(theme.words.closed).font(.caption).foregroundStyle(theme.colors(scheme).soft)
            }
        }
    }

    /// What keeps messages from coming and going.
    struct NoticeBar: View {
        let notice: Notice
        let onSignIn: @MainActor () -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            if notice == .updating {
                ProgressView().padding(4).accessibilityLabel(theme.words.updating)
            } else {
                HStack(spacing: 10) {
                    Image(systemName: notice == .offline || notice == .unreachable ? "icloud.slash" : "exclamationmark.circle")
                        .accessibilityHidden(true)
                    Text(notice.said(theme.words)).font(.subheadline)
                    Spacer()
                    if notice == .signInRefused { Button(theme.words.signIn, action: onSignIn) }
                }
                .foregroundStyle(theme.colors(scheme).onNotice)
                .padding(12)
                .background(theme.colors(scheme).notice)
                .accessibilityElement(children: .contain)
            }
        }
    }

    /// A button that stands out.
    struct StrongButton: View {
        let title: String
        let onTap: @MainActor () -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            Button(action: onTap) {
                Text(title).font(.subheadline.bold()).foregroundStyle(theme.colors(scheme).onAccent)
                    .frame(maxWidth: .infinity, minHeight: theme.spacing.target)
                    .background(Capsule().fill(theme.colors(scheme).accent))
            }
            .buttonStyle(.plain)
        }
    }
#endif
