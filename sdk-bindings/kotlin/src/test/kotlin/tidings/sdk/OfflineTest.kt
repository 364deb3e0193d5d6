package tidings.sdk

import java.nio.file.Path
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration.Companion.minutes
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.supervisorScope
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import tidings.sdk.core.CoreClient
import tidings.sdk.core.CoreUnreadListener
import tidings.sdk.core.coreVersion

@Timeout(120)
class OfflineTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `package and core are of one version`() = assertEquals(TidingsClient.VERSION, coreVersion())

    @Test
    fun `what cannot work says so with a code`() = runBlocking {
        val refused = failure { TidingsClient.open(config(folder, appId = "app_nonsense")) }
        assertEquals(ErrorCode.INVALID_CONFIG, refused.code)
        assertEquals("invalid_config", refused.word)
        assertTrue("app_id" in refused.message!!, refused.message)
        assertFalse(refused.retryable)
    }

    @Test
    fun `nobody can write before signing in`() = phone(config(folder)) { phone ->
        assertNull(phone.account)
        assertEquals(ErrorCode.NOT_SIGNED_IN, failure { phone.startConversation() }.code)
        assertEquals(SyncState.SignedOut, phone.syncState.until("signed out") { true })
    }

    @Test
    fun `a message sent without a network waits, and is there after a restart`() {
        var conversation: ConversationId? = null
        var message: MessageId? = null
        phone(config(folder)) { phone ->
            phone.signInAnonymously()
            val thread = phone.startConversation("A broken lamp")
            conversation = thread.id
            message = thread.send("Hello, c'est cassé 💡")
        }
        phone(config(folder)) { phone ->
            phone.signInAnonymously()
            val item = phone.conversations.until("the thread") { it.isNotEmpty() }.single()
            assertEquals(conversation, item.id)
            assertEquals("A broken lamp", item.title)
            assertEquals(Opening.Waiting, item.opening)
            val timeline = phone.conversation(item.id).timeline()
            val shown = timeline.messages.until("the message") { it.isNotEmpty() }.single()
            assertEquals(message, shown.id)
            assertEquals("Hello, c'est cassé 💡", shown.text)
            assertEquals(listOf<Part>(Part.Text("Hello, c'est cassé 💡")), shown.parts)
            assertEquals(Author.Me, shown.author)
            assertEquals(SendState.Waiting, shown.state)
            assertNull(shown.seq)
        }
    }

    @Test
    fun `a live list follows what is sent and what is thrown away`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        val timeline = thread.timeline()
        val first = thread.send("one")
        val second = thread.send("two")
        assertEquals(
            listOf("one", "two"),
            timeline.messages.until("both") { it.size == 2 }.map { it.text },
        )
        assertEquals(Discarded.REMOVED, thread.discard(first))
        assertEquals(listOf(second), timeline.messages.until("one left") { it.size == 1 }.map { it.id })
    }

    @Test
    fun `what waits is edited and taken back where it is`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        val timeline = thread.timeline()
        val first = thread.send("helo")
        val second = thread.send("never mind")
        thread.edit(first, "hello")
        thread.delete(second)
        val left = timeline.messages.until("the edited one") { it.size == 1 }.single()
        assertEquals("hello", left.text)
        assertNull(left.amending, "it is sent with its new words")
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.edit(first, " ") }.code)
        assertEquals(ErrorCode.NOT_FOUND, failure { thread.delete(second) }.code)
    }

    @Test
    fun `a wrong key is an error with a code where it is set`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val wrong = mapOf("Order" to CustomValue.Text("4711"))
        val refused = failure { phone.startConversation(fields = wrong) }
        assertEquals(ErrorCode.INVALID_INPUT, refused.code)
        assertTrue("`Order`" in refused.message!!, refused.message)
        val good = mapOf("order" to CustomValue.Text("4711"), "paid" to CustomValue.Boolean(true))
        val thread = phone.startConversation("A lamp", good)
        thread.setFields(mapOf("total" to CustomValue.Number(12.5), "at" to CustomValue.Time(java.time.Instant.EPOCH)))
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.setFields(wrong) }.code)
        assertEquals(ErrorCode.INVALID_INPUT, failure { phone.setUserFields(wrong) }.code)
        phone.setUserFields(good)
        assertEquals(ErrorCode.INVALID_INPUT, failure { phone.setScreen("x".repeat(65)) }.code)
        phone.setScreen("checkout", title = "Checkout", detail = "order 4711")
        phone.setScreen(null)
        phone.setNetworkKind(NetworkKind.WIFI)
    }

    @Test
    fun `text out of bounds is refused and changes nothing`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.send("") }.code)
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.send("x".repeat(16 * 1024 + 1)) }.code)
        thread.send("x".repeat(16 * 1024))
        assertEquals(1, thread.timeline().messages.until("the allowed one") { it.isNotEmpty() }.size)
    }

    @Test
    fun `cancelling the coroutine that sends does not lose the message`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        var returned = false
        supervisorScope {
            // Undispatched: it runs up to where it waits for the core, and not further.
            val sending = launch(start = CoroutineStart.UNDISPATCHED) {
                thread.send("written in a hurry")
                returned = true
            }
            sending.cancelAndJoin()
        }
        assertFalse(returned, "it was cancelled while it waited")
        val shown = thread.timeline().messages.until("the message") { it.isNotEmpty() }.single()
        assertEquals("written in a hurry", shown.text)
    }

    @Test
    fun `many coroutines send at once and each message is there once`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        val sent = supervisorScope { List(40) { async { thread.send("message $it") } }.awaitAll() }
        val shown = thread.timeline().messages.until("all") { it.size == 40 }
        assertEquals(sent.toSet(), shown.map { it.id }.toSet())
    }

    @Test
    fun `a collector that throws ends alone`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        supervisorScope {
            val broken = async { thread.timeline().messages.collect { error("a bug of the app") } }
            assertEquals("a bug of the app", runCatching { broken.await() }.exceptionOrNull()?.message)
        }
        thread.send("still here")
        thread.timeline().messages.until("the message") { list -> list.any { it.text == "still here" } }
    }

    @Test
    fun `an exception in a listener ends that call and nothing else`() = runBlocking {
        val core = CoreClient.open(config(folder).core())
        val called = CompletableDeferred<Unit>()
        val told = CompletableDeferred<Long>()
        val broken = core.observeUnread(
            object : CoreUnreadListener {
                override fun onUnread(unread: Long) {
                    called.complete(Unit)
                    error("a bug of the app")
                }
            },
        )
        called.await()
        val sound = core.observeUnread(
            object : CoreUnreadListener {
                override fun onUnread(unread: Long) {
                    told.complete(unread)
                }
            },
        )
        assertEquals(0, told.await())
        broken.cancel()
        sound.cancel()
        core.shutDown()
    }

    /** As Compose's does: whatever runs on it, and whatever is put on it, holds one lock. */
    private class Locking : CoroutineDispatcher() {
        private val lock = Any()
        private val waiting = ArrayDeque<Runnable>()
        val thread: ExecutorService = Executors.newSingleThreadExecutor()

        override fun dispatch(context: CoroutineContext, block: Runnable) {
            synchronized(lock) { waiting.add(block) }
            thread.execute { synchronized(lock) { waiting.removeFirst().run() } }
        }
    }

    @Test
    @Timeout(20)
    fun `a collector is cancelled in the moment in which it is told`() = phone(config(folder)) { phone ->
        val locking = Locking()
        withContext(locking) {
            repeat(300) { round ->
                val collector = launch { phone.unread.collect {} }
                // From none to a few turns, so that some are cancelled while the core is telling them.
                repeat(round % 7) { yield() }
                collector.cancelAndJoin()
            }
        }
        locking.thread.shutdown()
    }

    @Test
    fun `the core calls from few threads that are made once`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        val before = ThreadCount.startedSoFar()
        coroutineScope {
            val last = async { thread.timeline().messages.until("all") { it.size == 100 } }
            repeat(100) { thread.send("message $it") }
            last.await()
        }
        val made = ThreadCount.startedSoFar() - before
        assertTrue(made < 20, "100 changes made $made threads")
    }

    @Test
    fun `another user sees nothing of the first, who finds everything again`() = phone(config(folder)) { phone ->
        val never = TokenProvider { throw java.io.IOException("no backend here") }
        phone.signIn("ana", never)
        phone.startConversation("Ana's").send("for my eyes")
        val old = phone.conversations.until("Ana's thread") { it.isNotEmpty() }.single().id
        val handle = phone.conversation(old)

        phone.signIn("bob", never)
        assertEquals(emptyList<ConversationItem>(), phone.conversations.until("Bob's list") { true })
        assertEquals(ErrorCode.CLOSED, failure { handle.send("too late") }.code)

        phone.signOut(SignOut.KEEP)
        assertNull(phone.account)
        phone.signIn("ana", never)
        assertEquals(old, phone.conversations.until("Ana's thread again") { it.isNotEmpty() }.single().id)

        phone.signOut(SignOut.ERASE)
        phone.signIn("ana", never)
        assertEquals(emptyList<ConversationItem>(), phone.conversations.until("nothing left") { it.isEmpty() })
    }

    @Test
    fun `places, drafts, search and jumps work without a network`() = phone(config(folder)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        thread.setDraft("Où est mon colis ?")
        assertEquals("Où est mon colis ?", thread.draft())
        assertEquals("Où est mon colis ?", phone.conversations.until("the draft") { it.isNotEmpty() }.single().draft)
        val asked = thread.send("Où est mon colis ?")
        assertNull(thread.draft())
        val place = Content.Place(Point(46.94809, 7.44744), Precision.ROUNDED, label = "Bern")
        val sent = thread.send(listOf(Content.Text("here"), place))
        val shown = thread.timeline().messages.until("both") { it.size == 2 }
        assertEquals(Part.Location(46.95, 7.45, 800.0, "Bern", null), shown.single { it.id == sent }.parts[1])
        val nowhere = failure { thread.send(listOf(Content.Place(Point(0.0, 0.0)))) }
        assertEquals(ErrorCode.INVALID_INPUT, nowhere.code)
        assertTrue("0, 0" in nowhere.message!!, nowhere.message)
        assertEquals(listOf(asked), phone.search("ou colis").map { it.id })
        assertEquals(emptyList<MessageItem>(), phone.search("colis", within = phone.startConversation().id))
        val timeline = thread.timeline()
        timeline.jumpTo(asked)
        assertEquals(Newer.END, timeline.loadNewer())
        timeline.jumpToNewest()
        val answered = thread.send(listOf(Content.Text("still here")), quoting = sent)
        val quoting = thread.timeline().messages.until("the quote") { it.size == 3 }
        val expected = QuoteHead(Author.Me, "here", Part.Location(46.95, 7.45, 800.0, "Bern", null), deleted = false)
        assertEquals(Quote(sent, expected), quoting.single { it.id == answered }.quote)
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.choose(asked, "y") }.code)
        val answers = mapOf<String, FieldValue>("n" to FieldValue.Number(2.0))
        assertEquals(ErrorCode.INVALID_INPUT, failure { thread.answerForm(asked, answers) }.code)
    }

    @Test
    fun `an app without places refuses them`() = phone(config(folder).copy(locations = Locations.OFF)) { phone ->
        phone.signInAnonymously()
        val thread = phone.startConversation()
        val refused = failure { thread.send(listOf(Content.Place(Point(1.0, 2.0)))) }
        assertEquals(ErrorCode.SWITCHED_OFF, refused.code)
        assertEquals(ErrorCode.SWITCHED_OFF, failure { thread.shareLivePlace(ShareFor.HOUR) }.code)
    }

    @Test
    fun `a live place is shared if the app switched it on and ends at once without a network`() =
        phone(config(folder).copy(locations = Locations.LIVE)) { phone ->
            phone.signInAnonymously()
            val thread = phone.startConversation()
            assertEquals(0, phone.moveLivePlace(Point(46.94809, 7.44744)))
            val message = thread.shareLivePlace(ShareFor.QUARTER_HOUR)
            val shown = thread.timeline().messages.until("the share") { it.isNotEmpty() }.single()
            val share = Part.LiveLocation(15.minutes, until = null, ended = false, last = null)
            assertEquals(listOf<Part>(share), shown.parts)
            assertEquals(listOf(message), phone.liveShares().map { it.messageId })
            assertEquals(1, phone.moveLivePlace(Point(46.94809, 7.44744, 12.5), measuredAt = java.time.Instant.now()))
            assertEquals(ErrorCode.INVALID_INPUT, failure { thread.shareLivePlace(ShareFor.HOUR) }.code)
            thread.endLivePlace(message)
            assertEquals(emptyList<LiveShare>(), phone.liveShares())
            thread.timeline().messages.until("nothing") { it.isEmpty() }
        }

    @Test
    fun `a diagnosis says what is wrong and what to do`() = phone(config(folder)) { phone ->
        val lines = java.util.concurrent.ConcurrentLinkedQueue<String>()
        TidingsLog.handTo({ level, target, message -> lines.add("$level $target $message") }, LogLevel.DEBUG)
        phone.signInAnonymously()
        phone.startConversation().send("a secret word")
        phone.setVisibility(Visibility.FOREGROUND)
        phone.syncState.until("tried") { it is SyncState.Waiting }
        val found = phone.diagnose()
        assertEquals("server_unreachable", found.first().code)
        assertEquals(Severity.ERROR, found.first().severity)
        assertTrue(found.all { it.what.isNotBlank() && it.fix.isNotBlank() })
        val exported = phone.exportDiagnostics()
        assertTrue("server_unreachable" in exported && "secret" !in exported, exported)
        assertTrue(lines.isNotEmpty() && lines.none { "secret" in it }, lines.toString())
        assertEquals(ErrorCode.INVALID_CONFIG, failure { TidingsLog.handTo({ _, _, _ -> }) }.code)
    }

    @Test
    fun `a closed client answers closed`() = runBlocking {
        val phone = TidingsClient.open(config(folder))
        phone.signInAnonymously()
        val thread = phone.startConversation()
        phone.close()
        assertEquals(ErrorCode.CLOSED, failure { thread.send("too late") }.code)
        phone.close()
    }

    @Test
    fun `a push of ours is read, others are not`() {
        val user = "usr_01h2xcejqtf2nbrexx3vqjhp41"
        val conversation = "cnv_01h2xcejqtf2nbrexx3vqjhp41"
        val message = "msg_01h2xcejqtf2nbrexx3vqjhp41"
        val ours =
            """{"v":1,"user_id":"$user","conversation_id":"$conversation","message_id":"$message","seq":7,"badge":3}"""
        assertEquals(
            PushContent(user, ConversationId(conversation), MessageId(message), 7, 3),
            PushContent.parse(mapOf("tidings" to ours)),
        )
        assertEquals(PushContent.parse(mapOf("tidings" to ours)), PushContent.parse("""{"title":"Ana","tidings":$ours}"""))
        val several = ours.dropLast(1) + ""","kind":"summary","count":7}"""
        val summary = PushContent.parse(mapOf("tidings" to several))!!
        assertEquals(PushKind.SUMMARY to 7L, summary.kind to summary.count)
        assertNull(PushContent.parse(mapOf("campaign" to "spring")))
        assertNull(PushContent.parse(mapOf("tidings" to "{")))
    }
}

private object ThreadCount {
    /** How many threads the JVM has seen since it runs, those of native code included. */
    fun startedSoFar(): Long = java.lang.management.ManagementFactory.getThreadMXBean().totalStartedThreadCount
}
