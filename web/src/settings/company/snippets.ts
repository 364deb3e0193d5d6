/** What an app developer pastes, with the company's own address and app; `docs/sdk/start.md` has the same, compiled. */
export const SNIPPETS = {
  kotlin: (
    server: string,
    app: string,
  ) => `/** Opens the client and signs somebody in; works without a network, and in a process that a push has started. */
suspend fun openTidings(context: Context, userId: String?, fetchToken: suspend () -> String): TidingsClient {
    val client = TidingsClient.open(
        TidingsConfig(
            serverUrl = "${server}",
            appId = "${app}",
            // Not under cacheDir: what waits to be sent lies here.
            dataDir = context.noBackupFilesDir.resolve("tidings"),
            locale = Locale.getDefault().toLanguageTag(),
        ),
    )
    if (userId == null) client.signInAnonymously() else client.signIn(key = userId) { fetchToken() }
    return client
}

/** From \`onStart\` and \`onStop\` of your activity. Nothing connects before, and while it is so, no push shows a notification. */
fun onScreen(client: TidingsClient, isVisible: Boolean) {
    client.setVisibility(if (isVisible) Visibility.FOREGROUND else Visibility.BACKGROUND)
}`,
  swift: (
    server: string,
    app: string,
  ) => `/// Opens the client and signs somebody in; works without a network, and when a push has woken the app. \`folder\` is private to the app, and never in an App Group.
func openTidings(
    folder: URL, userID: String?, fetchToken: @escaping @Sendable () async throws -> String
) async throws -> TidingsClient {
    var config = TidingsConfig(
        serverURL: URL(string: "${server}")!,
        appID: "${app}",
        dataDirectory: folder)
    config.locale = Locale.preferredLanguages.first
    let client = try await TidingsClient.open(config)
    if let userID {
        try await client.signIn(key: userID, token: fetchToken)
    } else {
        try await client.signInAnonymously()
    }
    return client
}`,
} as const;
