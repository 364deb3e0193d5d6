import Foundation
import TidingsCore

/// What stands by itself in a text, from top to bottom. Agents set words off by a few marks; those are read here, so that a screen
/// only has to show them. Words of users have none: they are one paragraph, as they were typed.
public enum Block: Hashable, Sendable {
    /// Lines as they were typed, with line breaks between them.
    case paragraph([Run])
    /// One line of a list without numbers; those that follow each other are one list.
    case bullet([Run])
    /// One line of a list with numbers, each as it was typed.
    case number(Int, [Run])
    /// Lines that quote somebody.
    case quote([Run])
    /// Lines of code, to be shown in letters of one width.
    case code(String)

    /// Letters that look alike.
    public struct Run: Hashable, Sendable {
        public let text: String
        public let isStrong: Bool
        public let isEmphasised: Bool
        public let isCode: Bool
        /// Where they lead: http, https, mailto or tel. Words that are not the address itself end with its host, so nobody is
        /// led where they do not expect.
        public let link: URL?

        public init(_ text: String, isStrong: Bool = false, isEmphasised: Bool = false, isCode: Bool = false, link: URL? = nil) {
            self.text = text
            self.isStrong = isStrong
            self.isEmphasised = isEmphasised
            self.isCode = isCode
            self.link = link
        }
    }
}

extension Block {
    init(_ block: CoreBlock) {
        switch block {
        case .paragraph(let runs): self = .paragraph(runs.map(Run.init))
        case .bullet(let runs): self = .bullet(runs.map(Run.init))
        case .number(let number, let runs): self = .number(Int(number), runs.map(Run.init))
        case .quote(let runs): self = .quote(runs.map(Run.init))
        case .code(let text): self = .code(text)
        }
    }
}

extension Block.Run {
    init(_ run: CoreRun) {
        self.init(
            run.text, isStrong: run.strong, isEmphasised: run.emphasis, isCode: run.code, link: run.link.flatMap(URL.init(string:)))
    }
}
