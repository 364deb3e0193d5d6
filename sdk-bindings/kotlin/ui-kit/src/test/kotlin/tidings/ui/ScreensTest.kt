package tidings.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalUriHandler
import androidx.compose.ui.platform.UriHandler
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertCountEquals
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.click
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isHeading
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToIndex
import androidx.compose.ui.test.performSemanticsAction
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import tidings.sdk.Author
import tidings.sdk.Block
import tidings.sdk.ConversationId
import tidings.sdk.FieldValue
import tidings.sdk.LivePlace
import tidings.sdk.MessageId
import tidings.sdk.Part
import tidings.sdk.Precision
import tidings.sdk.Run
import tidings.sdk.ShareFor
import tidings.ui.model.Attached
import tidings.ui.model.Composer
import tidings.ui.model.ConversationView
import tidings.ui.model.Notice
import tidings.ui.model.OlderMessages
import tidings.ui.model.Quoted
import tidings.ui.model.ThreadsView
import tidings.ui.model.threadsView
import tidings.ui.theme.Tidings
import tidings.ui.theme.TidingsColors
import tidings.ui.theme.TidingsTheme

/** What the screens say to a screen reader, and what comes of a tap. */
@OptIn(ExperimentalTestApi::class)
class ScreensTest {
    private val wishes = mutableListOf<Wish>()
    private val threadWishes = mutableListOf<ThreadsWish>()

    @Test
    fun a_row_says_title_words_and_unread_and_opens_its_thread() = shown({ threads() }) {
        onNodeWithText("My parcel").assertIsDisplayed()
        onNodeWithContentDescription("2 unread messages").assertIsDisplayed()
        onNodeWithText("Draft: That was quick!").assertIsDisplayed()
        onNodeWithText("You: Photo").assertIsDisplayed()
        onNode(isHeading() and hasText("Messages")).assertIsDisplayed()
        onNodeWithText("My parcel").performClick()
        onNodeWithText("New conversation").performClick()
        assertEquals(listOf(ThreadsWish.Open(ConversationId("c1")), ThreadsWish.Start), threadWishes)
    }

    @Test
    fun a_list_says_that_it_is_loading_or_empty() {
        shown({ TidingsThreads(ThreadsView.loading, threadWishes::add) }) {
            onNodeWithContentDescription("Loading").assertIsDisplayed()
            onAllNodesWithText("No messages yet").assertCountEquals(0)
        }
        shown({ TidingsThreads(threadsView(emptyList(), null, moments()), threadWishes::add) }) {
            onNode(isHeading() and hasText("No messages yet")).assertIsDisplayed()
            onNodeWithText("New conversation").performClick()
        }
        assertEquals(listOf<ThreadsWish>(ThreadsWish.Start), threadWishes)
    }

    @Test
    fun what_the_company_set_is_said_and_its_colour_gives_way_to_the_app_s_own() {
        var seen = TidingsColors.light
        runComposeUiTest {
            setContent {
                TidingsTheme(brand = BAKERY) {
                    seen = Tidings.colors
                    TidingsThreads(threadsView(emptyList(), null, moments()), threadWishes::add)
                }
            }
            onNode(isHeading() and hasText("Boulangerie Martin")).assertIsDisplayed()
            onNodeWithText(BAKERY.greeting!!).assertIsDisplayed()
            assertEquals(Color(if (seen.dark) ORANGE.dark.fill else ORANGE.light.fill), seen.accent)
        }
        runComposeUiTest {
            setContent {
                TidingsTheme(TidingsColors.dark, brand = BAKERY) {
                    seen = Tidings.colors
                    TidingsConversation(view(ENGLISH, emptyList()), Composer(), Painted(), wishes::add)
                }
            }
            onNodeWithText("Boulangerie Martin · ${ENGLISH.expected}").assertIsDisplayed()
            onNodeWithText(BAKERY.greeting!!).assertIsDisplayed()
            assertEquals(TidingsColors.dark, seen)
        }
    }

    @Test
    fun a_refused_sign_in_is_announced_and_offers_to_sign_in() = shown({ threads(Notice.SIGN_IN_REFUSED) }) {
        onNode(isLive()).assertIsDisplayed()
        onNodeWithText("Sign in").performClick()
        assertEquals(listOf<ThreadsWish>(ThreadsWish.SignIn), threadWishes)
    }

    @Test
    fun every_notice_has_its_words() {
        for (notice in Notice.entries - Notice.UPDATING) {
            shown({ threads(notice) }) { onNodeWithText(notice.said(Words.english)).assertIsDisplayed() }
        }
    }

