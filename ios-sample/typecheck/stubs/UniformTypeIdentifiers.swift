// The small part of UniformTypeIdentifiers that the sample uses, for the type check alone; and what SwiftUI does with it.
import SwiftUI

public struct UTType: Hashable, Sendable { public static let item = UTType() }
extension View {
    public func fileImporter(
        isPresented: Binding<Bool>, allowedContentTypes: [UTType], onCompletion: @escaping (Result<URL, any Error>) -> Void
    ) -> some View { self }
}
extension URL {
    public func startAccessingSecurityScopedResource() -> Bool { true }
    public func stopAccessingSecurityScopedResource() {}
}
