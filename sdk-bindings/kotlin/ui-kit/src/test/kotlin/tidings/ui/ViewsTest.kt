package tidings.ui

import java.time.Instant
import java.util.Base64
import java.util.Locale
import kotlin.time.Duration.Companion.minutes
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import tidings.sdk.Answering
import tidings.sdk.Author
import tidings.sdk.Content
import tidings.sdk.ConversationId
import tidings.sdk.LivePlace
import tidings.sdk.MergedInto
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Part
import tidings.sdk.Point
import tidings.sdk.Precision
import tidings.sdk.Quote
import tidings.sdk.Refusal
import tidings.sdk.RequestFor
import tidings.sdk.SendState
import tidings.sdk.SyncState
import tidings.ui.model.Act
import tidings.ui.model.Attached
import tidings.ui.model.Composer
import tidings.ui.model.GoesOn
import tidings.ui.model.InGroup
import tidings.ui.model.Line
import tidings.ui.model.Notice
import tidings.ui.model.Piece
import tidings.ui.model.RequestAnswer
import tidings.ui.model.RowMark
import tidings.ui.model.expectation
import tidings.ui.model.firstNew
import tidings.ui.model.goesOn
import tidings.ui.model.linesOf
import tidings.ui.model.letters
import tidings.ui.model.linksOf
import tidings.ui.model.noticeOf
import tidings.ui.model.size
import tidings.ui.model.threadsView
import tidings.ui.parts.Thumbhash
import tidings.ui.parts.marked
import tidings.ui.parts.spoken

/** What is shown of what the package tells. */
class ViewsTest {
    @Test
    fun messages_of_one_author_within_five_minutes_are_a_group() {
        val list = listOf(message("a", ANA, 20, "1"), message("b", ANA, 18, "2"), message("c", ANA, 16, "3"), message("d", ANA, 5, "4"))
        assertEquals(listOf(InGroup.FIRST, InGroup.MIDDLE, InGroup.LAST, InGroup.ONLY), bubbles(list).map { it.place })
    }

    @Test
    fun each_day_has_its_line_and_the_first_new_message_breaks_a_group() {
        val list = listOf(message("a", ANA, 60 * 24, "1"), message("b", ANA, 4, "2"), message("c", ANA, 3, "3"))
        val lines = linesOf(list, MessageId("c"), moments())
        assertEquals(listOf("Yesterday", "Today"), lines.filterIsInstance<Line.Day>().map { it.label })
        assertEquals(lines.indexOf(Line.New) + 1, lines.indexOfFirst { it.key == "c" })
        assertEquals(InGroup.ONLY, bubbles(list, MessageId("c")).last().place)
    }

    @Test
    fun the_first_new_message_is_one_of_others() {
        val list = listOf(message("a", ANA, 9), message("b", ANA, 8), message("c", Author.Me, 7), message("d", ANA, 6))
        assertEquals(MessageId("b"), firstNew(list, 2))
        assertNull(firstNew(list, 0))
    }

    @Test
    fun only_what_helps_is_offered() {
        fun acts(state: SendState, text: String = "words") = bubbles(listOf(message("a", Author.Me, 1, text, state = state))).single().acts
        assertEquals(listOf(Act.REPLY, Act.COPY, Act.EDIT, Act.DELETE), acts(SendState.Sent))
        assertEquals(listOf(Act.REPLY, Act.COPY, Act.EDIT, Act.CANCEL), acts(SendState.Waiting))
        assertEquals(listOf(Act.RETRY, Act.DISCARD, Act.COPY), acts(SendState.Failed(tidings.sdk.Refusal("x", ""))))
        assertEquals(emptyList<Act>(), bubbles(listOf(message("a", Author.Me, 1, deleted = true))).single().acts)
    }

    @Test
    fun a_quoted_message_is_said_as_it_is_now() {
        val heads = bubbles(quotes(ENGLISH)).map { it.quoted?.author to it.quoted?.text }
        val wanted = listOf(null to null, "Ana Ruiz" to ENGLISH.question, "You" to "Photo", null to "Earlier message", "You" to "Message deleted")
        assertEquals(wanted, heads)
    }

