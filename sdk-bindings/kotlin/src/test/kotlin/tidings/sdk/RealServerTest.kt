package tidings.sdk

import java.awt.image.BufferedImage
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.withContext
import kotlin.time.Duration.Companion.seconds
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** The package against the real server: what a person and an agent would see. */
@Timeout(120)
class RealServerTest {
    @TempDir
    lateinit var folder: Path

    private lateinit var server: TidingsServer

    @BeforeEach
    fun installServer() {
        val home = folder.resolve("server").toFile().apply { mkdirs() }.toPath()
        server = TidingsServer(home)
    }

    @AfterEach
    fun stopServer() {
        if (::server.isInitialized) server.close()
    }

    @Test
    fun `a person is told when somebody answers, without a network too`() = phone(phoneConfig()) { phone ->
        server.start()
        val tomorrow = java.time.ZonedDateTime.now(java.time.ZoneId.of("Europe/Paris")).plusDays(1)
        inbox().answersOn(tomorrow.dayOfWeek.name.lowercase())
        assertEquals(Answering(null, null, emptyList()), phone.answering.until("something") { true }, "nobody is signed in")
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val told = phone.answering.until("the hours") { it.backAt != null }
        val nine = tomorrow.toLocalDate().atTime(9, 0).atZone(tomorrow.zone).toInstant()
        assertEquals(Answering(null, nine, emptyList()), told)
        server.kill()
        phone.setVisibility(Visibility.BACKGROUND)
        assertEquals(told, phone.answering.until("what was told") { true })
    }

    @Test
    fun `a phone looks as the company wants, without a network too`() = phone(phoneConfig()) { phone ->
        server.start()
        assertEquals(Appearance(null, null, null, null), phone.appearance.until("something") { true }, "nobody is signed in")
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val own = phone.appearance.until("the app's own name") { it.name != null }
        assertEquals(null, own.accent)
        inbox().looks("Martin", "#c2410c", "fr", "Bonjour")
        val told = phone.appearance.until("the logo") { it.logo != null }
        assertEquals("Martin", told.name)
        assertEquals("Bonjour", told.greeting, "the first, in whichever language")
        val white = 0xFFFFFFFF.toInt()
        assertEquals(Tone(0xFFC2410C.toInt(), white), told.accent!!.light)
        assertEquals(Tone(0xFFD37650.toInt(), 0xFF000000.toInt()), told.accent!!.dark)
        server.kill()
        phone.setVisibility(Visibility.BACKGROUND)
        assertEquals(told, phone.appearance.until("what was told") { true })
    }

    @Test
    fun `sent without a network, delivered when it comes, answered live`() = phone(phoneConfig()) { phone ->
        // The server is not even started: nothing but the outbox can have the message.
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val thread = phone.startConversation("A broken lamp")
        val sent = thread.send("It flickers")
        val messages = thread.timeline().messages
        assertEquals(SendState.Waiting, waitingState(messages.until("the message") { it.isNotEmpty() }.single()))

        server.start()
        // The network comes back: the wait is cut short.
        phone.setNetwork(Network.UNAVAILABLE)
        phone.setNetwork(Network.AVAILABLE)
        phone.syncState.until("live") { it == SyncState.Live }
        val confirmed = messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }.single()
        assertEquals(sent, confirmed.id, "the confirmed message takes the place of the echo")
        assertEquals(1, confirmed.seq)

        val inbox = inbox()
        assertEquals(listOf("It flickers"), inbox.texts(thread.id))
        inbox.reply(thread.id, "We send you a new one ✓")
        val answered = messages.until("the answer") { it.size == 2 }
        assertEquals("We send you a new one ✓", answered.last().text)
        assertTrue(answered.last().author is Author.Agent)
        assertEquals(null, answered.last().state)
        phone.unread.until("one unread") { it == 1L }

        inbox.read(thread.id)
        messages.until("read by the agent") { it.first().state == SendState.Read }
        thread.markRead()
        phone.unread.until("nothing unread") { it == 0L }

