package tidings.ui

import java.io.File
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import tidings.sdk.Author
import tidings.sdk.Content
import tidings.sdk.ConversationId
import tidings.sdk.ErrorCode
import tidings.sdk.MessageId
import tidings.sdk.Older
import tidings.sdk.Part
import tidings.sdk.Platform
import tidings.sdk.Point
import tidings.sdk.Precision
import tidings.sdk.RequestFor
import tidings.sdk.TidingsClient
import tidings.sdk.TidingsConfig
import tidings.ui.live.ClientConversation
import tidings.ui.live.ConversationModel
import tidings.ui.live.KeptModels
import tidings.ui.model.Attached
import tidings.ui.model.OlderMessages

/** What becomes of words between the tap and the outbox, and of what cannot go there. */
class SendingTest {
    @TempDir
    lateinit var folder: File

    /** Everything happens at once, so that a test sees what each step leaves behind. */
    private val scope = CoroutineScope(Dispatchers.Unconfined)
    private val thread = FakeThread()
    private val model = ConversationModel(thread, Words.english, scope)
    private val photo = Attached.File("1", "parcel.jpg", 10, true, Content.File(ByteArray(10), "parcel.jpg"))

    @AfterEach
    fun stop() = scope.cancel()

    @Test
    fun words_stand_in_the_draft_until_their_message_is_accepted() {
        val taken = CompletableDeferred<Unit>()
        thread.sending = { taken.await() }
        model.attach(photo)
        model.take(Wish.Write("Here it is"))
        model.take(Wish.Send)
        assertEquals("", model.composer.value.text)
        // The process may die here: a photo is still taken in.
        assertEquals("Here it is", thread.drafts.last())
        model.take(Wish.Write("And"))
        assertEquals("Here it is\nAnd", thread.drafts.last())
        taken.complete(Unit)
        assertEquals("And", thread.drafts.last())
    }

    @Test
    fun a_line_that_was_accepted_leaves_no_draft() {
        model.take(Wish.Write("Hello"))
        model.take(Wish.Send)
        assertEquals("", thread.drafts.last())
    }

    @Test
    fun what_is_refused_stands_in_the_line_again_before_what_was_written_since() {
        val taken = CompletableDeferred<Unit>()
        thread.sending = { taken.await() }
        model.attach(photo)
        model.take(Wish.Write("Here it is"))
        model.take(Wish.Send)
        model.take(Wish.Write("Hello?"))
        taken.completeExceptionally(failure(ErrorCode.INVALID_INPUT, "the picture is broken: no end"))
        assertEquals("Here it is\nHello?", model.composer.value.text)
        assertEquals(listOf<Attached>(photo), model.composer.value.attached)
        assertEquals("Here it is\nHello?", thread.drafts.last())
    }

    @Test
    fun an_edit_that_is_refused_is_edited_again_and_keeps_what_was_being_written() = runBlocking {
        val full = FakeThread(listOf(message("m1", Author.Me, 5, "Frist"))).also { it.sending = { throw failure(ErrorCode.STORAGE_FULL) } }
        val said = ConversationModel(full, Words.english, scope)
        val running = scope.launch { said.run() }
        withTimeout(WAIT) { said.view.first { it.lines != null } }
        said.take(Wish.Write("half a sen"))
        said.take(Wish.Edit(MessageId("m1")))
        said.take(Wish.Write("First"))
        said.take(Wish.Send)
        running.cancel()
        assertEquals(listOf("First", "half a sen"), listOf(said.composer.value.text, said.composer.value.before))
    }

    @Test
    fun a_request_is_answered_by_what_is_picked_and_declined_in_the_words_of_the_button() = runBlocking {
        val asked = message("r1", ANA, 5, "For the driver", parts = listOf(Part.Request(RequestFor.PLACE)))
        val asking = FakeThread(listOf(asked))
        val said = ConversationModel(asking, Words.french, scope)
        val running = scope.launch { said.run() }
        withTimeout(WAIT) { said.view.first { it.lines != null } }
        // As the button does; the picker is the app's.
        assertTrue(said.take(Wish.Reply(asked.id)))
        assertFalse(said.take(Wish.Attach(Offer.PLACE)))
        said.attach(Attached.Place(Point(46.94809, 7.44744), precision = Precision.ROUNDED))
        said.take(Wish.Send)
        assertEquals(listOf<MessageId?>(asked.id), asking.quoting)
        said.take(Wish.Decline(asked.id))
        running.cancel()
        assertEquals(listOf(asked.id to "Je préfère ne pas le faire"), asking.declined)
    }

    @Test
    fun words_do_not_overtake_a_photo_that_is_still_taken_in() {
        val taken = CompletableDeferred<Unit>()
        thread.sending = { taken.await() }
        model.attach(photo)
        model.take(Wish.Send)
        thread.sending = {}
        model.take(Wish.Write("This is what I mean"))
        model.take(Wish.Send)
        assertEquals(emptyList<List<Content>>(), thread.sent)
        taken.complete(Unit)
        assertEquals(listOf(1, 1), thread.sent.map { it.size })
        assertTrue(thread.sent.first().single() is Content.File, "${thread.sent}")
    }

