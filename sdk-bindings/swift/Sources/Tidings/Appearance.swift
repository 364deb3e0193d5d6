import Foundation
import TidingsCore

/// How the company wants the app's conversations to look. Each part may be unknown, and then the app's own look stands.
public struct Appearance: Hashable, Sendable {
    /// Whom the person writes to.
    public let name: String?
    /// The company's colour.
    public let accent: Accent?
    /// What to show where the person has not written yet, in the phone's language if the company wrote it in that.
    public let greeting: String?
    /// A PNG or JPEG, square, with at most 256 by 256 pixels. It comes a moment after the rest.
    public let logo: Data?

    public init(name: String?, accent: Accent?, greeting: String?, logo: Data?) {
        self.name = name
        self.accent = accent
        self.greeting = greeting
        self.logo = logo
    }

    init(_ core: CoreAppearance) {
        self.init(name: core.name, accent: core.accent.map(Accent.init), greeting: core.greeting, logo: core.logo)
    }

    /// A company's colour, and what is made of it so that it can be read. Colours are `0xRRGGBB`.
    public struct Accent: Hashable, Sendable {
        /// As the company set it: it may be hard to read on some grounds.
        public let colour: UInt32
        /// For a light theme.
        public let light: Tone
        /// For a dark theme.
        public let dark: Tone

        public init(colour: UInt32, light: Tone, dark: Tone) {
            self.colour = colour
            self.light = light
            self.dark = dark
        }

        init(_ core: CoreAccent) {
            self.init(colour: core.colour, light: Tone(core.light), dark: Tone(core.dark))
        }
    }

    /// A colour that stands out from the ground of a theme at 4.5:1 or more.
    public struct Tone: Hashable, Sendable {
        /// Of what can be tapped, and under the person's own words.
        public let fill: UInt32
        /// Of words on it.
        public let ink: UInt32

        public init(fill: UInt32, ink: UInt32) {
            self.fill = fill
            self.ink = ink
        }

        init(_ core: CoreTone) {
            self.init(fill: core.fill, ink: core.ink)
        }
    }
}
