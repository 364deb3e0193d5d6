import Foundation

/// An address in a text.
public struct Link: Hashable, Sendable {
    public let range: Range<String.Index>
    public let url: URL
}

/// What says that an address follows; nothing else in a text becomes one.
private let schemes = ["https://", "http://", "mailto:", "tel:"]
/// What ends an address.
private let ends: Set<Character> = ["<", ">", "\"", "'", "`"]
/// What a sentence puts after one.
private let trailing: Set<Character> = [".", ",", ";", ":", "!", "?", "…", ")", "]", "}", "»", "”", "’"]

/// The addresses of pages, mail boxes and telephones in a text, in their order.
public func links(_ text: String) -> [Link] {
    var found: [Link] = []
    var at = text.startIndex
    while at < text.endIndex {
        let isInWord = at > text.startIndex && (text[text.index(before: at)].isLetter || text[text.index(before: at)].isNumber)
        if !isInWord, let link = link(text, at) {
            found.append(link)
            at = link.range.upperBound
        } else {
            at = text.index(after: at)
        }
    }
    return found
}

/// The address that begins here, if one does.
private func link(_ text: String, _ start: String.Index) -> Link? {
    let rest = text[start...]
    guard let scheme = schemes.first(where: { rest.lowercasedPrefix($0.count) == $0 }) else { return nil }
    var end = rest.firstIndex { $0.isWhitespace || ends.contains($0) } ?? text.endIndex
    let least = text.index(start, offsetBy: scheme.count)
    while end > least, trailing.contains(text[text.index(before: end)]) { end = text.index(before: end) }
    // A scheme alone leads nowhere.
    guard end > least, let url = URL(string: String(text[start..<end])) else { return nil }
    return Link(range: start..<end, url: url)
}

/// The same text, with its addresses as links.
public func linked(_ text: String) -> AttributedString {
    var said = AttributedString()
    var at = text.startIndex
    for link in links(text) {
        said += AttributedString(String(text[at..<link.range.lowerBound]))
        var address = AttributedString(String(text[link.range]))
        address.link = link.url
        said += address
        at = link.range.upperBound
    }
    return said + AttributedString(String(text[at...]))
}

extension Substring {
    fileprivate func lowercasedPrefix(_ count: Int) -> String { prefix(count).lowercased() }
}
