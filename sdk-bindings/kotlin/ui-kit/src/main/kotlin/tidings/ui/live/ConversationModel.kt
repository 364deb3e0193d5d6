package tidings.ui.live

import java.time.Instant
import java.time.ZoneId
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import tidings.sdk.Answering
import tidings.sdk.ConversationState
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Older
import tidings.sdk.TidingsException
import tidings.ui.Wish
import tidings.ui.Words
import tidings.ui.model.Attached
import tidings.ui.model.Composer
import tidings.ui.model.ConversationView
import tidings.ui.model.Moments
import tidings.ui.model.NewestMessages
import tidings.ui.model.OlderMessages
import tidings.ui.model.expectation
import tidings.ui.model.firstNew
import tidings.ui.model.goesOn
import tidings.ui.model.joined
import tidings.ui.model.linesOf
import tidings.ui.model.noticeOf
import tidings.ui.model.quoted
import tidings.ui.model.reason

/**
 * One thread, as [view] and [composer], for as long as [run] runs. It does what the person wants, and leaves to the app what only
 * an app can do: pickers, maps, the clipboard, leaving the screen.
 *
 * @param expected when an answer may be expected, in the app's own words; null: what the server says of it.
 * @param scope of the app, not of the screen: what the person wanted happens although the screen goes.
 */