    @Test
    fun a_live_place_says_until_when_and_how_old_it_is_and_can_be_ended_by_who_shares_it() {
        val last = LivePlace(45.7605, 4.8597, 18.0, null, NOW.minusSeconds(60))
        fun shown(author: Author, part: Part) = bubbles(listOf(message("l", author, 5, parts = listOf(part)))).single()
        fun said(line: Line.Bubble) = line.pieces.single() as Piece.Live
        val mine = shown(Author.Me, sharing(last))
        val place = Piece.Place(45.7605, 4.8597, null, "within 18 m")
        assertEquals(Piece.Live(MessageId("l"), place, "Until 4:00 PM", "Last place at 3:04 PM", stops = true), plain(said(mine)))
        assertEquals(listOf(Act.REPLY, Act.STOP_SHARING, Act.DELETE), mine.acts)
        val theirs = shown(ANA, sharing(last))
        assertFalse(said(theirs).stops)
        assertEquals(listOf(Act.REPLY), theirs.acts)
        assertEquals("No place yet", said(shown(Author.Me, sharing(null))).seen)
        // The server's word of the end may still be on its way.
        val late = Part.LiveLocation(15.minutes, NOW, false, last)
        for (over in listOf(late, late.copy(ended = true, last = null))) {
            assertEquals(Piece.Live(MessageId("l"), null, "No longer shared", null, stops = false), said(shown(Author.Me, over)))
        }
    }

    /** Java writes a narrow space before AM and PM from version 20 on. */
    private fun plain(piece: Piece.Live) = piece.copy(says = piece.says.replace('\u202f', ' '), seen = piece.seen?.replace('\u202f', ' '))

    @Test
    fun only_what_says_that_it_is_an_address_is_a_link() {
        fun found(text: String) = linksOf(text).map { text.substring(it.start, it.end).also { same -> assertEquals(same, it.text) } }
        assertEquals(listOf("https://example.com/a?b=c#d"), found("See https://example.com/a?b=c#d."))
        assertEquals(listOf("HTTP://EXAMPLE.COM", "mailto:lena@example.com", "tel:+41315550100"), found("HTTP://EXAMPLE.COM, mailto:lena@example.com (tel:+41315550100)!"))
        val none = "www.example.com lena@example.com +41 31 555 01 00 javascript:alert(1) file:///etc/passwd ahttps://x https:// tel: intent://x"
        assertEquals(emptyList<String>(), found(none))
        assertEquals(listOf("https://example.com/طرد"), found("انظر https://example.com/طرد نعم"))
    }

    @Test
    fun a_request_waits_until_what_is_asked_for_or_a_refusal_answers_it() {
        val asked = message("r1", ANA, 30, "For the driver", parts = listOf(Part.Request(RequestFor.PLACE)))
        val quote = Quote(asked.id, null)
        val place = Part.Location(45.76, 4.86, null, null, null)
        val gone = message("b", Author.Me, 8, parts = listOf(place), quote = quote, state = SendState.Failed(Refusal("x", "")))
        fun answer(vararg after: MessageItem) =
            bubbles(listOf(asked) + after).first().pieces.filterIsInstance<Piece.Request>().single().answer
        assertNull(answer(message("a", Author.Me, 9, "why?", quote = quote)), "words about it")
        assertNull(answer(message("a", Author.Me, 9, parts = listOf(place))), "a place for something else")
        assertNull(answer(message("a", Author.Me, 9, parts = listOf(photo("p")), quote = quote)), "a photo")
        assertNull(answer(gone), "what was refused")
        val given = message("c", Author.Me, 7, parts = listOf(place), quote = quote, state = SendState.Waiting)
        val declined = message("d", Author.Me, 6, parts = listOf(Part.Choice(asked.id, "declined", "No")))
        assertEquals(RequestAnswer(given.id, false), answer(gone, given, declined), "the first counts")
        assertEquals(RequestAnswer(declined.id, true), answer(declined, given))
        assertNull(answer(message("d", Author.Me, 6, deleted = true, quote = quote)), "what was taken back")
    }

