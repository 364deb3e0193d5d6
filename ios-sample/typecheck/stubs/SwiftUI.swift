// The small part of SwiftUI that the sample uses, for the type check alone. Nothing is drawn, nothing runs.
@_exported import Foundation
@_exported import Observation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}
extension Never: View { public var body: Never { fatalError() } }
public struct EmptyView: View {
    public init() {}
    public var body: Never { fatalError() }
}
public struct TupleView<each T: View>: View { public var body: Never { fatalError() } }
public struct EitherView<A: View, B: View>: View { public var body: Never { fatalError() } }
extension Optional: View where Wrapped: View { public var body: Never { fatalError() } }

@MainActor @resultBuilder public struct ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<V: View>(_ view: V) -> V { view }
    public static func buildBlock<each V: View>(_ view: repeat each V) -> TupleView<repeat each V> { TupleView() }
    public static func buildOptional<V: View>(_ view: V?) -> V? { view }
    public static func buildEither<A: View, B: View>(first: A) -> EitherView<A, B> { EitherView() }
    public static func buildEither<A: View, B: View>(second: B) -> EitherView<A, B> { EitherView() }
}

public struct Text: View {
    public init(_ text: String) {}
    public func lineLimit(_ lines: Int?) -> Text { self }
    public var body: Never { fatalError() }
}
public struct AsyncImage: View {
    public init(url: URL?) {}
    public var body: Never { fatalError() }
}
public struct Spacer: View {
    public init() {}
    public var body: Never { fatalError() }
}
public struct HorizontalAlignment: Sendable { public static let leading = HorizontalAlignment() }
public struct VStack<Content: View>: View {
    public init(alignment: HorizontalAlignment = .leading, @ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct HStack<Content: View>: View {
    public init(@ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct List<Content: View>: View {
    public init(@ViewBuilder content: @MainActor () -> Content) {}
    public init<Data: RandomAccessCollection>(
        _ data: Data, @ViewBuilder row: @escaping @MainActor (Data.Element) -> Content
    ) where Data.Element: Identifiable {}
    public var body: Never { fatalError() }
}
public struct ForEach<Data: RandomAccessCollection, Row: View>: View where Data.Element: Identifiable {
    public init(_ data: Data, @ViewBuilder content: @escaping @MainActor (Data.Element) -> Row) {}
    public var body: Never { fatalError() }
}
public struct Button: View {
    public init(_ title: String, action: @escaping @MainActor () -> Void) {}
    public var body: Never { fatalError() }
}
public struct TextField: View {
    public init(_ title: String, text: Binding<String>) {}
    public var body: Never { fatalError() }
}
public struct NavigationLink<Label: View>: View {
    public init<Value: Hashable>(value: Value, @ViewBuilder label: @MainActor () -> Label) {}
    public var body: Never { fatalError() }
}
@MainActor @preconcurrency public struct NavigationStack<Root: View>: View {
    public init<Data: MutableCollection & RandomAccessCollection & RangeReplaceableCollection>(
        path: Binding<Data>, @ViewBuilder root: @MainActor () -> Root
    ) where Data.Element: Hashable {}
    public var body: Never { fatalError() }
}

@propertyWrapper @dynamicMemberLookup public struct Binding<Value> {
    public init(get: @escaping @isolated(any) @Sendable () -> Value, set: @escaping @isolated(any) @Sendable (Value) -> Void) {}
    public var wrappedValue: Value { get { fatalError() } nonmutating set {} }
    public var projectedValue: Binding<Value> { self }
    public subscript<Member>(dynamicMember path: WritableKeyPath<Value, Member>) -> Binding<Member> { fatalError() }
}
@MainActor @propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) {}
    public init() where Value: ExpressibleByNilLiteral {}
    public var wrappedValue: Value { get { fatalError() } nonmutating set {} }
    public var projectedValue: Binding<Value> { fatalError() }
}

@MainActor @propertyWrapper @dynamicMemberLookup public struct Bindable<Value: AnyObject & Observable> {
    public init(wrappedValue: Value) {}
    public var wrappedValue: Value { fatalError() }
    public var projectedValue: Bindable<Value> { self }
    public subscript<Member>(dynamicMember path: ReferenceWritableKeyPath<Value, Member>) -> Binding<Member> { fatalError() }
}

extension View {
    public func padding() -> some View { self }
    public func disabled(_ disabled: Bool) -> some View { self }
    public func interactiveDismissDisabled(_ disabled: Bool = true) -> some View { self }
    public func navigationTitle(_ title: String) -> some View { self }
    public func navigationDestination<Value: Hashable, Content: View>(
        for type: Value.Type, @ViewBuilder destination: @escaping @MainActor (Value) -> Content
    ) -> some View { self }
    public func toolbar<Content: View>(@ViewBuilder content: @MainActor () -> Content) -> some View { self }
    public func sheet<Content: View>(
        isPresented: Binding<Bool>, @ViewBuilder content: @escaping @MainActor () -> Content
    ) -> some View { self }
    public func onTapGesture(perform action: @escaping @MainActor () -> Void) -> some View { self }
    public func task<Identity: Equatable>(
        id: Identity, _ action: @escaping @MainActor @Sendable () async -> Void
    ) -> some View { self }
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> some View { self }
}

@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}
extension App { public static func main() {} }
@MainActor @preconcurrency public protocol Scene {}
@MainActor @resultBuilder public struct SceneBuilder {
    public static func buildBlock<S: Scene>(_ scene: S) -> S { scene }
}
public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: @escaping @MainActor () -> Content) {}
}
public enum ScenePhase: Equatable, Sendable { case background, inactive, active }
public struct EnvironmentValues { public var scenePhase: ScenePhase { .active } }
@MainActor @propertyWrapper public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { fatalError() }
}
extension Scene {
    public func onChange<Value: Equatable>(
        of value: Value, _ action: @escaping @MainActor (_ old: Value, _ new: Value) -> Void
    ) -> some Scene { self }
}
@MainActor @propertyWrapper public struct UIApplicationDelegateAdaptor<Delegate> {
    public init(_ type: Delegate.Type = Delegate.self) {}
    public var wrappedValue: Delegate { fatalError() }
}
