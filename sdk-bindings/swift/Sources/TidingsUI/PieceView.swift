#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// One thing that a message says.
    struct PieceView: View {
        let piece: Piece
        let isMine: Bool
        let pictures: Pictures
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme

        var body: some View {
            switch piece {
            // The system opens an address that is tapped.
            case .words(let blocks):
                BlocksView(blocks: blocks).tint(isMine ? theme.colors(scheme).onMine : theme.colors(scheme).accent)
            case .deleted: Text(theme.words.deleted).italic()
            case .unsupported: Text(theme.words.unsupported).italic()
            case .picture(let id, let name, let width, let height, let thumbhash, let progress):
                PictureView(
                    id: id, name: name, ratio: CGFloat(width) / CGFloat(max(1, height)), thumbhash: thumbhash, progress: progress,
                    pictures: pictures, onWish: onWish)
            case .document(let id, let name, let size, let progress): document(id, name, size, progress)
            case .place(let latitude, let longitude, let label, let accuracy):
                Button(action: { onWish(.openPlace(latitude: latitude, longitude: longitude, label: label)) }) {
                    HStack(spacing: 10) {
                        Image(systemName: "mappin.circle.fill").font(.title)
                        VStack(alignment: .leading, spacing: 2) {
                            Text(label ?? theme.words.place)
                            if let accuracy { Text(accuracy).font(.caption) }
                        }
                    }
                }
                .buttonStyle(.plain)
                .accessibilityHint(theme.words.openMap)
            case .live(let live): LiveView(live: live, onWish: onWish)
            case .choices(_, let options, let isOpen):
                if !isOpen { Text(options.map(\.label).joined(separator: " · ")).font(.subheadline).opacity(0.8) }
            case .form(let message, let form, let isOpen):
                if isOpen { FormView(message: message, form: form, onWish: onWish) } else { Text(form.title) }
            case .request(_, let what, let answer): RequestView(what: what, answer: answer, onWish: onWish)
            case .answers(let answers):
                VStack(alignment: .leading, spacing: 6) {
                    ForEach(answers.indices, id: \.self) { index in
                        VStack(alignment: .leading, spacing: 1) {
                            Text(answers[index].label).font(.caption)
                            Text(answers[index].value)
                        }
                    }
                }
            }
        }

        private func document(_ id: String, _ name: String, _ size: String, _ progress: Double?) -> some View {
            Button(action: { onWish(.openFile(attachmentID: id)) }) {
                HStack(spacing: 10) {
                    Image(systemName: "doc").font(.title2)
                    VStack(alignment: .leading, spacing: 2) {
                        Text(name).lineLimit(2)
                        Text(size).font(.caption)
                        if let progress { ProgressView(value: progress).accessibilityLabel(sent(progress)) }
                    }
                }
            }
            .buttonStyle(.plain)
            .accessibilityHint(theme.words.open)
        }

        private func sent(_ progress: Double) -> String { theme.words.uploaded.with(["percent": "\(Int(progress * 100))"]) }
    }

    /// A place that moves for a while: until when, how old it is, and the button that ends it.
    struct LiveView: View {
        let live: Piece.Live
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme

        var body: some View {
            VStack(alignment: .leading, spacing: 6) {
                if let place = live.place {
                    Button(action: { onWish(.openPlace(latitude: place.latitude, longitude: place.longitude, label: nil)) }) { card }
                        .buttonStyle(.plain)
                        .accessibilityHint(theme.words.openMap)
                } else {
                    card
                }
                if live.canStop {
                    Button(theme.words.stopSharing) { onWish(.endLive(live.message)) }
                        .buttonStyle(.plain)
                        .font(.subheadline.bold())
                        .frame(minHeight: theme.spacing.target)
                }
            }
        }

        private var card: some View {
            HStack(spacing: 10) {
                Image(systemName: live.place == nil ? "location.slash" : "location.circle.fill").font(.title)
                VStack(alignment: .leading, spacing: 2) {
                    Text(theme.words.live)
                    Text(live.says).font(.caption)
                    if let seen = live.seen { Text(seen).font(.caption) }
                    if let accuracy = live.place?.accuracy { Text(accuracy).font(.caption) }
                }
            }
        }
    }

    /// A photo in its own shape, so that nothing moves when it arrives; before, the blur of its colours.
    struct PictureView: View {
        let id: String
        let name: String?
        let ratio: CGFloat
        let thumbhash: String?
        let progress: Double?
        let pictures: Pictures
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @State private var file: URL?
        @State private var isMissing = false
        @State private var attempt = 0

        var body: some View {
            Button(action: tap) {
                ZStack {
                    if let hash = thumbhash.flatMap(Thumbhash.init(base64:)) { Blur(hash: hash) }
                    if let file { AsyncImage(url: file) { $0.resizable().scaledToFill() } placeholder: { EmptyView() } }
                    if isMissing { Text(theme.words.pictureMissing).font(.caption) }
                    if let progress {
                        ProgressView(value: progress).padding(20)
                            .accessibilityLabel(theme.words.uploaded.with(["percent": "\(Int(progress * 100))"]))
                    }
                }
                .aspectRatio(min(max(ratio, 0.7), 2.4), contentMode: .fit)
                .clipShape(RoundedRectangle(cornerRadius: theme.shapes.bubble - 4))
            }
            .buttonStyle(.plain)
            .accessibilityLabel(name.map { theme.words.photoCalled.with(["name": $0]) } ?? theme.words.photo)
            .accessibilityHint(theme.words.open)
            .task(id: attempt) {
                file = await pictures(id)
                isMissing = file == nil
            }
        }

        private func tap() {
            if isMissing { attempt += 1 } else { onWish(.openPicture(attachmentID: id)) }
        }
    }

    /// The placeholder of a photo.
    struct Blur: View {
        let hash: Thumbhash

        var body: some View {
            Canvas { context, size in
                let (across, down) = (size.width / CGFloat(hash.width), size.height / CGFloat(hash.height))
                for y in 0..<hash.height {
                    for x in 0..<hash.width {
                        let pixel = hash.pixels[y * hash.width + x]
                        // A little larger than its place, so that no line shows between two.
                        let place = CGRect(x: CGFloat(x) * across, y: CGFloat(y) * down, width: across + 1, height: down + 1)
                        let color = Color(red: Double(pixel.x), green: Double(pixel.y), blue: Double(pixel.z))
                        context.fill(Path(place), with: .color(color))
                    }
                }
            }
            .accessibilityHidden(true)
        }
    }

    /// A form that can be filled in. What is wrong is said once the person tried to send it.
    struct FormView: View {
        let message: MessageID
        let form: Part.Form
        let onWish: @MainActor (Wish) -> Void
        @Environment(\.tidings) private var theme
        @Environment(\.colorScheme) private var scheme
        @State private var entry = FormEntry()
        @State private var hasTried = false

        var body: some View {
            VStack(alignment: .leading, spacing: 12) {
                Text(form.title).font(.headline).accessibilityAddTraits(.isHeader)
                ForEach(form.fields) { field in
                    if field.kind == .boolean {
                        Toggle(label(field), isOn: yes(field))
                    } else {
                        VStack(alignment: .leading, spacing: 4) {
                            Text(label(field)).font(.caption.bold())
                            TextField(label(field), text: text(field)).textFieldStyle(.roundedBorder)
                            if hasTried, let problem = entry.problem(field, theme.words) {
                                Text(problem).font(.caption).foregroundStyle(theme.colors(scheme).danger)
                            }
                        }
                    }
                }
                StrongButton(title: theme.words.sendForm) {
                    hasTried = true
                    if let answers = entry.answers(form.fields, theme.words) { onWish(.answer(message, answers)) }
                }
            }
        }

        private func label(_ field: Part.Form.Field) -> String {
            field.isRequired ? "\(field.label) (\(theme.words.required))" : field.label
        }

        private func text(_ field: Part.Form.Field) -> Binding<String> {
            Binding(get: { @MainActor in entry.texts[field.id] ?? "" }, set: { @MainActor in entry.texts[field.id] = $0 })
        }

        private func yes(_ field: Part.Form.Field) -> Binding<Bool> {
            Binding(get: { @MainActor in entry.checked[field.id] ?? false }, set: { @MainActor in entry.checked[field.id] = $0 })
        }
    }
#endif
