/// Which screen of the app the person is on, as the views say that are shown.
///
/// One view follows another: the new one speaks before the one it covers is gone, and that one must not take away what the new one
/// said. So each has a turn, and only the last one is ended by the going of its view.
@MainActor
public enum ShownScreen {
    private static var turn = 0

    /// Says `name` until the task is cancelled, as the task of a view is when the view goes; then that the person is on none,
    /// unless another screen has spoken meanwhile.
    public static func say(_ name: String, _ tell: @MainActor (String?) -> Void) async {
        turn += 1
        let mine = turn
        tell(name)
        while !Task.isCancelled { try? await Task.sleep(nanoseconds: 3_600_000_000_000) }
        if mine == turn { tell(nil) }
    }
}
