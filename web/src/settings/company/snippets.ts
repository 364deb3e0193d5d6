/** What an app developer pastes, with the company's own address and app; `docs/sdk/start.md` has the same, compiled. */
export const SNIPPETS = {
  kotlin: (server: string, app: string) => `val client = TidingsClient.open(
    TidingsConfig(
        serverUrl = "${server}",
        appId = "${app}",
        // Not under cacheDir: what waits to be sent lies here.
        dataDir = context.noBackupFilesDir.resolve("tidings"),
        locale = Locale.getDefault().toLanguageTag(),
    ),
)
if (userId == null) client.signInAnonymously() else client.signIn(key = userId) { fetchToken() }
client.setVisibility(Visibility.FOREGROUND) // nothing connects before`,
  swift: (server: string, app: string) => `var config = TidingsConfig(
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
try client.setVisibility(.foreground)  // nothing connects before`,
} as const;
