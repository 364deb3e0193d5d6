#if canImport(SwiftUI)
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// Words, block by block.
    struct BlocksView: View {
        let blocks: [Block]

        var body: some View {
            VStack(alignment: .leading, spacing: 6) {
                ForEach(blocks.indices, id: \.self) { index in BlockView(block: blocks[index]) }
            }
        }
    }

    private struct BlockView: View {
        let block: Block

        var body: some View {
            switch block {
            case .paragraph: said
            case .bullet: line("•")
            case .number(let number, _): line("\(number).")
            case .quote:
                HStack(spacing: 8) {
                    RoundedRectangle(cornerRadius: 2).frame(width: 3).opacity(0.4)
                    said
                }
                .fixedSize(horizontal: false, vertical: true)
            case .code(let text):
                // Code runs from the left whatever it says.
                Text(text).font(.subheadline.monospaced()).environment(\.layoutDirection, .leftToRight)
            }
        }

        private var said: some View { Text(drawn(block.runs)) }

        private func line(_ mark: String) -> some View {
            HStack(alignment: .firstTextBaseline, spacing: 6) {
                Text(mark).accessibilityHidden(mark == "•")
                said
            }
        }
    }

    /// Letters with their looks.
    private func drawn(_ runs: [Block.Run]) -> AttributedString {
        runs.reduce(into: AttributedString()) { said, run in
            var piece = underlined(attributed(run))
            if let font = font(run) { piece[AttributeScopes.SwiftUIAttributes.FontAttribute.self] = font }
            said += piece
        }
    }

    /// Nil: as the letters around.
    private func font(_ run: Block.Run) -> Font? {
        guard run.isStrong || run.isEmphasised || run.isCode else { return nil }
        var font = Font.body
        if run.isStrong { font = font.bold() }
        if run.isEmphasised { font = font.italic() }
        return run.isCode ? font.monospaced() : font
    }

    /// Links underlined: on a bubble of one's own no colour tells them.
    private func underlined(_ said: AttributedString) -> AttributedString {
        var text = said
        for run in said.runs where run.link != nil {
            text[run.range][AttributeScopes.SwiftUIAttributes.UnderlineStyleAttribute.self] = .single
        }
        return text
    }
#endif