    @Test
    fun words_that_are_set_off_are_heard_and_listed_without_marks() {
        val (typed, said, code) = marks(ENGLISH)
        assertEquals("2*3*4 **?** ${ENGLISH.fine}", letters((bubbles(listOf(typed)).single().pieces.single() as Piece.Words).blocks))
        val heard = spoken(bubbles(listOf(said)).single(), Words.english)
        assertTrue(heard.contains("\n2. My parcel (track.example.com)\n"), heard)
        assertFalse(heard.contains('*'), heard)
        val rows = threadsView(listOf(thread("c", "Marks", said, 1)), null, moments()).rows!!
        assertTrue(rows.single().preview.startsWith("${ENGLISH.where} Lyon Part-Dieu, My parcel L-4711 "), rows.single().preview)
        assertEquals(listOf(0..3), marked((bubbles(listOf(code)).single().pieces.single() as Piece.Words).blocks).code)
        val drawn = marked((bubbles(listOf(said)).single().pieces.single() as Piece.Words).blocks)
        assertEquals(listOf("My parcel (track.example.com)" to "https://track.example.com/lyon-4711"), drawn.links.map { drawn.text.text.substring(it.start, it.end) to it.text })
        assertEquals(listOf(ENGLISH.hello), drawn.quotes.map { drawn.text.text.substring(it) })
        assertEquals(2, drawn.text.text.count { it == '•' })
    }

    @Test
    fun an_answered_question_is_closed() {
        val choices = bubbles(questions(ENGLISH)).flatMap { it.pieces }.filterIsInstance<Piece.Choices>()
        assertEquals(listOf(false, true), choices.map { it.open })
    }

    @Test
    fun a_row_shows_what_matters_most() {
        val rows = threadsView(threadList(ENGLISH), null, moments()).rows!!
        assertEquals(listOf(null, null, RowMark.WAITING, null, RowMark.FAILED, RowMark.CLOSED, RowMark.FAILED), rows.map { it.mark })
        assertEquals("You: Photo", rows[2].preview)
        assertEquals("Conversation", rows[2].title)
    }

    @Test
    fun a_merged_thread_says_where_it_goes_on() {
        val item = thread("c1", "Mine", null, 1)
        assertEquals(null, goesOn(item, Words.english))
        fun merged(title: String?) = item.copy(mergedInto = MergedInto(ConversationId("c2"), title))
        assertEquals(GoesOn(ConversationId("c2"), "Goes on in “Order 4711”"), goesOn(merged("Order 4711"), Words.english))
        assertEquals("Se poursuit dans « Conversation »", goesOn(merged(" "), Words.french)?.says)
    }

    @Test
    fun connecting_for_a_moment_is_no_notice_of_words() {
        assertEquals(Notice.UPDATING, noticeOf(SyncState.Connecting))
        assertEquals(Notice.OFFLINE, noticeOf(SyncState.Offline))
        assertEquals(Notice.UNREACHABLE, noticeOf(SyncState.Waiting(Instant.EPOCH)))
        assertNull(noticeOf(SyncState.Live))
    }