    @Test
    fun a_message_says_author_words_time_and_state_in_one() = shown({ conversation(view(ENGLISH, talk(ENGLISH))) }) {
        onNodeWithContentDescription("You: Great, thank you. 3:00 PM, edited, Read", substring = true).assertIsDisplayed()
        onNodeWithContentDescription("Ana Ruiz: Shall it come tomorrow", substring = true).assertIsDisplayed()
        onNode(isHeading() and hasText("Today")).assertIsDisplayed()
        onNode(isHeading() and hasText("My parcel")).assertIsDisplayed()
    }

    @Test
    fun what_may_be_done_with_a_message_is_offered_to_a_screen_reader_and_by_a_long_press() =
        shown({ conversation(view(ENGLISH, talk(ENGLISH))) }) {
            val mine = onNodeWithContentDescription("You: Great, thank you", substring = true)
            val offered = mine.fetchSemanticsNode().config[SemanticsActions.CustomActions].associateBy { it.label }
            assertEquals(listOf("Reply", "Copy", "Edit", "Delete"), offered.keys.toList())
            offered.getValue("Edit").action()
            mine.performSemanticsAction(SemanticsActions.OnLongClick)
            onNodeWithText("Delete").performClick()
            assertEquals(listOf<Wish>(Wish.Edit(MessageId("m4")), Wish.Delete(MessageId("m4"))), wishes)
        }

    @Test
    fun a_refused_message_says_why_and_can_be_retried_or_discarded() = shown({ conversation(view(ENGLISH, states(ENGLISH).subList(3, 4))) }) {
        onNodeWithText("Not sent. The file was not accepted.").assertIsDisplayed()
        onNodeWithText("Try again").performClick()
        onNodeWithText("Discard").performClick()
        assertEquals(listOf<Wish>(Wish.Retry(MessageId("s4")), Wish.Discard(MessageId("s4"))), wishes)
    }

    @Test
    fun a_photo_opens_a_missing_one_is_asked_for_again_and_one_on_its_way_says_how_far_it_is() =
        shown({ conversation(view(ENGLISH, photos(ENGLISH))) }) {
            onNodeWithContentDescription("62 % sent").assertIsDisplayed()
            onNodeWithText("Tap to load the photo").performClick()
            onNodeWithText("invoice-2026-10.pdf").performClick()
            assertEquals(listOf<Wish>(Wish.OpenFile("f")), wishes)
        }

    @Test
    fun an_open_question_is_answered_by_a_tap_and_an_answered_one_is_not() = shown({ conversation(view(ENGLISH, questions(ENGLISH))) }) {
        onAllNodesWithText("I collect it").assertCountEquals(1)
        onNodeWithText("I collect it").performClick()
        assertEquals(listOf<Wish>(Wish.Choose(MessageId("q4"), "o2")), wishes)
    }

    @Test
    fun a_request_is_answered_by_what_is_picked_or_declined() = shown({ conversation(view(ENGLISH, requests(ENGLISH).takeLast(1))) }) {
        onNodeWithContentDescription("Asks where you are", substring = true).assertIsDisplayed()
        onNodeWithText("Share a place").performClick()
        onNodeWithText("I would rather not").performClick()
        val asked = MessageId("r5")
        assertEquals(listOf(Wish.Reply(asked), Wish.Attach(Offer.PLACE), Wish.Decline(asked)), wishes)
    }

    @Test
    fun an_app_that_shares_no_places_says_so_and_they_can_still_be_declined() =
        shown({ conversation(view(ENGLISH, requests(ENGLISH).takeLast(1)), offers = setOf(Offer.PHOTO)) }) {
            onAllNodesWithText("Share a place").assertCountEquals(0)
            onNodeWithText("This app cannot share places.").assertIsDisplayed()
            onNodeWithText("I would rather not").performClick()
            assertEquals(listOf<Wish>(Wish.Decline(MessageId("r5"))), wishes)
        }

    @Test
    fun an_answered_request_leads_to_its_answer_and_asks_no_more() =
        shown({ conversation(view(ENGLISH, requests(ENGLISH).take(2))) }) {
            onNodeWithContentDescription("Asks where you are, You answered", substring = true).assertIsDisplayed()
            onNodeWithText("You answered").performClick()
            onAllNodesWithText("I would rather not").assertCountEquals(0)
            assertEquals(listOf<Wish>(Wish.ShowQuoted(MessageId("r2"))), wishes)
        }