    @Test
    fun older_messages_that_cannot_be_had_are_said_in_their_place_and_had_later() = runBlocking {
        val here = ConversationModel(thread.also { it.older = { throw failure(ErrorCode.NETWORK) } }, Words.english, scope)
        here.take(Wish.LoadOlder)
        here.take(Wish.LoadOlder)
        assertEquals(2, thread.asked)
        val long = FakeThread(listOf(message("m1", ANA, 5, "Hello"))).also { it.older = thread.older }
        val shown = ConversationModel(long, Words.english, scope)
        val running = scope.launch { shown.run() }
        shown.take(Wish.LoadOlder)
        val view = withTimeout(WAIT) { shown.view.first { it.older == OlderMessages.FAILED } }
        assertEquals(null, view.problem)
        long.older = { Older.START }
        shown.take(Wish.LoadOlder)
        withTimeout(WAIT) { shown.view.first { it.older == OlderMessages.NONE } }
        running.cancel()
    }

    @Test
    fun a_refusal_says_what_is_wrong_and_never_to_try_again_what_cannot_work(): Unit = runBlocking {
        val client = TidingsClient.open(TidingsConfig("http://127.0.0.1:9", "app_01h2xcejqtf2nbrexx3vqjhp41", folder.resolve("store"), Platform.OTHER))
        client.signInAnonymously()
        val thread = client.startConversation("My parcel")
        for ((attached, said) in unsendable()) {
            val model = ConversationModel(ClientConversation(client, thread), Words.english, scope)
            val running = scope.launch { model.run() }
            model.attach(attached)
            model.take(Wish.Send)
            val problem = withTimeout(WAIT) { model.view.first { it.problem != null } }.problem
            assertEquals(said, problem)
            assertEquals(listOf(attached), model.composer.value.attached)
            running.cancel()
        }
        client.close()
    }

    @Test
    fun the_model_of_a_thread_is_kept_and_a_link_to_none_is_no_end_of_the_app(): Unit = runBlocking {
        val client = TidingsClient.open(TidingsConfig("http://127.0.0.1:9", "app_01h2xcejqtf2nbrexx3vqjhp41", folder.resolve("store"), Platform.OTHER))
        val id = ConversationId("cnv_01h2xcejqtf2nbrexx3vqjhp41")
        val models = KeptModels(client, scope)
        assertEquals(null, models.conversation(id, Words.english), "nobody is signed in")
        client.signInAnonymously()
        assertEquals(null, models.conversation(ConversationId("x"), Words.english))
        val model = models.conversation(id, Words.english)!!
        model.attach(photo)
        assertEquals(listOf<Attached>(photo), models.conversation(id, Words.english)!!.composer.value.attached)
        assertTrue(models.threads(Words.english) === models.threads(Words.english))
        client.close()
    }

    /** One of each kind of what the core refuses, with what a person is told. */
    private fun unsendable(): List<Pair<Attached, String>> {
        val words = Words.english
        fun file(name: String, bytes: ByteArray) = Attached.File(name, name, bytes.size.toLong(), true, Content.File(bytes, name))
        val heic = byteArrayOf(0, 0, 0, 24) + "ftypheic".toByteArray() + ByteArray(4) + "mif1heic".toByteArray()
        val gone = Content.File(folder.resolve("nowhere.pdf"))
        return listOf(
            file("photo.heic", heic) to words.pictureKind,
            file("large.png", png(10_000, 10_000)) to words.pictureTooLarge,
            file("half.png", png(10, 10)) to words.pictureDamaged,
            file("half.jpg", byteArrayOf(-1, -40, -1, -32, 0, 16)) to words.pictureDamaged,
            file("nothing.txt", ByteArray(0)) to words.fileEmpty,
            Attached.File("gone", "nowhere.pdf", 10, false, gone) to words.fileUnreadable,
            // The line counts what the app says of it; the core counts itself.
            file("huge.jpg", byteArrayOf(-1, -40, -1, -32) + ByteArray(33 * 1024 * 1024)).let {
                Attached.File("huge", it.name, 10, true, it.content)
            } to words.fileTooLarge,
            file("n".repeat(300), byteArrayOf(1)) to words.fileName,
            Attached.Place(Point(45.7, 4.8), "l".repeat(300)) to words.placeNameTooLong,
            Attached.Place(Point(0.0, 0.0)) to words.cannotBeSent,
        )
    }

    /** The head of a PNG of this size, and no picture behind it. */
    private fun png(width: Int, height: Int): ByteArray {
        val head = java.nio.ByteBuffer.allocate(17).put("IHDR".toByteArray()).putInt(width).putInt(height).put(byteArrayOf(8, 2, 0, 0, 0)).array()
        val check = java.util.zip.CRC32().apply { update(head) }.value.toInt()
        val sign = byteArrayOf(-119, 80, 78, 71, 13, 10, 26, 10)
        return sign + java.nio.ByteBuffer.allocate(25).putInt(13).put(head).putInt(check).array() +
            byteArrayOf(0, 0, 0, 100) + "IDAT".toByteArray() + byteArrayOf(0x78, 0x9C.toByte())
    }

    private companion object {
        const val WAIT = 10_000L
    }
}