    @Test
    fun more_is_kept_than_is_promised() {
        fun says(minutes: Long?, back: String?, words: Words = Words.english) =
            expectation(Answering(minutes?.minutes, back?.let(Instant::parse), emptyList()), moments(words))
                // Later versions of Java put a narrow space there.
                ?.replace('\u202f', ' ')
        assertNull(says(null, null))
        assertEquals("We usually answer within a few minutes.", says(10, null))
        assertEquals("We usually answer within an hour.", says(11, null))
        assertEquals("We usually answer within 3 hours.", says(121, null))
        assertEquals("We usually answer within a day.", says(20 * 60 + 1, null))
        assertEquals("Nous répondons en général en 2 jours.", says(24 * 60 + 1, null, Words.french))
        val now = moments().now
        assertEquals("We usually answer within an hour.", says(60, now.toString()), "that has passed")
        assertEquals("Write now; we will be back on Monday at 9:00 AM.", says(60, "2026-11-23T08:00:00Z"))
        assertEquals("Écrivez dès maintenant ; nous serons de retour lundi à 09:00.", says(60, "2026-11-23T08:00:00Z", Words.french))
        assertEquals("Write now; we will be back on December 25, 2026 at 9:00 AM.", says(60, "2026-12-25T08:00:00Z"))
    }

    @Test
    fun numbers_and_days_are_written_as_the_language_does() {
        assertEquals("2.4 MB", size(2_412_000, Locale.UK))
        assertEquals("2,4 Mo", size(2_412_000, Locale.FRANCE))
        assertEquals("0 message non lu", Words.french.counted(Words.french.unread, 0))
        assertEquals("0 unread messages", Words.english.counted(Words.english.unread, 0))
        assertEquals("Mercredi", moments(Words.french).dayLine(java.time.LocalDate.parse("2026-11-18")))
    }

    @Test
    fun a_phone_in_a_third_language_reads_english_in_english() {
        assertEquals(Words.english, wordsFor(Locale.GERMANY))
        assertEquals("fr-CA", wordsFor(Locale.CANADA_FRENCH).language)
    }

    @Test
    fun a_place_that_is_hidden_and_has_no_name_is_not_sent() {
        val place = Attached.Place(Point(45.7, 4.8), "", Precision.HIDDEN)
        assertFalse(Composer(attached = listOf(place)).canSend(Words.english))
        val named = Composer().attach(place).attach(place.copy(label = " Home "))
        assertEquals(listOf(Content.Place(Point(45.7, 4.8), Precision.HIDDEN, "Home")), named.contents())
    }

    @Test
    fun what_is_too_much_is_said() {
        fun file(key: Int, bytes: Long, picture: Boolean) =
            Attached.File("$key", "a.jpg", bytes, picture, Content.File(ByteArray(1), "a.jpg"))
        assertEquals("a.jpg is larger than 33.6 MB.", Composer(attached = listOf(file(1, 40_000_000, true))).problem(Words.english))
        assertNull(Composer(attached = listOf(file(1, 40_000_000, false))).problem(Words.english))
        assertEquals(Words.english.tooManyFiles, Composer(attached = List(11) { file(it, 1, false) }).problem(Words.english))
        assertEquals("Too long by 1 character", Composer("a".repeat(Composer.TEXT_BYTES + 1)).problem(Words.english))
        assertEquals("Too long by 1 character", Composer("a".repeat(Composer.TEXT_BYTES - 1) + "😀").problem(Words.english))
    }

    @Test
    fun what_was_being_written_comes_back_after_an_edit() {
        val line = Composer("half a sen").edit(MessageId("a"), "old").edit(MessageId("b"), "older")
        assertEquals("older", line.text)
        assertEquals(Composer("half a sen"), line.leaveEditing())
    }

    @Test
    fun a_placeholder_has_the_colours_and_the_shape_of_its_picture() {
        val blur = Thumbhash.read(Base64.getDecoder().decode(THUMBHASH))!!
        assertEquals(23 to 32, blur.width to blur.height)
        // A bright warm sky over a dark ground.
        val (sky, ground) = blur.color(11, 8) to blur.color(11, 30)
        assertTrue(sky.red > 0.5f && sky.red > sky.blue, "$sky")
        assertTrue(ground.red + ground.green + ground.blue < 0.6f, "$ground")
        assertNull(Thumbhash.read(byteArrayOf(1, 2)))
    }

    private fun bubbles(list: List<tidings.sdk.MessageItem>, new: MessageId? = null) =
        linesOf(list, new, moments()).filterIsInstance<Line.Bubble>()
}
