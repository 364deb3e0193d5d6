package tidings.sdk

import kotlin.coroutines.EmptyCoroutineContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import tidings.sdk.core.CoreConversationStep
import tidings.sdk.core.CoreConversationsListener
import tidings.sdk.core.CoreMessageStep
import tidings.sdk.core.CoreMessagesListener
import tidings.sdk.core.CoreSubscription

/**
 * A flow of how something is: each collector subscribes for itself and first gets how it is now. A slow collector misses what
 * was in between and always gets the newest.
 */
internal fun <T> live(subscribe: ProducerScope<T>.() -> CoreSubscription): Flow<T> = callbackFlow {
    val subscription = subscribe()
    awaitClose {
        // Elsewhere: whoever cancels may hold a lock of its dispatcher, as Compose's does, for which a listener that wakes the
        // same collector waits, and `cancel` waits for the listener. What it still says is not heard any more.
        Dispatchers.IO.dispatch(EmptyCoroutineContext) {
            subscription.cancel()
            subscription.close()
        }
    }
}.conflate()

/** Keeps a list true and gives it on after each round of steps. All calls come from the core's one thread, one at a time. */
internal abstract class LiveList<T>(private val scope: ProducerScope<List<T>>) {
    @Volatile
    private var list: List<T> = emptyList()

    protected fun change(steps: (MutableList<T>) -> Unit) {
        CoreThreads.keepThis()
        val next = list.toMutableList()
        steps(next)
        list = next
        scope.trySend(next)
    }
}

internal class LiveConversations(scope: ProducerScope<List<ConversationItem>>) :
    LiveList<ConversationItem>(scope), CoreConversationsListener {
    override fun onSteps(steps: List<CoreConversationStep>) = change { list -> steps.forEach { list.take(it) } }
}

internal class LiveMessages(scope: ProducerScope<List<MessageItem>>) : LiveList<MessageItem>(scope), CoreMessagesListener {
    override fun onSteps(steps: List<CoreMessageStep>) = change { list -> steps.forEach { list.take(it) } }
}

private fun MutableList<ConversationItem>.take(step: CoreConversationStep) {
    when (step) {
        is CoreConversationStep.Reset -> reset(step.items.map { it.told() })
        is CoreConversationStep.Insert -> add(step.index.toInt(), step.item.told())
        is CoreConversationStep.Update -> set(step.index.toInt(), step.item.told())
        is CoreConversationStep.Remove -> removeAt(step.index.toInt())
        is CoreConversationStep.Move -> add(step.to.toInt(), removeAt(step.from.toInt()))
    }
}

private fun MutableList<MessageItem>.take(step: CoreMessageStep) {
    when (step) {
        is CoreMessageStep.Reset -> reset(step.items.map { it.told() })
        is CoreMessageStep.Insert -> add(step.index.toInt(), step.item.told())
        is CoreMessageStep.Update -> set(step.index.toInt(), step.item.told())
        is CoreMessageStep.Remove -> removeAt(step.index.toInt())
        is CoreMessageStep.Move -> add(step.to.toInt(), removeAt(step.from.toInt()))
    }
}

private fun <T> MutableList<T>.reset(items: List<T>) {
    clear()
    addAll(items)
}
