/** What an app developer pastes, with the company's own address and app; the guide for app developers has the same. */
export const SNIPPETS = {
  kotlin: (server: string, app: string) => `tidings = TidingsClient.open(
    TidingsConfig(
        serverUrl = "${server}",
        appId = "${app}",
        dataDir = folder,
        locale = Locale.getDefault().toLanguageTag(),
    ),
)
tidings.signIn(key = userId) { fetchToken() } // works without a network
tidings.setVisibility(Visibility.FOREGROUND) // nothing connects before`,
  swift: (server: string, app: string) => `var config = TidingsConfig(
    serverURL: URL(string: "${server}")!,
    appID: "${app}",
    dataDirectory: folder)
config.locale = Locale.preferredLanguages.first
tidings = try await TidingsClient.open(config)
try await tidings.signIn(key: userID, token: fetchToken)  // works without a network
tidings.setVisibility(.foreground)  // nothing connects before`,
} as const;
