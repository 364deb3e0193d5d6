package tidings.sdk

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import tidings.sdk.core.CoreAnswering
import tidings.sdk.core.CoreAnsweringListener
import tidings.sdk.core.CoreAppearance
import tidings.sdk.core.CoreAppearanceListener
import tidings.sdk.core.CoreClient
import tidings.sdk.core.CoreNetwork
import tidings.sdk.core.CorePoint
import tidings.sdk.core.CorePushEnvironment
import tidings.sdk.core.CorePushProvider
import tidings.sdk.core.CorePushTarget
import tidings.sdk.core.CoreWebPushKeys
import tidings.sdk.core.CoreScreen
import tidings.sdk.core.CoreSignOut
import tidings.sdk.core.CoreSyncState
import tidings.sdk.core.CoreSyncStateListener
import tidings.sdk.core.CoreTokenFailure
import tidings.sdk.core.CoreTokenProvider
import tidings.sdk.core.CoreTokenRequest
import tidings.sdk.core.CoreUnreadListener
import tidings.sdk.core.CoreVisibility

/**
 * The client, opened once in the life of a process.
 *
 * Cancelling a coroutine that waits for one of these functions stops the waiting and never the work. Failures are
 * [TidingsException].
 */
public class TidingsClient private constructor(private val core: CoreClient) {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    /** Who is signed in. */
    public val account: Account? get() = told { core.account() }?.told()

    /** How the client stands to the server, now and whenever it changes. */
    public val syncState: Flow<SyncState> = live {
        core.observeSyncState(
            object : CoreSyncStateListener {
                override fun onState(state: CoreSyncState) {
                    CoreThreads.keepThis()
                    trySend(state.told())
                }
            },
        )
    }

    /** The user's conversations, newest first, now and whenever they change; empty with nobody signed in. */
    public val conversations: Flow<List<ConversationItem>> = live { core.observeConversations(LiveConversations(this)) }

    /** Unread messages in all conversations, now and whenever that changes. */
    public val unread: Flow<Long> = live {
        core.observeUnread(
            object : CoreUnreadListener {
                override fun onUnread(unread: Long) {
                    CoreThreads.keepThis()
                    trySend(unread)
                }
            },
        )
    }

    /** Who answers and how soon, as the server last said it, now and whenever that changes. */
    public val answering: Flow<Answering> = live {
        core.observeAnswering(
            object : CoreAnsweringListener {
                override fun onAnswering(answering: CoreAnswering) {
                    CoreThreads.keepThis()
                    trySend(answering.told())
                }
            },
        )
    }

    /** How the company wants the app to look, as the server last said it, now and whenever that changes. */
    public val appearance: Flow<Appearance> = live {
        core.observeAppearance(
            object : CoreAppearanceListener {
                override fun onAppearance(appearance: CoreAppearance) {
                    CoreThreads.keepThis()
                    trySend(appearance.told())
                }
            },
        )
    }

    /** Makes the installation's anonymous user the user of the client; works without a network. */
    public suspend fun signInAnonymously(): Unit = told { core.signInAnonymously() }

    /**
     * Makes somebody signed in to the host app the user of the client; works without a network. To be called at each start of
     * the app and whenever its own user changes. The store of any other user is closed and hidden before this returns.
     *
     * @param key a stable key of this person on this phone, such as the company's own user id; it stays on the phone.
     */
    public suspend fun signIn(key: String, tokens: TokenProvider): Unit = told { core.signIn(key, Asking(tokens)) }

    /**
     * Signs in somebody who has used the app anonymously so far: what the anonymous user of this phone has - conversations, what
     * waits to be sent, drafts, what was read - becomes theirs. Works without a network: it is shown as theirs at once, and the
     * server moves it when it is reached. Without an anonymous user it is [signIn], so an app can call it at each start. It cannot
     * be undone.
     */
    public suspend fun signInMerging(key: String, tokens: TokenProvider): Unit =
        told { core.signInMerging(key, Asking(tokens)) }

    /** Signs out; works without a network. The store is hidden before this returns. */
    public suspend fun signOut(store: SignOut): Unit = told {
        core.signOut(
            when (store) {
                SignOut.ERASE -> CoreSignOut.ERASE
                SignOut.KEEP -> CoreSignOut.KEEP
            },
        )
    }

