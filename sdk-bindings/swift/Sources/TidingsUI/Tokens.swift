#if canImport(SwiftUI)
    import Foundation
    import SwiftUI
    import Tidings
    import TidingsUIModel

    /// How the kit looks and speaks: change a copy and set it with `tidingsTheme(_:)`.
    public struct TidingsTheme: Sendable {
        public var light = Colors.light
        public var dark = Colors.dark
        public var shapes = Shapes()
        public var spacing = Spacing()
        public var words = Words.speaking(.current)
        /// What the company set for its app; its colour gives way to colours that you set yourself.
        public var brand = Brand()

        public init() {}

        /// What the company set for its app, to be shown by the kit's screens. What is nil is as the kit has it.
        public struct Brand: Sendable {
            /// Over the list of threads, and under the title of one.
            public var name: String?
            /// Where nobody has written yet, and over the list.
            public var greeting: String?
            /// Beside the name.
            public var logo: Data?

            public init() {}
        }

        /// The colours of the kit. Words have at least 4.5:1 on the grounds they stand on; keep that when you change them.
        public struct Colors: Sendable {
            /// Behind the messages.
            public var canvas: Color
            /// Bars and rows.
            public var surface: Color
            public var line: Color
            public var ink: Color
            /// Words of less weight.
            public var soft: Color
            /// Bubbles of the person.
            public var mine: Color
            public var onMine: Color
            /// Bubbles of the company.
            public var theirs: Color
            public var onTheirs: Color
            /// What can be tapped, and the mark of what is unread.
            public var accent: Color
            public var onAccent: Color
            public var accentSoft: Color
            /// What was refused.
            public var danger: Color
            /// The bar that says that there is no network.
            public var notice: Color
            public var onNotice: Color

            public static let light = Colors(
                canvas: Color(hex: 0xF4F2EE), surface: Color(hex: 0xFFFFFF), line: Color(hex: 0xE7E3DC), ink: Color(hex: 0x201E1B),
                soft: Color(hex: 0x68635A), mine: Color(hex: 0x1A5E57), onMine: Color(hex: 0xFFFFFF), theirs: Color(hex: 0xFFFFFF),
                onTheirs: Color(hex: 0x201E1B), accent: Color(hex: 0x1A5E57), onAccent: Color(hex: 0xFFFFFF),
                accentSoft: Color(hex: 0xE4F0ED), danger: Color(hex: 0xA3271F), notice: Color(hex: 0xFCEFDC),
                onNotice: Color(hex: 0x6E3C00))
            public static let dark = Colors(
                canvas: Color(hex: 0x141312), surface: Color(hex: 0x1C1B19), line: Color(hex: 0x302D29), ink: Color(hex: 0xF0EDE8),
                soft: Color(hex: 0xA59F94), mine: Color(hex: 0x1F4F49), onMine: Color(hex: 0xEAF6F3), theirs: Color(hex: 0x262421),
                onTheirs: Color(hex: 0xF0EDE8), accent: Color(hex: 0x83D0C4), onAccent: Color(hex: 0x08231F),
                accentSoft: Color(hex: 0x1D3734), danger: Color(hex: 0xFF9C92), notice: Color(hex: 0x3A2A12),
                onNotice: Color(hex: 0xF0B35D))
        }

        /// How round things are, in points.
        public struct Shapes: Sendable {
            public var bubble: CGFloat = 18
            public var card: CGFloat = 14
            public var field: CGFloat = 22
        }

        /// Distances, in points.
        public struct Spacing: Sendable {
            public var edge: CGFloat = 16
            /// Between bubbles of one author.
            public var within: CGFloat = 3
            /// Between groups of bubbles.
            public var between: CGFloat = 12
            /// The widest that a bubble gets.
            public var bubbleWidth: CGFloat = 300
            /// The least height and width of what can be tapped.
            public var target: CGFloat = 44
        }
    }

    extension Color {
        init(hex: UInt32) {
            self.init(
                red: Double(hex >> 16 & 0xFF) / 255, green: Double(hex >> 8 & 0xFF) / 255, blue: Double(hex & 0xFF) / 255)
        }
    }

    extension TidingsTheme {
        /// The kit's own look with what the company set: its colour, in the tone that can be read in each scheme, its name, its
        /// greeting and its logo.
        public init(_ look: Appearance) {
            self.init()
            if let accent = look.accent {
                light = light.inColour(accent.light, on: 0xFFFFFF)
                dark = dark.inColour(accent.dark, on: 0x1C1B19)
            }
            brand.name = look.name
            brand.greeting = look.greeting
            brand.logo = look.logo
        }
    }

    extension TidingsTheme.Colors {
        /// These colours, with what can be tapped and the person's own words in a company's colour.
        ///
        /// - Parameter surface: the ground of bars and rows, as `0xRRGGBB`: a little of the colour on it is its soft tone.
        public func inColour(_ tone: Appearance.Tone, on surface: UInt32) -> Self {
            var colors = self
            (colors.mine, colors.onMine) = (Color(hex: tone.fill), Color(hex: tone.ink))
            (colors.accent, colors.onAccent) = (colors.mine, colors.onMine)
            var soft: UInt32 = 0
            for shift: UInt32 in [16, 8, 0] {
                let mixed = ((tone.fill >> shift & 0xFF) + (surface >> shift & 0xFF) * 9) / 10
                soft |= mixed << shift
            }
            colors.accentSoft = Color(hex: soft)
            return colors
        }
    }

    private struct ThemeKey: EnvironmentKey {
        static let defaultValue = TidingsTheme()
    }

    extension EnvironmentValues {
        var tidings: TidingsTheme {
            get { self[ThemeKey.self] }
            set { self[ThemeKey.self] = newValue }
        }
    }

    extension View {
        /// Sets how the kit's screens inside look and speak.
        public func tidingsTheme(_ theme: TidingsTheme) -> some View { environment(\.tidings, theme) }
    }

    /// Wears the look of the company for as long as the client lives; it is kept on the phone, so it is there without a network.
    private struct Branded<Content: View>: View {
        let client: TidingsClient
        let change: @Sendable (inout TidingsTheme) -> Void
        let content: Content
        @State private var look = Appearance(name: nil, accent: nil, greeting: nil, logo: nil)

        var body: some View {
            content.tidingsTheme(theme).task {
                for await now in client.appearance { look = now }
            }
        }

        private var theme: TidingsTheme {
            var theme = TidingsTheme(look)
            change(&theme)
            return theme
        }
    }

    extension View {
        /// Sets how the kit's screens inside look to what the company set for its app, live.
        ///
        /// - Parameter change: what is your own: it is done last, and wins.
        public func tidingsBrand(
            of client: TidingsClient, change: @escaping @Sendable (inout TidingsTheme) -> Void = { _ in }
        ) -> some View {
            Branded(client: client, change: change, content: self)
        }
    }

    extension TidingsTheme {
        func colors(_ scheme: ColorScheme) -> Colors { scheme == .dark ? dark : light }
    }
#endif