    @Test
    fun a_live_place_opens_on_a_map_and_is_ended_by_its_button() {
        val last = LivePlace(45.7605, 4.8597, 18.0, null, NOW)
        shown({ conversation(view(ENGLISH, listOf(message("l", Author.Me, 5, parts = listOf(sharing(last)))))) }) {
            onNodeWithContentDescription("You: Live place, Until", substring = true).assertIsDisplayed()
            onNodeWithText("Stop sharing").performClick()
            assertEquals(listOf<Wish>(Wish.EndLive(MessageId("l"))), wishes)
        }
    }

    @Test
    fun a_live_place_is_offered_by_apps_that_share_one_for_three_times() =
        shown({ conversation(view(ENGLISH, emptyList()), offers = setOf(Offer.LIVE)) }) {
            onNodeWithContentDescription("Attach").performClick()
            onNodeWithText("Share my place for 15 minutes").performClick()
            assertEquals(listOf<Wish>(Wish.ShareLive(ShareFor.QUARTER_HOUR)), wishes)
        }

    @Test
    fun a_tap_on_an_address_opens_it_and_beside_it_does_not() {
        val opened = mutableListOf<String>()
        val browser = object : UriHandler {
            override fun openUri(uri: String) {
                opened += uri
            }
        }
        val words = listOf(Block.Paragraph(listOf(Run("your parcel (example.com)", link = "https://example.com/4711"))))
        val said = listOf(
            message("m", ANA, 5, "https://example.com/parcel"),
            message("n", ANA, 4, "words alone"),
            message("o", ANA, 3, parts = listOf(Part.Text("[your parcel](https://example.com/4711)", words))),
        )
        shown({ CompositionLocalProvider(LocalUriHandler provides browser) { conversation(view(ENGLISH, said)) } }) {
            onNodeWithContentDescription("https://example.com/parcel", substring = true).performTouchInput { click(Offset(60f, 22f)) }
            onNodeWithContentDescription("words alone", substring = true).performTouchInput { click(Offset(60f, 22f)) }
            onNodeWithContentDescription("your parcel (example.com)", substring = true).performTouchInput { click(Offset(60f, 22f)) }
            assertEquals(listOf("https://example.com/parcel", "https://example.com/4711"), opened)
        }
    }

    @Test
    fun a_quote_says_whom_it_answers_and_leads_there_and_a_reply_can_be_left() {
        val line = Composer("", replying = Quoted(MessageId("t3"), "Ana Ruiz", "It is at the depot"))
        shown({ conversation(view(ENGLISH, quotes(ENGLISH)), line) }) {
            onNodeWithContentDescription("You: Reply to Ana Ruiz. Great, thank you", substring = true).assertIsDisplayed()
            onNodeWithText("Earlier message").performClick()
            onNodeWithText("Reply to Ana Ruiz").assertIsDisplayed()
            onNodeWithContentDescription("Cancel").performClick()
            assertEquals(listOf(Wish.ShowQuoted(MessageId("t9")), Wish.LeaveReply), wishes)
        }
    }

    @Test
    fun a_form_says_what_is_missing_and_is_sent_when_nothing_is() = shown({ conversation(view(ENGLISH, forms(ENGLISH))) }) {
        onNodeWithText("Send answers").performClick()
        assertTrue(wishes.isEmpty())
        onAllNodesWithText("Please fill this in").assertCountEquals(2)
        onNodeWithContentDescription("Name (required)").performTextInput("Lena Weiss")
        onNodeWithContentDescription("E-mail (required)").performTextInput("lena")
        onNodeWithText("Send answers").performClick()
        onNodeWithText("Please enter an e-mail address").assertIsDisplayed()
        onNodeWithContentDescription("E-mail (required)").performTextReplacement("lena@example.com")
        onNodeWithText("Leave it with a neighbour").performClick()
        onNodeWithText("Send answers").performClick()
        val answers = mapOf(
            "name" to FieldValue.Text("Lena Weiss"),
            "email" to FieldValue.Text("lena@example.com"),
            "neighbour" to FieldValue.Boolean(true),
        )
        assertEquals(listOf<Wish>(Wish.Answer(MessageId("f2"), answers)), wishes)
    }

    @Test
    fun who_is_writing_is_announced() = shown({ conversation(view(ENGLISH, talk(ENGLISH), typing = "Ana")) }) {
        onNode(isLive() and hasText("Ana is writing…", substring = true)).assertIsDisplayed()
    }

    @Test
    fun an_empty_line_sends_nothing_and_words_are_sent() {
        shown({ conversation(view(ENGLISH, emptyList())) }) {
            onNodeWithContentDescription("Send").assertIsNotEnabled()
            onNodeWithContentDescription("Message").performTextInput("Hello")
        }
        shown({ conversation(view(ENGLISH, emptyList()), Composer("Hello")) }) { onNodeWithContentDescription("Send").performClick() }
        assertEquals(listOf(Wish.Write("Hello"), Wish.Send), wishes)
    }

