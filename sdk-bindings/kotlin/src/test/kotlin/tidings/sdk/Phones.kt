package tidings.sdk

import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** An app id that no server knows: for phones without a network. */
internal const val NO_APP = "app_01h2xcejqtf2nbrexx3vqjhp41"

/** Nobody listens there. */
internal const val NO_SERVER = "http://127.0.0.1:9"

/** What a phone of the tests is configured with. */
internal fun config(folder: Path, serverUrl: String = NO_SERVER, appId: String = NO_APP) =
    TidingsConfig(serverUrl, appId, folder.toFile(), platform = Platform.OTHER, locale = "en")

/** A phone that is closed when the test is over, however it ends. */
internal fun phone(config: TidingsConfig, test: suspend (TidingsClient) -> Unit) = runBlocking {
    val client = TidingsClient.open(config)
    try {
        test(client)
    } finally {
        client.close()
    }
}

/** Waits until the flow says what is expected, and gives it; fails with what it said last. */
internal suspend fun <T> Flow<T>.until(what: String, atMost: Duration = 20.seconds, expected: (T) -> Boolean): T {
    var last: Any? = "nothing at all"
    try {
        return withTimeout(atMost) {
            first {
                last = it
                expected(it)
            }
        }
    } catch (late: kotlinx.coroutines.TimeoutCancellationException) {
        throw AssertionError("not within $atMost: $what; last: $last", late)
    }
}

/** The failure that the work ends with. */
internal suspend fun failure(work: suspend () -> Unit): TidingsException {
    try {
        work()
    } catch (failure: TidingsException) {
        return failure
    }
    throw AssertionError("this should have failed")
}
