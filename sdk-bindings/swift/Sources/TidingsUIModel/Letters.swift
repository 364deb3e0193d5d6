import Foundation
import Tidings

extension Block {
    /// What is said in it; code is what it is.
    public var runs: [Run] {
        switch self {
        case .paragraph(let runs), .bullet(let runs), .number(_, let runs), .quote(let runs): runs
        case .code(let text): [Run(text)]
        }
    }
}

/// The letters of words, for a screen reader: each block on its line, numbers before theirs.
func letters(_ blocks: [Block]) -> String {
    blocks.map { block in
        let said = block.runs.map(\.text).joined()
        if case .number(let number, _) = block { return "\(number). \(said)" }
        return said
    }.joined(separator: "\n")
}

/// Letters, and where they lead. An address among plain letters leads there, too: an app may make messages by itself.
public func attributed(_ run: Block.Run) -> AttributedString {
    guard let link = run.link else { return run.isCode ? AttributedString(run.text) : linked(run.text) }
    var said = AttributedString(run.text)
    said.link = link
    return said
}