    @Test
    fun what_can_be_attached_is_what_the_app_offers() =
        shown({ conversation(view(ENGLISH, emptyList()), offers = setOf(Offer.PHOTO, Offer.PLACE)) }) {
            onNodeWithContentDescription("Attach").performClick()
            onAllNodesWithText("File").assertCountEquals(0)
            onNodeWithText("Place").performClick()
            assertEquals(listOf<Wish>(Wish.Attach(Offer.PLACE)), wishes)
        }

    @Test
    fun a_place_asks_how_exactly_and_attachments_can_be_removed() =
        shown({ conversation(view(ENGLISH, emptyList()), Composer("", attached(ENGLISH))) }) {
            val place = attached(ENGLISH)[2] as Attached.Place
            onNodeWithText("Only the name").performClick()
            onNodeWithContentDescription("Remove parcel.jpg").performClick()
            assertEquals(listOf(Wish.ChangePlace(place.copy(precision = Precision.HIDDEN)), Wish.Remove(attached(ENGLISH)[0])), wishes)
        }

    @Test
    fun editing_is_said_and_can_be_left() =
        shown({ conversation(view(ENGLISH, talk(ENGLISH)), Composer("Other words", editing = MessageId("m4"))) }) {
            onNodeWithText("Editing a message").assertIsDisplayed()
            onNodeWithContentDescription("Cancel").performClick()
            onNodeWithContentDescription("Save").performClick()
            assertEquals(listOf(Wish.LeaveEditing, Wish.Send), wishes)
        }

    @Test
    fun too_many_words_are_counted_and_cannot_be_sent() =
        shown({ conversation(view(ENGLISH, emptyList()), Composer("é".repeat(8 * 1024 + 3))) }) {
            onNodeWithText("Too long by 3 characters").assertIsDisplayed()
            onNodeWithContentDescription("Send").assertIsNotEnabled()
        }

    @Test
    fun older_messages_can_be_asked_for_and_a_problem_dismissed() {
        val view = view(ENGLISH, talk(ENGLISH).take(2)).copy(older = OlderMessages.MORE, problem = Words.english.wentWrong)
        shown({ conversation(view) }) {
            onNodeWithText("Older messages").performClick()
            onNodeWithContentDescription("Dismiss").performClick()
            onNodeWithContentDescription("Back").performClick()
            assertEquals(listOf(Wish.LoadOlder, Wish.DismissProblem, Wish.Back), wishes)
        }
    }

    @Test
    fun older_messages_that_cannot_be_had_are_asked_for_once_each_time_the_person_comes_there() {
        val said = (0L until 60).map { message("m$it", ANA, 90 - it, "words $it") }
        var thread by mutableStateOf(view(ENGLISH, said).copy(older = OlderMessages.MORE))
        var asked = 0
        val onWish = { wish: Wish ->
            if (wish == Wish.LoadOlder) {
                asked += 1
                thread = thread.copy(older = OlderMessages.FAILED)
            }
        }
        shown({ TidingsConversation(thread, Composer(), Painted(), onWish) }) {
            val list = onNode(SemanticsMatcher.keyIsDefined(SemanticsActions.ScrollToIndex))
            list.performScrollToIndex(60)
            waitForIdle()
            assertEquals(1, asked)
            onNodeWithText("Older messages could not be loaded.").assertIsDisplayed()
            list.performScrollToIndex(55)
            waitForIdle()
            assertEquals(1, asked, "still there")
            list.performScrollToIndex(10)
            waitForIdle()
            list.performScrollToIndex(60)
            waitForIdle()
            assertEquals(2, asked)
            onNodeWithText("Try again").performClick()
            waitForIdle()
            assertEquals(3, asked)
        }
    }

    @Composable
    private fun threads(notice: Notice? = null) = TidingsThreads(threadsView(threadList(ENGLISH), notice, moments()), threadWishes::add)

    @Composable
    private fun conversation(view: ConversationView, composer: Composer = Composer(), offers: Set<Offer> = Offer.entries.toSet()) =
        TidingsConversation(view, composer, Painted(), wishes::add, offers = offers)

    private fun shown(content: @Composable () -> Unit, look: ComposeUiTest.() -> Unit) = runComposeUiTest {
        setContent { TidingsTheme(words = Words.english) { content() } }
        look()
    }

    private fun isLive() = SemanticsMatcher.keyIsDefined(SemanticsProperties.LiveRegion)
}