    /** The app came to the screen or left it: a client starts in the background. Only the latest call counts. */
    public fun setVisibility(visibility: Visibility): Unit = told {
        // People travel while an app sleeps.
        core.setTimeZone(timeZone())
        core.setVisibility(
            when (visibility) {
                Visibility.FOREGROUND -> CoreVisibility.FOREGROUND
                Visibility.BACKGROUND -> CoreVisibility.BACKGROUND
            },
        )
    }

    /** The phone got or lost its network. Only the latest call counts. */
    public fun setNetwork(network: Network): Unit = told {
        core.setNetwork(
            when (network) {
                Network.AVAILABLE -> CoreNetwork.AVAILABLE
                Network.UNAVAILABLE -> CoreNetwork.UNAVAILABLE
            },
        )
    }

    /**
     * The person is on this screen of the app now; null: on none. It goes with what they write next, so that an agent sees from
     * where they wrote, with the last five screens before it. Kept in memory alone, and forgotten with the person.
     *
     * @param name what the app's developers call it, the same for everybody; at most 64 bytes, else [ErrorCode.INVALID_INPUT].
     * @param title what its title says, at most 256 bytes.
     * @param detail what it is about, such as the number of an order; at most 256 bytes.
     */
    public fun setScreen(name: String?, title: String? = null, detail: String? = null): Unit =
        told { core.setScreen(name?.let { CoreScreen(it, title, detail) }) }

    /** By what the phone reaches the network now, if that is known. */
    public fun setNetworkKind(kind: NetworkKind?): Unit = told { core.setNetworkKind(kind?.core()) }

    /**
     * Says something of the signed-in person, in the place of all that the app said of them before; works without a network.
     * Agents see it marked as something that nobody vouches for, and what the company's backend says of the same key stands in
     * its place.
     *
     * @param fields by their keys: small letters, digits and `_`, beginning with a letter, at most 40; at most 20 fields. Else
     *   [ErrorCode.INVALID_INPUT] names the key.
     */
    public suspend fun setUserFields(fields: Map<String, CustomValue>): Unit =
        told { core.setUserFields(fields.fields()) }

    /** Connects while the app is in the background: fetches everything, sends everything, closes again. */
    public suspend fun visit(atMost: Duration): Visit =
        told { core.visit(atMost.inWholeMilliseconds.coerceAtLeast(0).toULong()) }.told()

    /**
     * Messages on the phone that hold all these words, newest first. The beginning of a word is enough; accents and case do not
     * matter.
     *
     * @param within the conversation to look in; null: in all of them.
     */
    public suspend fun search(words: String, within: ConversationId? = null, limit: Int = 50): List<MessageItem> =
        told { core.search(words, within?.text, limit.coerceAtLeast(0).toUInt()) }.map { it.told() }

    /**
     * A form of a photo or another file, as a file on the phone: fetched if it is not there, and kept for a while. After a
     * failure it goes on where it was; asked for twice at once, it is fetched once.
     *
     * A larger form does when it is on the phone already, and a file that is no picture has [Variant.ORIGINAL] alone.
     *
     * @param attachmentId as [Part.Attachment] names it.
     */
    public suspend fun file(attachmentId: String, variant: Variant): LocalFile =
        told { core.file(attachmentId, variant.core()) }.told()

    /** What the client takes of the phone's storage now. */
    public suspend fun storageUsage(): StorageUsage = told { core.storageUsage() }.told()

    /**
     * Removes the photos and other files of the signed-in user that can be fetched again, and answers how many bytes that freed. Messages stay, and
     * what is still to be sent; a file that is looked at later is fetched anew.
     */
    public suspend fun clearMedia(): Long = told { core.clearMedia() }

    /** Looks at everything that may be wrong and says what to do about it, the worst first; empty: all is well. */
    public suspend fun diagnose(): List<Finding> = told { core.diagnose() }.told()

    /**
     * A diagnosis with all its facts as a JSON text, for a person to send to whoever helps them: counts, times, codes and
     * versions, and nothing of what anybody wrote or is called.
     */
    public suspend fun exportDiagnostics(): String = told { core.exportDiagnostics() }

    /**
     * Starts a conversation; works without a network.
     *
     * @param fields custom fields, as of [setUserFields]; agents see them, and [Conversation.setFields] changes them.
     */
    public suspend fun startConversation(
        title: String? = null,
        fields: Map<String, CustomValue> = emptyMap(),
    ): Conversation = Conversation(told { core.startConversation(title, fields.fields()) })

    /** A conversation by its id, for instance from a push. Whether it exists is known when it is used. */
    public fun conversation(id: ConversationId): Conversation = Conversation(told { core.conversation(id.text) })

