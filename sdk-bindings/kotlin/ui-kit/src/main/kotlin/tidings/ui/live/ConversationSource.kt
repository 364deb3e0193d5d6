package tidings.ui.live

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.map
import tidings.sdk.Answering
import tidings.sdk.Content
import tidings.sdk.Conversation
import tidings.sdk.ConversationItem
import tidings.sdk.FieldValue
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Older
import tidings.sdk.SyncState
import tidings.sdk.TidingsClient

/** What the screen of a thread needs of the package. Failures are [tidings.sdk.TidingsException]. */
public interface ConversationSource {
    public val item: Flow<ConversationItem?>
    public val messages: Flow<List<MessageItem>>
    public val typing: Flow<String?>
    public val sync: Flow<SyncState>
    public val answering: Flow<Answering>

    public suspend fun draft(): String?
    public suspend fun setDraft(text: String)
    public fun sayTyping()

    /** @param quoting the message that it answers, if any. */
    public suspend fun send(contents: List<Content>, quoting: MessageId?)
    public suspend fun edit(message: MessageId, text: String)
    public suspend fun delete(message: MessageId)
    public suspend fun retry(message: MessageId)
    public suspend fun discard(message: MessageId)
    public suspend fun choose(question: MessageId, optionId: String)
    public suspend fun answer(question: MessageId, answers: Map<String, FieldValue>)

    /** @param words what the person read on the button. */
    public suspend fun decline(question: MessageId, words: String)
    public suspend fun endLivePlace(message: MessageId)
    public suspend fun markRead()
    public suspend fun loadOlder(): Older
    public suspend fun jumpTo(message: MessageId)
    public fun jumpToNewest()
}

/** A thread of a client. */
public class ClientConversation(client: TidingsClient, private val conversation: Conversation) : ConversationSource {
    private val timeline = conversation.timeline()

    override val item: Flow<ConversationItem?> = client.conversations.map { list -> list.firstOrNull { it.id == conversation.id } }
    override val messages: Flow<List<MessageItem>> = timeline.messages
    override val typing: Flow<String?> = conversation.typingAgent
    override val sync: Flow<SyncState> = client.syncState
    override val answering: Flow<Answering> = client.answering

    override suspend fun draft(): String? = conversation.draft()

    override suspend fun setDraft(text: String): Unit = conversation.setDraft(text)

    override fun sayTyping(): Unit = conversation.typing()

    override suspend fun send(contents: List<Content>, quoting: MessageId?) {
        if (quoting == null) conversation.send(contents) else conversation.send(contents, quoting)
    }

    override suspend fun edit(message: MessageId, text: String): Unit = conversation.edit(message, text)

    override suspend fun delete(message: MessageId): Unit = conversation.delete(message)

    override suspend fun retry(message: MessageId) {
        conversation.retry(message)
    }

    override suspend fun discard(message: MessageId) {
        conversation.discard(message)
    }

    override suspend fun choose(question: MessageId, optionId: String) {
        conversation.choose(question, optionId)
    }

    override suspend fun answer(question: MessageId, answers: Map<String, FieldValue>) {
        conversation.answerForm(question, answers)
    }

    override suspend fun decline(question: MessageId, words: String) {
        conversation.declineRequest(question, words)
    }

    override suspend fun endLivePlace(message: MessageId): Unit = conversation.endLivePlace(message)

    override suspend fun markRead(): Unit = conversation.markRead()

    override suspend fun loadOlder(): Older = timeline.loadOlder()

    override suspend fun jumpTo(message: MessageId): Unit = timeline.jumpTo(message)

    override fun jumpToNewest(): Unit = timeline.jumpToNewest()
}
