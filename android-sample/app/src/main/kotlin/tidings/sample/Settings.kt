package tidings.sample

/** Your server. 10.0.2.2 is, for the emulator, the machine it runs on; a release needs `https`. */
internal const val SERVER_URL = "http://10.0.2.2:8080"

/** The app's id, which `tidings init` printed. It is no secret. */
internal const val APP_ID = "app_00000000000000000000000000"

/** Your backend's endpoint that answers `?user=…` with an identity token. In a real app it knows by its own session who asks. */
internal const val TOKEN_URL = "http://10.0.2.2:9000/tidings-token"