    /**
     * The person is here now: every live share of this phone moves there. Of several places the last one counts; the server is told
     * at most every five seconds, and only when they moved. Answers how many shares run: with 0 there is nothing to measure any
     * more. In the background nothing is connected: follow it with [visit].
     */
    public suspend fun moveLivePlace(point: Point, measuredAt: Instant? = null): Int = told {
        core.moveLivePlace(CorePoint(point.latitude, point.longitude, point.accuracyMetres), measuredAt?.toEpochMilli())
    }.toInt()

    /**
     * The live shares of this phone that run, the first to end first. After a restart nothing measures by itself: an app that finds
     * some here asks the person, or goes on measuring.
     */
    public suspend fun liveShares(): List<LiveShare> = told { core.liveShares() }.map { it.told() }

    /**
     * The token by which Firebase Cloud Messaging wakes this phone; null: leave it alone. Say it whenever there is one, also before anybody has
     * signed in: it is kept for whoever signs in on this phone.
     */
    public suspend fun setFcmToken(token: String?): Unit = told {
        core.setPushTarget(
            token?.let { CorePushTarget(CorePushProvider.FCM, it, CorePushEnvironment.PRODUCTION, null) },
        )
    }

    /**
     * How a UnifiedPush distributor wakes this phone: the endpoint and the keys of its subscription, made with the app's VAPID
     * key. Give what arrives to [PushContent.parse].
     *
     * @param p256dh the subscription's public key, in base 64 (URL alphabet).
     * @param auth its secret, in base 64 (URL alphabet).
     */
    public suspend fun setUnifiedPush(endpoint: String, p256dh: String, auth: String): Unit = told {
        core.setPushTarget(
            CorePushTarget(
                CorePushProvider.WEB_PUSH,
                endpoint,
                CorePushEnvironment.PRODUCTION,
                CoreWebPushKeys(p256dh, auth),
            ),
        )
    }

    /**
     * Does what a push asks for, and says what the app is to do: the message is fetched, the server learns that the push
     * arrived, and what was read meanwhile, on whichever device, is not shown any more. A message that could not be fetched
     * within [atMost] is shown without its words.
     *
     * With nobody signed in, or somebody else, there is [PushDeed.Nothing] to do.
     */
    public suspend fun handlePush(push: PushContent, atMost: Duration = 15.seconds): PushDeed =
        told { core.handlePush(push.core(), atMost.inWholeMilliseconds.coerceAtLeast(0).toULong()) }.told()

    /**
     * The notification of a push was shown: agents see it on their message, and the push makes no noise again. The server is
     * told within [atMost], or the next time.
     */
    public suspend fun pushShown(push: PushContent, atMost: Duration = 5.seconds): Unit =
        told { core.pushShown(push.core(), atMost.inWholeMilliseconds.coerceAtLeast(0).toULong()) }

    /** Closes the client. Everything that was accepted stays in the outbox; things made from it answer [ErrorCode.CLOSED]. */
    public suspend fun close() {
        scope.cancel()
        told { core.shutDown() }
    }

    /** Answers the core's question from a coroutine, because the core's thread must not wait. */
    private inner class Asking(private val tokens: TokenProvider) : CoreTokenProvider {
        override fun request(request: CoreTokenRequest) {
            CoreThreads.keepThis()
            scope.launch {
                request.use {
                    try {
                        it.resolve(tokens.token())
                    } catch (_: TokenRefusedException) {
                        it.fail(CoreTokenFailure.REFUSED)
                    } catch (_: Exception) {
                        it.fail(CoreTokenFailure.TEMPORARY)
                    }
                }
            }
        }
    }

    public companion object {
        /** The version of this package. The compiled core has the same: both are always shipped together. */
        public const val VERSION: String = "0.1.0"

        /** Opens the client in its folder. Signs nobody in, connects nowhere. */
        public suspend fun open(config: TidingsConfig): TidingsClient {
            CoreThreads.keepWorkers()
            return TidingsClient(told { CoreClient.open(config.core()) })
        }
    }
}

/** Where identity tokens come from: the app's own backend. */
public fun interface TokenProvider {
    /**
     * Gets a fresh token, a JWT. Throw [TokenRefusedException] when the person is not signed in any more; anything else that is
     * thrown counts as a backend out of reach, and is tried again after a while. After 60 seconds nobody waits any more.
     */
    public suspend fun token(): String
}

/** The person is not signed in to the host app any more. */
public class TokenRefusedException : Exception("the person is not signed in any more")
