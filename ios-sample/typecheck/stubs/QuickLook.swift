// The small part of QuickLook that the sample uses, for the type check alone.
import SwiftUI

extension View {
    public func quickLookPreview(_ item: Binding<URL?>) -> some View { self }
}
