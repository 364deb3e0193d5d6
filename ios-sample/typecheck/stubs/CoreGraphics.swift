// The small part of CoreGraphics that the package uses, for the type check alone.
@_exported import Foundation

public final class CGImage: Sendable {}