        val answer = answered.last()
        thread.send(listOf(Content.Text("How kind")), quoting = answer.id)
        val third = messages.until("the quote arrived") { it.size == 3 && it.last().state == SendState.Sent }.last()
        assertEquals(Quote(answer.id, QuoteHead(answer.author, answer.text, null, false)), third.quote)
        assertEquals(listOf(null, null, answer.id.text), inbox.quotes(thread.id))
    }

    @Test
    fun `what an agent asks for is shared roughly, or declined`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val thread = phone.startConversation("The driver")
        thread.send("Where is my parcel?")
        val messages = thread.timeline().messages
        messages.until("sent") { it.singleOrNull()?.state == SendState.Sent }
        val inbox = inbox()
        inbox.ask(thread.id, "So that the driver finds you", "place")
        val asked = messages.until("asked") { it.size == 2 }.last()
        assertEquals(listOf(Part.Text("So that the driver finds you"), Part.Request(RequestFor.PLACE)), asked.parts)
        val place = Content.Place(Point(46.94809, 7.44744), Precision.ROUNDED)
        thread.send(listOf(place), quoting = asked.id)
        messages.until("the place arrived") { it.size == 3 && it.last().state == SendState.Sent }
        assertEquals(asked.id.text, inbox.quotes(thread.id).last())
        assertEquals("46.95", inbox.newest(thread.id).single().jsonObject["latitude"]!!.jsonPrimitive.content)

        inbox.ask(thread.id, "To see the lid", "photo")
        val photo = messages.until("asked again") { it.size == 4 }.last()
        thread.declineRequest(photo.id, "Plutôt pas")
        val declined = messages.until("declined") { it.size == 5 && it.last().state == SendState.Sent }.last()
        val choice = declined.parts.single() as Part.Choice
        assertEquals(Part.Choice(photo.id, "declined", "Plutôt pas"), choice)
        assertTrue(choice.declines)
        assertEquals("declined", inbox.newest(thread.id).single().jsonObject["option_id"]!!.jsonPrimitive.content)
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.declineRequest(declined.id, "no") }.code)
    }

    @Test
    fun `an agent sees from where somebody wrote and what is said of them`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        phone.setScreen("cart")
        phone.setScreen("checkout", detail = "order 4711")
        val thread = phone.startConversation("A lamp", mapOf("order" to CustomValue.Text("4711")))
        phone.setUserFields(mapOf("plan" to CustomValue.Text("gold")))
        thread.send("It flickers")
        thread.timeline().messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }
        phone.setScreen("settings")
        thread.send("Still")
        thread.timeline().messages.until("both") { all -> all.count { it.state == SendState.Sent } == 2 }
        thread.setFields(mapOf("order" to CustomValue.Text("4712")))
        val inbox = inbox()
        val card = inbox.cardWith(thread.id) { "4712" in it && "gold" in it }
        assertEquals(listOf("settings", "checkout"), inbox.screens(card))
        assertTrue(java.util.TimeZone.getDefault().id in card, card)
    }

    @Test
    fun `a cancelled send arrives all the same`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val thread = phone.startConversation()
        supervisorScope {
            val sending = launch(start = CoroutineStart.UNDISPATCHED) { thread.send("in a hurry") }
            sending.cancel()
            sending.join()
        }
        thread.timeline().messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }
        assertEquals(listOf("in a hurry"), inbox().texts(thread.id))
    }

    @Test
    fun `a server that is killed and comes back gets each message once`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val thread = phone.startConversation()
        thread.send("before")
        val messages = thread.timeline().messages
        messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }
        server.kill()
        thread.send("during")
        server.start()
        messages.until("both confirmed", atMost = 60.seconds) { list ->
            list.map { it.text } == listOf("before", "during") && list.all { it.state == SendState.Sent }
        }
        assertEquals(listOf("before", "during"), inbox().texts(thread.id))
    }

    @Test
    fun `two users of one phone each have their own threads`() = phone(phoneConfig()) { phone ->
        server.start()
        val backend = backend()
        phone.setVisibility(Visibility.FOREGROUND)

        phone.signIn("ana") { backend.token("ana") }
        val anas = phone.startConversation("Ana's")
        anas.send("from Ana")
        anas.timeline().messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }
        val ana = phone.account!!
        assertTrue(!ana.anonymous)

        phone.signIn("bob") { backend.token("bob") }
        phone.syncState.until("live as Bob") { it == SyncState.Live }
        assertEquals(emptyList<ConversationItem>(), phone.conversations.until("Bob's list") { true })
        val bobs = phone.startConversation("Bob's")
        bobs.send("from Bob")
        bobs.timeline().messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }

        phone.signIn("ana") { backend.token("ana") }
        val list = phone.conversations.until("Ana's thread") { it.isNotEmpty() }
        assertEquals(listOf(anas.id), list.map { it.id })
        phone.syncState.until("live as Ana") { it == SyncState.Live }
        assertEquals(ana.userId, phone.account!!.userId)
        assertEquals(listOf("from Bob"), inbox().texts(bobs.id))
    }

    @Test
    fun `what was written anonymously is theirs who sign in`() = phone(phoneConfig()) { phone ->
        server.start()
        val backend = backend()
        phone.setVisibility(Visibility.FOREGROUND)
        phone.signInAnonymously()
        val anonymous = phone.startConversation("Before")
        anonymous.send("Do you have my size?")
        anonymous.timeline().messages.until("confirmed") { it.singleOrNull()?.state == SendState.Sent }
        phone.setNetwork(Network.UNAVAILABLE)
        anonymous.send("And in red?")
        phone.signInMerging("ana") { backend.token("ana") }
        assertTrue(!phone.account!!.anonymous)
        val thread = phone.conversation(anonymous.id)
        thread.timeline().messages.until("both") { it.size == 2 }
        phone.setNetwork(Network.AVAILABLE)
        thread.timeline().messages.until("both confirmed") { list -> list.all { it.state == SendState.Sent } }
        assertEquals(listOf("Do you have my size?", "And in red?"), inbox().texts(thread.id))
        phone(phoneConfig("tablet")) { tablet ->
            tablet.signIn("ana") { backend.token("ana") }
            tablet.setVisibility(Visibility.FOREGROUND)
            assertEquals(listOf(thread.id), tablet.conversations.until("the thread") { it.isNotEmpty() }.map { it.id })
        }
    }

    @Test
    fun `a second phone of the same person has the thread, and older messages page by page`() {
        server.start()
        val backend = backend()
        val texts = List(70) { "message ${it + 1}" }
        var id: ConversationId? = null
        phone(phoneConfig()) { phone ->
            phone.signIn("ana") { backend.token("ana") }
            val thread = phone.startConversation()
            texts.forEach { thread.send(it) }
            assertEquals(Visit.DONE, phone.visit(60.seconds))
            id = thread.id
        }
        phone(phoneConfig("second phone")) { phone ->
            phone.setVisibility(Visibility.FOREGROUND)
            phone.signIn("ana") { backend.token("ana") }
            val item = phone.conversations.until("the thread") { it.isNotEmpty() }.single()
            assertEquals(id, item.id)
            assertEquals("message 70", item.lastMessage?.text)
            val timeline = phone.conversation(item.id).timeline()
            assertEquals(texts.takeLast(50), timeline.messages.until("a page") { it.size == 50 }.map { it.text })
            var asked = 0
            while (timeline.loadOlder() == Older.MORE) check(++asked < 10) { "the first message is never reached" }
            assertEquals(texts, timeline.messages.until("everything") { it.size == 70 }.map { it.text })
        }
    }

    @Test
    fun `ten thousand answers come while somebody looks on, in order and each once`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        phone.setVisibility(Visibility.FOREGROUND)
        val thread = phone.startConversation()
        thread.send("Tell me everything")
        val timeline = thread.timeline()
        timeline.messages.until("sent") { it.singleOrNull()?.state == SendState.Sent }
        val inbox = inbox()
        val texts = List(10_000) { "answer ${it + 1}" }
        val shown = coroutineScope {
            val shown = async {
                var newest = 0L
                timeline.messages.until("the last answer", 100.seconds) { list ->
                    val seqs = list.mapNotNull { it.seq }
                    check(seqs.zipWithNext().all { (one, next) -> next == one + 1 }) { "out of order or doubled: $seqs" }
                    check(seqs.last() >= newest) { "${seqs.last()} after $newest" }
                    newest = seqs.last()
                    newest == texts.size + 1L
                }
            }
            withContext(Dispatchers.IO) {
                texts.chunked(texts.size / 8).map { some -> async { some.forEach { inbox.reply(thread.id, it) } } }.awaitAll()
            }
            shown.await()
        }
        assertEquals(texts.toSet(), shown.drop(1).map { it.text }.toSet())
        phone.unread.until("all of them unread") { it == texts.size.toLong() }
    }

    @Test
    fun `a refused token is told and a good one mends it`() = phone(phoneConfig()) { phone ->
        server.start()
        val backend = backend()
        phone.setVisibility(Visibility.FOREGROUND)
        phone.signIn("ana") { throw TokenRefusedException() }
        phone.syncState.until("a token is wanted") { it == SyncState.NeedsToken }
        phone.signIn("ana") { backend.token("ana") }
        phone.syncState.until("live") { it == SyncState.Live }
    }

    @Test
    fun `a visit from the background fetches and sends`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        val thread = phone.startConversation()
        thread.send("from the background")
        assertEquals(Visit.DONE, phone.visit(20.seconds))
        val inbox = inbox()
        assertEquals(listOf("from the background"), inbox.texts(thread.id))
        inbox.reply(thread.id, "seen")
        assertEquals(Visit.DONE, phone.visit(20.seconds))
        assertEquals("seen", thread.timeline().messages.until("the answer") { it.size == 2 }.last().text)
    }

    @Test
    fun `a push is shown with its message, answered, and cleared when it was read`() = phone(phoneConfig()) { phone ->
        server.start()
        phone.signInAnonymously()
        val thread = phone.startConversation("Parcel")
        thread.send("hello?")
        assertEquals(Visit.DONE, phone.visit(20.seconds))
        inbox().reply(thread.id, "on its way")
        assertEquals(Visit.DONE, phone.visit(20.seconds))
        val answer = thread.timeline().messages.until("the answer") { it.size == 2 }.last()
        val push = PushContent(phone.account!!.userId!!, thread.id, answer.id, answer.seq!!, 9)

        val shown = phone.handlePush(push) as PushDeed.Show
        assertEquals("on its way", shown.message?.text)
        assertEquals(listOf("Parcel", answer.id.text, 1L, false), listOf(shown.title, shown.identity, shown.badge, shown.again))
        phone.pushShown(push)
        assertTrue((phone.handlePush(push) as PushDeed.Show).again)
        // An answer from the notification.
        phone.conversation(shown.conversationId).send("thank you")
        assertEquals(Visit.DONE, phone.visit(20.seconds))
        assertEquals(listOf("hello?", "on its way", "thank you"), inbox().texts(thread.id))
        thread.markRead()
        assertEquals(PushDeed.Nothing, phone.handlePush(push))
        assertEquals(
            PushDeed.Clear(thread.id, push.seq, 0),
            phone.handlePush(push.copy(kind = PushKind.CLEAR, badge = 0)),
        )
        assertEquals(PushDeed.Nothing, phone.handlePush(push.copy(userId = "usr_01h2xcejqtf2nbrexx3vqjhp41")))
        assertEquals(ErrorCode.INVALID_INPUT, failure { phone.handlePush(push.copy(userId = "ana")) }.code)
    }

    @Test
    fun `a photo goes up and comes down on another phone`() = phone(phoneConfig()) { phone ->
        server.start()
        val backend = backend()
        phone.signIn("ana") { backend.token("ana") }
        phone.setVisibility(Visibility.FOREGROUND)
        val thread = phone.startConversation()
        val list = folder.resolve("list.txt").toFile().apply { writeText("one, two") }
        thread.send(listOf(Content.Text("look"), Content.File(png(300, 200), "lamp.png"), Content.File(list)))
        val sent = thread.timeline().messages.until("sent") { it.singleOrNull()?.state == SendState.Sent }.single()
        assertEquals(emptyList<FileProgress>(), sent.uploading)
        val (photo, text) = sent.parts.filterIsInstance<Part.Attachment>()
        assertEquals(listOf("lamp.jpg", 300, 200), listOf(photo.name, photo.width, photo.height))
        assertEquals("list.txt", text.name)

        phone(phoneConfig("other")) { other ->
            other.signIn("ana") { backend.token("ana") }
            other.setVisibility(Visibility.FOREGROUND)
            other.syncState.until("live") { it == SyncState.Live }
            val fetched = other.file(photo.id, Variant.SCREEN)
            assertEquals(300, ImageIO.read(fetched.file).width)
            assertEquals("one, two", other.file(text.id, Variant.ORIGINAL).file.readText())
            val nothing = failure { other.file("att_01h2xcejqtf2nbrexx3vqjhp41", Variant.ORIGINAL) }
            assertEquals(ErrorCode.NOT_FOUND, nothing.code)
        }
    }

    private fun png(width: Int, height: Int): ByteArray {
        val bytes = java.io.ByteArrayOutputStream()
        ImageIO.write(BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", bytes)
        return bytes.toByteArray()
    }

    private fun phoneConfig(name: String = "phone") = config(folder.resolve(name), server.url, server.text("app_id"))

    private fun inbox() = Inbox(server.url, server.text("email"), server.text("password"))

    private fun backend() = Backend(server.text("app_id"), server.text("identity_secret"))

    /** Waiting and sending take turns while the server cannot be reached. */
    private fun waitingState(item: MessageItem): SendState? =
        if (item.state == SendState.Sending) SendState.Waiting else item.state
}

private fun TidingsServer.text(field: String): String = installation[field]!!.jsonPrimitive.content
