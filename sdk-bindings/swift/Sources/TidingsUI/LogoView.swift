#if canImport(SwiftUI)
    import Foundation
    import SwiftUI

    #if canImport(UIKit)
        import UIKit
    #elseif canImport(AppKit)
        import AppKit
    #endif

    /// The company's logo, if it has one. It stands beside its name, so it says nothing of its own.
    struct LogoView: View {
        let edge: CGFloat
        @Environment(\.tidings) private var theme

        var body: some View {
            if let data = theme.brand.logo, let image = Self.image(data) {
                image.resizable().frame(width: edge, height: edge).clipShape(RoundedRectangle(cornerRadius: edge / 5))
                    .accessibilityHidden(true)
            }
        }

        private static func image(_ data: Data) -> Image? {
            #if canImport(UIKit)
                UIImage(data: data).map { Image(uiImage: $0) }
            #elseif canImport(AppKit)
                NSImage(data: data).map { Image(nsImage: $0) }
            #else
                nil
            #endif
        }
    }
#endif
