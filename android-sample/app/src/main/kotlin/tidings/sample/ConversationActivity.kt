package tidings.sample

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.Gravity
import android.widget.ArrayAdapter
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.ListView
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import tidings.sdk.Author
import tidings.sdk.Conversation
import tidings.sdk.ConversationId
import tidings.sdk.MessageItem
import tidings.sdk.SendState
import tidings.sdk.TidingsException

/** One thread: its messages, who is writing, a line to write in. A tap sends a refused message again. */
class ConversationActivity : Activity() {
    private val app get() = application as SampleApp
    private lateinit var rows: ArrayAdapter<String>
    private lateinit var draft: EditText
    private var messages: List<MessageItem> = emptyList()
    private var visible: CoroutineScope? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        rows = ArrayAdapter(this, android.R.layout.simple_list_item_1)
        val list = ListView(this)
        list.adapter = rows
        list.transcriptMode = ListView.TRANSCRIPT_MODE_NORMAL
        list.setOnItemClickListener { _, _, position, _ -> retry(messages[position]) }
        draft = EditText(this)
        val send = Button(this).apply { text = "Send" }
        send.setOnClickListener { send() }
        setContentView(
            LinearLayout(this).apply {
                orientation = LinearLayout.VERTICAL
                addView(list, LinearLayout.LayoutParams(LinearLayout.LayoutParams.MATCH_PARENT, 0, 1f))
                addView(writingLine(send))
            },
        )
    }

    private fun writingLine(send: Button) = LinearLayout(this).apply {
        gravity = Gravity.BOTTOM
        addView(draft, LinearLayout.LayoutParams(0, LinearLayout.LayoutParams.WRAP_CONTENT, 1f))
        addView(send)
    }

    override fun onStart() {
        super.onStart()
        val scope = MainScope().also { visible = it }
        scope.launch {
            val conversation = conversation() ?: return@launch finish()
            launch { conversation.typingAgent.collect { actionBar?.subtitle = it?.let { name -> "$name is writing…" } } }
            conversation.timeline().messages.collect { list ->
                show(list)
                // What is on the screen has been seen.
                if (list.isNotEmpty()) attempt { conversation.markRead() }
            }
        }
    }

    override fun onStop() {
        visible?.cancel()
        super.onStop()
    }

    private fun show(list: List<MessageItem>) {
        messages = list
        rows.clear()
        rows.addAll(list.map { "${author(it)}: ${it.text}${state(it)}" })
    }

    private fun author(item: MessageItem) = when (val author = item.author) {
        Author.Me -> "You"
        is Author.Agent -> author.name
        Author.System -> "—"
    }

    private fun state(item: MessageItem) = when (val state = item.state) {
        null, SendState.Sent -> ""
        SendState.Waiting -> "  (waiting)"
        SendState.Sending -> "  (sending)"
        SendState.Read -> "  ✓"
        is SendState.Failed -> "  (not sent: ${state.refusal.code}; tap to try again)"
    }

    private fun send() {
        val text = draft.text.toString()
        if (text.isBlank()) return
        draft.text.clear()
        app.scope.launch {
            var isKept = false
            attempt { isKept = conversation()?.send(text) != null }
            // Nothing was accepted: the words stand in the line again.
            if (!isKept) draft.text.insert(0, text)
        }
    }

    private fun retry(item: MessageItem) {
        if (item.state is SendState.Failed) app.scope.launch { attempt { conversation()?.retry(item.id) } }
    }

    /** Null when its user has signed out. */
    private suspend fun conversation(): Conversation? {
        val id = ConversationId(intent.getStringExtra(ID) ?: return null)
        return try {
            app.client.await().conversation(id)
        } catch (_: TidingsException) {
            null
        }
    }

    private suspend fun attempt(work: suspend () -> Unit) {
        try {
            work()
        } catch (failure: TidingsException) {
            actionBar?.subtitle = failure.message
        }
    }

    companion object {
        private const val ID = "conversation"

        fun of(context: Context, id: ConversationId): Intent =
            Intent(context, ConversationActivity::class.java).putExtra(ID, id.text)
    }
}
