// The small part of PhotosUI that the sample uses, for the type check alone.
import SwiftUI

public struct PhotosPickerItem: Hashable, Sendable {
    public func loadTransferable<T: Sendable>(type: T.Type) async throws -> T? { fatalError() }
}
public struct PHPickerFilter: Sendable { public static let images = PHPickerFilter() }
extension View {
    public func photosPicker(
        isPresented: Binding<Bool>, selection: Binding<PhotosPickerItem?>, matching filter: PHPickerFilter? = nil
    ) -> some View { self }
}
