package tidings.sample

import tidings.sdk.PlainHttp

/** Your server. 10.0.2.2 is, for the emulator, the machine it runs on; a release needs `https`. */
internal const val SERVER_URL = "http://10.0.2.2:8080"

/** `http` to another machine than this one has to be asked for. [PlainHttp.LOOPBACK_ONLY] in a release. */
internal val PLAIN_HTTP = PlainHttp.ANYWHERE

/** The app's id, which `tidings init` printed. It is no secret. */
internal const val APP_ID = "app_00000000000000000000000000"

/** Your backend's endpoint that answers `?user=…` with an identity token. In a real app it knows by its own session who asks. */
internal const val TOKEN_URL = "http://10.0.2.2:9000/tidings-token"
