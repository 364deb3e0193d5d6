package tidings.ui.live

import kotlinx.coroutines.CoroutineScope
import tidings.sdk.ConversationId
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsException
import tidings.ui.Words

/**
 * The models of one person's screens, for as long as this object lives: keep it where a turn of the phone does not reach, in the
 * app's `Application` or in a `ViewModel`, and make another one for another person. A model that a composable alone remembers is lost
 * with each turn, and what was picked and not sent with it.
 *
 * For one thread, the main one.
 *
 * @param scope of the app, not of a screen: what the person wanted happens although the screen goes.
 */
public class KeptModels(private val client: TidingsClient, private val scope: CoroutineScope) {
    private var list: Pair<Words, ThreadsModel>? = null
    private var open: Open? = null

    private class Open(val id: ConversationId, val words: Words, val model: ConversationModel)

    /** The list of threads. */
    public fun threads(words: Words): ThreadsModel =
        list?.takeIf { it.first == words }?.second ?: ThreadsModel(client, words).also { list = words to it }

    /**
     * A thread, as it was left if it is the one that was opened last. Null when the id is none - a link may say anything - or when
     * nobody is signed in: safe to call while composing.
     */
    public fun conversation(id: ConversationId, words: Words): ConversationModel? {
        open?.takeIf { it.id == id && it.words == words }?.let { return it.model }
        val conversation = try {
            client.conversation(id)
        } catch (_: TidingsException) {
            return null
        }
        val model = ConversationModel(ClientConversation(client, conversation), words, scope)
        open = Open(id, words, model)
        return model
    }
}
