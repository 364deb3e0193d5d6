package tidings.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onAllNodesWithContentDescription
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import tidings.sdk.Conversation
import tidings.sdk.Platform
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsConfig
import tidings.sdk.Visibility
import tidings.ui.live.ClientConversation
import tidings.ui.live.ConversationModel
import tidings.ui.live.LiveConversation
import tidings.ui.live.LiveThreads
import tidings.ui.live.ThreadsModel
import tidings.ui.model.Line
import tidings.ui.model.Preview
import tidings.ui.theme.TidingsTheme

/** The screens over the real core, on a phone without a network. */
@OptIn(ExperimentalTestApi::class)
class LiveTest {
    @TempDir
    lateinit var folder: File

    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private lateinit var client: TidingsClient
    private lateinit var thread: Conversation

    @BeforeEach
    fun open(): Unit = runBlocking {
        client = TidingsClient.open(TidingsConfig("http://127.0.0.1:9", "app_01h2xcejqtf2nbrexx3vqjhp41", folder, Platform.OTHER))
        client.signInAnonymously()
        client.setVisibility(Visibility.FOREGROUND)
        thread = client.startConversation("My parcel")
    }

    @AfterEach
    fun close(): Unit = runBlocking {
        scope.cancel()
        client.close()
    }

    @Test
    fun words_that_are_sent_without_a_network_wait_in_a_bubble_and_in_the_list() = runComposeUiTest {
        val model = model()
        setContent { TidingsTheme(words = Words.english) { LiveConversation(model, Painted(), {}) } }
        onNodeWithContentDescription("Message").performTextInput("Where is it?")
        waitUntil(WAIT) { model.composer.value.text == "Where is it?" }
        waitForIdle()
        onNodeWithContentDescription("Send").performClick()
        waitUntil(WAIT) {
            onAllNodesWithContentDescription("You: Where is it?", substring = true).fetchSemanticsNodes().isNotEmpty()
        }
        assertEquals("", model.composer.value.text)
        setContent { TidingsTheme(words = Words.english) { LiveThreads(ThreadsModel(client, Words.english), {}) } }
        waitUntil(WAIT) { onAllNodesWithContentDescription("Waiting to be sent").fetchSemanticsNodes().isNotEmpty() }
    }

    @Test
    fun a_draft_outlives_the_screen_and_an_edit_is_no_draft() = runBlocking {
        runComposeUiTest {
            val model = model()
            setContent { TidingsTheme { LiveConversation(model, Painted(), {}) } }
            waitForIdle()
            model.take(Wish.Write("half a sen"))
            waitUntil(WAIT) { runBlocking { thread.draft() } == "half a sen" }
        }
        val again = model()
        val running = scope.launch { again.run() }
        withTimeout(WAIT) { again.composer.first { it.text == "half a sen" } }
        running.cancel()
        val rows = ThreadsModel(client, Words.english)
        val following = scope.launch { rows.run() }
        val view = withTimeout(WAIT) { rows.view.first { it.rows?.firstOrNull()?.previewIs == Preview.DRAFT } }
        following.cancel()
        assertEquals("Draft: half a sen", view.rows?.first()?.preview)
    }

    @Test
    fun a_waiting_message_is_edited_where_it_waits_and_then_not_sent_at_all() = runBlocking {
        thread.send("Frist words")
        val model = model()
        val running = scope.launch { model.run() }
        val bubble = withTimeout(WAIT) { model.view.first { view -> view.lines?.any { it is Line.Bubble } == true } }.lines!!.filterIsInstance<Line.Bubble>().single()
        assertTrue(model.take(Wish.Edit(bubble.id)))
        assertEquals("Frist words", model.composer.value.text)
        model.take(Wish.Write("First words"))
        model.take(Wish.Send)
        withTimeout(WAIT) { thread.timeline().messages.first { it.singleOrNull()?.text == "First words" } }
        model.take(Wish.Discard(bubble.id))
        withTimeout(WAIT) { model.view.first { view -> view.lines?.none { it is Line.Bubble } == true } }
        running.cancel()
    }

    @Test
    fun a_reply_quotes_a_message_that_waits_itself() = runBlocking {
        val first = thread.send("Frist words")
        val model = model()
        val running = scope.launch { model.run() }
        withTimeout(WAIT) { model.view.first { view -> view.lines?.any { it is Line.Bubble } == true } }
        model.take(Wish.Reply(first))
        assertEquals("Frist words", model.composer.value.replying?.text)
        model.take(Wish.Write("I mean: first"))
        model.take(Wish.Send)
        val list = withTimeout(WAIT) { thread.timeline().messages.first { it.size == 2 } }
        assertEquals(first, list.last().quote?.messageId)
        assertEquals(null, model.composer.value.replying)
        running.cancel()
    }

    @Test
    fun what_only_an_app_can_do_is_left_to_it() {
        assertEquals(listOf(false, false, true), listOf(Wish.Back, Wish.Attach(Offer.PHOTO), Wish.DismissProblem).map(model()::take))
    }

    private fun model() = ConversationModel(ClientConversation(client, thread), Words.english, scope)

    private companion object {
        const val WAIT = 10_000L
    }
}
