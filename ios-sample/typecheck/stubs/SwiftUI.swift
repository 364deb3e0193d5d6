// The part of SwiftUI that the screens and the sample use, for the type check alone. Nothing is drawn, nothing runs.
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

public struct Color: ShapeStyle, Sendable {
    public init(red: Double, green: Double, blue: Double) {}
}
// A conformance in an extension leaves the type itself free of the main actor, as Apple's is.
extension Color: View { public var body: Never { fatalError() } }
public protocol ShapeStyle: Sendable {}
public struct Font: Hashable, Sendable {
    public static let largeTitle = Font()
    public static let title = Font()
    public static let title2 = Font()
    public static let headline = Font()
    public static let subheadline = Font()
    public static let body = Font()
    public static let caption = Font()
    public static let caption2 = Font()
    public func bold() -> Font { self }
    public func italic() -> Font { self }
    public func monospaced() -> Font { self }
}
public enum TextAlignment: Sendable { case leading, center, trailing }
public struct Text: View {
    public init(_ text: AttributedString) {}
    public init(_ text: String) {}
    public func italic() -> Text { self }
    public var body: Never { fatalError() }
}
extension Text {
    public struct LineStyle: Hashable, Sendable { public static let single = LineStyle() }
}
extension AttributeScopes {
    public struct SwiftUIAttributes {
        public enum FontAttribute: AttributedStringKey {
            public typealias Value = Font
            public static let name = "SwiftUI.Font"
        }
        public enum UnderlineStyleAttribute: AttributedStringKey {
            public typealias Value = Text.LineStyle
            public static let name = "SwiftUI.UnderlineStyle"
        }
    }
}
public struct Image: View {
    public init(systemName: String) {}
    public func resizable() -> Image { self }
    public var body: Never { fatalError() }
}
public struct AsyncImage<Content: View>: View {
    public init<I: View, P: View>(
        url: URL?, @ViewBuilder content: @escaping @MainActor (Image) -> I, @ViewBuilder placeholder: @escaping @MainActor () -> P
    ) where Content == EitherView<I, P> {}
    public var body: Never { fatalError() }
}
extension AsyncImage where Content == Image { public init(url: URL?) {} }
public struct ProgressView: View {
    public init() {}
    public init(value: Double?, total: Double = 1) {}
    public var body: Never { fatalError() }
}
public struct Spacer: View {
    public init(minLength: CGFloat? = nil) {}
    public var body: Never { fatalError() }
}
public struct HorizontalAlignment: Sendable {
    public static let leading = HorizontalAlignment()
    public static let center = HorizontalAlignment()
    public static let trailing = HorizontalAlignment()
}
public struct VerticalAlignment: Sendable {
    public static let top = VerticalAlignment()
    public static let center = VerticalAlignment()
    public static let bottom = VerticalAlignment()
    public static let firstTextBaseline = VerticalAlignment()
}
public struct Alignment: Sendable {
    public static let leading = Alignment()
    public static let center = Alignment()
    public static let bottomTrailing = Alignment()
}
public struct VStack<Content: View>: View {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct LazyVStack<Content: View>: View {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct HStack<Content: View>: View {
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct ZStack<Content: View>: View {
    public init(@ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct ScrollView<Content: View>: View {
    public init(@ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public struct ScrollViewProxy { public func scrollTo<ID: Hashable>(_ id: ID, anchor: UnitPoint? = nil) {} }
public struct ScrollViewReader<Content: View>: View {
    public init(@ViewBuilder content: @escaping @MainActor (ScrollViewProxy) -> Content) {}
    public var body: Never { fatalError() }
}
public struct UnitPoint: Hashable, Sendable { public static let bottom = UnitPoint() }
public struct List<Content: View>: View {
    public init(@ViewBuilder content: @MainActor () -> Content) {}
    public init<Data: RandomAccessCollection>(
        _ data: Data, @ViewBuilder row: @escaping @MainActor (Data.Element) -> Content
    ) where Data.Element: Identifiable {}
    public var body: Never { fatalError() }
}
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Row: View>: View {
    public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping @MainActor (Data.Element) -> Row) {}
    public var body: Never { fatalError() }
}
extension ForEach where Data.Element: Identifiable, ID == Data.Element.ID {
    public init(_ data: Data, @ViewBuilder content: @escaping @MainActor (Data.Element) -> Row) {}
}
public struct Button<Label: View>: View {
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: @MainActor () -> Label) {}
    public var body: Never { fatalError() }
}
extension Button where Label == Text {
    public init(_ title: String, action: @escaping @MainActor () -> Void) {}
}
public struct Menu<Label: View, Content: View>: View {
    public init(@ViewBuilder content: @MainActor () -> Content, @ViewBuilder label: @MainActor () -> Label) {}
    public var body: Never { fatalError() }
}
public struct Toggle: View {
    public init(_ title: String, isOn: Binding<Bool>) {}
    public var body: Never { fatalError() }
}
public struct Picker<Value: Hashable, Content: View>: View {
    public init(_ title: String, selection: Binding<Value>, @ViewBuilder content: @MainActor () -> Content) {}
    public var body: Never { fatalError() }
}
public enum Axis: Sendable { case horizontal, vertical }
public struct TextField: View {
    public init(_ title: String, text: Binding<String>) {}
    public init(_ title: String, text: Binding<String>, axis: Axis) {}
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
public protocol Shape: View, Sendable {}
extension Shape {
    public func fill<S: ShapeStyle>(_ style: S) -> some View { self }
}
public struct Capsule: Shape {
    public init() {}
    public var body: Never { fatalError() }
}
public struct Rectangle: Shape {
    public init() {}
    public var body: Never { fatalError() }
}
public struct RoundedRectangle: Shape {
    public init(cornerRadius: CGFloat) {}
    public var body: Never { fatalError() }
}
public struct Path: Sendable { public init(_ rect: CGRect) {} }
public struct GraphicsContext {
    public struct Shading: Sendable { public static func color(_ color: Color) -> Shading { Shading() } }
    public func fill(_ path: Path, with shading: Shading) {}
}
public struct Canvas: View {
    public init(renderer: @escaping (inout GraphicsContext, CGSize) -> Void) {}
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
    public var wrappedValue: Value { get { fatalError() } set {} }
    public var projectedValue: Bindable<Value> { self }
    public subscript<Member>(dynamicMember path: ReferenceWritableKeyPath<Value, Member>) -> Binding<Member> { fatalError() }
}

extension View {
    public func padding() -> some View { self }
    public func padding(_ length: CGFloat) -> some View { self }
    public func padding(_ edge: Edge, _ length: CGFloat) -> some View { self }
    public func font(_ font: Font?) -> some View { self }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { self }
    public func tint<S: ShapeStyle>(_ style: S) -> some View { self }
    public func background<Ground: View>(_ ground: Ground) -> some View { self }
    public func overlay<Over: View>(alignment: Alignment = .center, @ViewBuilder content: @MainActor () -> Over) -> some View { self }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { self }
    public func lineLimit(_ lines: Int?) -> some View { self }
    public func lineLimit(_ lines: ClosedRange<Int>) -> some View { self }
    public func buttonStyle(_ style: ButtonStyle) -> some View { self }
    public func textFieldStyle(_ style: TextFieldStyle) -> some View { self }
    public func contentShape<S: Shape>(_ shape: S) -> some View { self }
    public func clipShape<S: Shape>(_ shape: S) -> some View { self }
    public func aspectRatio(_ ratio: CGFloat?, contentMode: ContentMode) -> some View { self }
    public func scaledToFill() -> some View { self }
    public func opacity(_ opacity: Double) -> some View { self }
    public func fixedSize(horizontal: Bool, vertical: Bool) -> some View { self }
    public func frame(minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
    public func frame(width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
    public func tag<Value: Hashable>(_ tag: Value) -> some View { self }
    public func contextMenu<Items: View>(@ViewBuilder menuItems: @MainActor () -> Items) -> some View { self }
    public func defaultScrollAnchor(_ anchor: UnitPoint?) -> some View { self }
    public func environment<Value>(_ path: WritableKeyPath<EnvironmentValues, Value>, _ value: Value) -> some View { self }
    public func onChange<Value: Equatable>(
        of value: Value, _ action: @escaping @MainActor (_ old: Value, _ new: Value) -> Void
    ) -> some View { self }
    public func accessibilityLabel(_ label: String) -> some View { self }
    public func accessibilityHint(_ hint: String) -> some View { self }
    public func accessibilityHidden(_ hidden: Bool) -> some View { self }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { self }
    public func accessibilityElement(children: AccessibilityChildBehavior) -> some View { self }
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
    public func onOpenURL(perform action: @escaping @MainActor (URL) -> Void) -> some View { self }
    public func onTapGesture(perform action: @escaping @MainActor () -> Void) -> some View { self }
    public func task<Identity: Equatable>(
        id: Identity, _ action: @escaping @MainActor @Sendable () async -> Void
    ) -> some View { self }
    public func task(_ action: @escaping @MainActor @Sendable () async -> Void) -> some View { self }
}

public enum Edge: Sendable { case top, bottom, leading, trailing }
public enum ContentMode: Sendable { case fit, fill }
public enum ColorScheme: Sendable { case light, dark }
public enum LayoutDirection: Sendable { case leftToRight, rightToLeft }
public enum ButtonStyle: Sendable { case plain }
public enum TextFieldStyle: Sendable { case roundedBorder }
public struct AccessibilityTraits: Sendable { public static let isHeader = AccessibilityTraits() }
public struct AccessibilityChildBehavior: Sendable {
    public static let combine = AccessibilityChildBehavior()
    public static let contain = AccessibilityChildBehavior()
}
public protocol EnvironmentKey {
    associatedtype Value
    static var defaultValue: Value { get }
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
public struct EnvironmentValues {
    public var scenePhase: ScenePhase { .active }
    public var colorScheme: ColorScheme { .light }
    public var layoutDirection: LayoutDirection {
        get { .leftToRight }
        set {}
    }
    public subscript<Key: EnvironmentKey>(key: Key.Type) -> Key.Value { get { Key.defaultValue } set {} }
}
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
