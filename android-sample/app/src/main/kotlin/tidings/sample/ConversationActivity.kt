package tidings.sample

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.graphics.BitmapFactory
import android.view.Gravity
import android.view.View
import android.view.ViewGroup
import android.widget.ArrayAdapter
import android.widget.Button
import android.widget.EditText
import android.widget.ImageView
import android.widget.LinearLayout
import android.widget.ListView
import android.widget.TextView
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import tidings.sdk.Author
import tidings.sdk.Content
import tidings.sdk.Conversation
import tidings.sdk.ConversationId
import tidings.sdk.MessageItem
import tidings.sdk.Part
import tidings.sdk.SendState
import tidings.sdk.TidingsException
import tidings.sdk.Variant

/** One thread: its messages and photos, who is writing, a line to write in. A tap sends a refused message again. */
class ConversationActivity : Activity() {
    private val app get() = application as SampleApp
    private lateinit var rows: ArrayAdapter<MessageItem>
    private lateinit var draft: EditText
    private var messages: List<MessageItem> = emptyList()
    private var visible: CoroutineScope? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        rows = Rows()
        val list = ListView(this)
        list.adapter = rows
        list.transcriptMode = ListView.TRANSCRIPT_MODE_NORMAL
        list.setOnItemClickListener { _, _, position, _ -> retry(messages[position]) }
        draft = EditText(this)
        val send = Button(this).apply { text = "Send" }
        send.setOnClickListener { send() }
        val photo = Button(this).apply { text = "Photo" }
        photo.setOnClickListener { pick() }
        setContentView(
            LinearLayout(this).apply {
                orientation = LinearLayout.VERTICAL
                addView(list, LinearLayout.LayoutParams(LinearLayout.LayoutParams.MATCH_PARENT, 0, 1f))
                addView(writingLine(photo, send))
            },
        )
    }

    private fun writingLine(photo: Button, send: Button) = LinearLayout(this).apply {
        gravity = Gravity.BOTTOM
        addView(photo)
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
        rows.addAll(list)
    }

    /** A message's words, and its first photo under them. */
    private inner class Rows : ArrayAdapter<MessageItem>(this, android.R.layout.simple_list_item_1) {
        override fun getView(position: Int, convertView: View?, parent: ViewGroup): View {
            val item = messages[position]
            val words = TextView(this@ConversationActivity).apply { text = "${author(item)}: ${item.text}${state(item)}" }
            val image = ImageView(this@ConversationActivity)
            item.parts.filterIsInstance<Part.Attachment>().firstOrNull { it.width != null }?.let { load(it, image) }
            return LinearLayout(this@ConversationActivity).apply {
                orientation = LinearLayout.VERTICAL
                addView(words)
                addView(image)
            }
        }
    }

    private fun load(photo: Part.Attachment, into: ImageView) {
        visible?.launch {
            attempt {
                val file = app.client.await().file(photo.id, Variant.THUMBNAIL).file
                into.setImageBitmap(BitmapFactory.decodeFile(file.path))
            }
        }
    }

    private fun pick() {
        val photos = Intent(Intent.ACTION_GET_CONTENT).setType("image/*").addCategory(Intent.CATEGORY_OPENABLE)
        startActivityForResult(photos, PICKED)
    }

    @Deprecated("the sample does without AndroidX, where the newer way is")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        val picked = data?.data ?: return
        if (request != PICKED || result != RESULT_OK) return
        app.scope.launch {
            attempt {
                val bytes = contentResolver.openInputStream(picked)?.use { it.readBytes() } ?: return@attempt
                conversation()?.send(listOf(Content.File(bytes, name = "photo.jpg")))
            }
        }
    }

    private fun author(item: MessageItem) = when (val author = item.author) {
        Author.Me -> "You"
        is Author.Agent -> author.name
        Author.System -> "—"
    }

    private fun state(item: MessageItem) = when (val state = item.state) {
        null, SendState.Sent -> ""
        SendState.Waiting -> item.uploading.firstOrNull()?.let { "  (${(it.progress * 100).toInt()} %)" } ?: "  (waiting)"
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
        private const val PICKED = 1

        fun of(context: Context, id: ConversationId): Intent =
            Intent(context, ConversationActivity::class.java).putExtra(ID, id.text)
    }
}
