package tidings.ui

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.flowOf
import tidings.sdk.Answering
import tidings.sdk.Content
import tidings.sdk.ConversationItem
import tidings.sdk.ErrorCode
import tidings.sdk.FieldValue
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Older
import tidings.sdk.SyncState
import tidings.sdk.TidingsException
import tidings.ui.live.ConversationSource

/** A thread whose answers a test holds in its hands. */
internal open class FakeThread(said: List<MessageItem> = emptyList()) : ConversationSource {
    /** What [setDraft] was told, in order. */
    val drafts = mutableListOf<String>()
    val sent = mutableListOf<List<Content>>()

    /** Which message each of [sent] answers. */
    val quoting = mutableListOf<MessageId?>()
    val declined = mutableListOf<Pair<MessageId, String>>()

    /** What [send] waits for, and what it then does. */
    var sending: suspend () -> Unit = {}
    var older: suspend () -> Older = { Older.START }
    var asked = 0

    override val item: Flow<ConversationItem?> = flowOf(null)
    override val messages: Flow<List<MessageItem>> = MutableStateFlow(said)
    override val typing: Flow<String?> = flowOf(null)
    override val sync: Flow<SyncState> = flowOf(SyncState.Live)
    override val answering: Flow<Answering> = emptyFlow()

    override suspend fun draft(): String? = drafts.lastOrNull()

    override suspend fun setDraft(text: String) {
        drafts += text
    }

    override fun sayTyping() = Unit

    override suspend fun send(contents: List<Content>, quoting: MessageId?) {
        sending()
        sent += contents
        this.quoting += quoting
    }

    override suspend fun edit(message: MessageId, text: String) = sending()
    override suspend fun delete(message: MessageId) = Unit
    override suspend fun retry(message: MessageId) = Unit
    override suspend fun discard(message: MessageId) = Unit
    override suspend fun choose(question: MessageId, optionId: String) = Unit
    override suspend fun answer(question: MessageId, answers: Map<String, FieldValue>) = Unit
    override suspend fun decline(question: MessageId, words: String) {
        declined += question to words
    }

    override suspend fun endLivePlace(message: MessageId) = Unit
    override suspend fun markRead() = Unit

    override suspend fun loadOlder(): Older {
        asked += 1
        return older()
    }

    override suspend fun jumpTo(message: MessageId) = Unit
    override fun jumpToNewest() = Unit
}

/** A failure as the package tells it; apps cannot make one, so neither does its constructor want to be called from here. */
internal fun failure(code: ErrorCode, message: String = ""): TidingsException =
    TidingsException::class.java.declaredConstructors.first { it.parameterCount == 5 }
        .newInstance(code, code.name.lowercase(), message, false, Exception()) as TidingsException