public class ConversationModel(
    private val source: ConversationSource,
    private val words: Words,
    private val scope: CoroutineScope,
    private val expected: String? = null,
    private val zone: ZoneId = ZoneId.systemDefault(),
    private val now: () -> Instant = Instant::now,
) {
    private data class Here(
        val older: OlderMessages = OlderMessages.MORE,
        val newest: NewestMessages = NewestMessages.SHOWN,
        val problem: String? = null,
        val answering: Answering? = null,
    )

    private val here = MutableStateFlow(Here())
    private val shown = MutableStateFlow(ConversationView.loading(words.untitled))
    private val writing = MutableStateFlow(Composer())
    private val drafts = Mutex()

    /** Sent by the person and not accepted yet: a photo takes seconds, and until then its words are nowhere else. */
    private val sending = MutableStateFlow<List<Composer>>(emptyList())
    private val sends = Mutex()
    private var messages: List<MessageItem> = emptyList()

    /** The first that was new when the thread was last opened; [hasLooked] says that it was looked for. */
    private var new: MessageId? = null
    private var hasLooked = false
    private var hasDraft = false

    @Volatile
    private var hasWritten = false

    /** What the screen shows. */
    public val view: StateFlow<ConversationView> = shown.asStateFlow()

    /** What stands in the line to write in. */
    public val composer: StateFlow<Composer> = writing.asStateFlow()

    /** Follows the thread until it is cancelled, and says that what it shows was seen: call it while the screen can be seen. */
    public suspend fun run(): Unit = coroutineScope {
        // Whoever has begun to write, or has sent it already, goes on from there.
        if (!hasDraft) attempt { source.draft()?.let { draft -> if (!hasWritten) writing.update { it.copy(text = draft) } } }
        hasDraft = true
        hasLooked = false
        launch { source.messages.distinctUntilChanged().conflate().collect { if (it.isNotEmpty()) attempt { source.markRead() } } }
        launch { source.answering.collect { answering -> here.update { it.copy(answering = answering) } } }
        combine(source.item, source.messages, source.typing, source.sync, here) { item, list, typing, sync, here ->
            messages = list
            if (!hasLooked && item != null) {
                // A turn of the phone finds nothing new, and leaves the line where it is.
                if (item.unread > 0) new = firstNew(list, item.unread)
                hasLooked = true
            }
            val moments = Moments(now(), zone, words)
            ConversationView(
                title = item?.title?.takeIf { it.isNotBlank() } ?: words.untitled,
                lines = linesOf(list, new, moments),
                older = if (list.isEmpty()) OlderMessages.NONE else here.older,
                newest = here.newest,
                notice = noticeOf(sync),
                expected = expected ?: here.answering?.let { expectation(it, moments) },
                typing = typing,
                closed = item?.state == ConversationState.CLOSED,
                goesOn = item?.let { goesOn(it, words) },
                problem = here.problem,
            )
        }.collect { shown.value = it }
    }

    /** Something was picked. */
    public fun attach(attached: Attached): Unit = writing.update { it.attach(attached) }

    /** Does what the person wants; false: it is for the app to do. */
    public fun take(wish: Wish): Boolean {
        when (wish) {
            is Wish.Write -> write(wish.text)
            Wish.Send -> send()
            is Wish.Remove -> change { it.remove(wish.attached) }
            is Wish.ChangePlace -> change { it.change(wish.place) }
            is Wish.Reply -> messages.firstOrNull { it.id == wish.message }?.let { message ->
                change { it.copy(replying = quoted(message, words)) }
            }
            Wish.LeaveReply -> change { it.copy(replying = null) }
            is Wish.ShowQuoted -> jumpTo(wish.message)
            is Wish.Edit -> text(wish.message)?.let { text -> change { it.edit(wish.message, text) } }
            Wish.LeaveEditing -> change { it.leaveEditing() }
            is Wish.Delete -> act { source.delete(wish.message) }
            is Wish.Retry -> act { source.retry(wish.message) }
            is Wish.Discard -> act { source.discard(wish.message) }
            is Wish.Choose -> act { source.choose(wish.question, wish.optionId) }
            is Wish.Answer -> act { source.answer(wish.question, wish.answers) }
            is Wish.Decline -> act { source.decline(wish.question, words.ratherNot) }
            is Wish.EndLive -> act { source.endLivePlace(wish.message) }
            Wish.LoadOlder -> loadOlder()
            Wish.ToNewest -> toNewest()
            Wish.DismissProblem -> here.update { it.copy(problem = null) }
            Wish.Back, Wish.SignIn, is Wish.Attach, is Wish.Copy, is Wish.OpenPicture, is Wish.OpenFile, is Wish.OpenPlace,
            is Wish.OpenThread,
            is Wish.ShareLive,
            -> return false
        }
        return true
    }

    /** The words of a message, to copy them. */
    public fun text(message: MessageId): String? = messages.firstOrNull { it.id == message }?.plain

    /** Shows a message that is on the phone, such as one that a search found. */
    public fun jumpTo(message: MessageId): Unit = act {
        source.jumpTo(message)
        here.update { it.copy(newest = NewestMessages.ELSEWHERE, older = OlderMessages.MORE) }
    }

    private fun write(text: String) {
        change { it.copy(text = text) }
        if (text.isNotEmpty()) act { source.sayTyping() }
    }

    /** Changes the line. Its words outlive the process, also when the screen goes at once; those of an edit do not. */
    private fun change(step: (Composer) -> Composer) {
        hasWritten = true
        val before = draft
        writing.update(step)
        if (draft != before) keepDraft()
    }

    /** All that would be lost with the process: what is being sent, and what stands in the line. */
    private val draft: String
        get() {
            val line = writing.value
            return joined(sending.value.map { it.text } + if (line.editing == null) line.text else line.before)
        }

    /** Whoever comes last writes what is to be kept then, so that the order does not matter. */
    private fun keepDraft(): Unit = act {
        drafts.withLock {
            // Of more than a message holds the line says so itself; what fitted last is kept.
            draft.takeIf { it.toByteArray().size <= Composer.TEXT_BYTES }?.let { source.setDraft(it) }
        }
    }

    private fun send() {
        val line = writing.value
        if (!line.canSend(words)) return
        if (line.editing != null) return saveEdit(line.editing, line)
        sending.update { it + line }
        change { Composer() }
        // One after the other, in the order of the taps: words must not overtake a photo that is still taken in.
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            val accepted = sends.withLock { attempt { source.send(line.contents(), line.replying?.message) } }
            if (!accepted) change { it.takeBack(line) }
            sending.update { it - line }
            keepDraft()
        }
    }

    private fun saveEdit(message: MessageId, line: Composer) {
        change { it.leaveEditing() }
        scope.launch {
            val accepted = attempt { source.edit(message, line.text.trim()) }
            // The words stand in the line again, unless another message is edited by now.
            if (!accepted) change { if (it.editing == null) it.edit(message, line.text) else it }
        }
    }

    private fun loadOlder() {
        if (here.value.older != OlderMessages.MORE && here.value.older != OlderMessages.FAILED) return
        here.update { it.copy(older = OlderMessages.LOADING) }
        scope.launch {
            val found = try {
                if (source.loadOlder() == Older.START) OlderMessages.NONE else OlderMessages.MORE
            } catch (_: TidingsException) {
                // Said where they would stand, with a button.
                OlderMessages.FAILED
            }
            here.update { it.copy(older = found) }
        }
    }

    private fun toNewest() {
        if (here.value.newest == NewestMessages.SHOWN) return
        act {
            source.jumpToNewest()
            here.update { it.copy(newest = NewestMessages.SHOWN) }
        }
    }

    private fun act(work: suspend () -> Unit) {
        scope.launch { attempt(work) }
    }

    /** What does not work is said on the screen; false: it did not. */
    private suspend fun attempt(work: suspend () -> Unit): Boolean = try {
        work()
        true
    } catch (cancelled: CancellationException) {
        throw cancelled
    } catch (failure: TidingsException) {
        here.update { it.copy(problem = reason(failure, words)) }
        false
    }
}
