// The small part of PhotosUI that the sample uses, for the type check alone.
import SwiftUI

public struct PhotosPickerItem: Hashable, Sendable {
    public func loadTransferable<T: Sendable>(type: T.Type) async throws -> T? { fatalError() }
}
public struct PhotosPicker: View {
    public init(_ title: String, selection: Binding<PhotosPickerItem?>) {}
    public var body: Never { fatalError() }
}
