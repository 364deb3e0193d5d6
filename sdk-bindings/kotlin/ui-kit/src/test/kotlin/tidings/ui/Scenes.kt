package tidings.ui

import androidx.compose.runtime.Composable
import kotlin.time.Duration.Companion.minutes
import tidings.sdk.Answer
import tidings.sdk.Amending
import tidings.sdk.Author
import tidings.sdk.Block
import tidings.sdk.Content
import tidings.sdk.ConversationId
import tidings.sdk.ConversationState
import tidings.sdk.FileProgress
import tidings.sdk.FormField
import tidings.sdk.FormFieldKind
import tidings.sdk.LivePlace
import tidings.sdk.MessageId
import tidings.sdk.MessageItem
import tidings.sdk.Opening
import tidings.sdk.Part
import tidings.sdk.Point
import tidings.sdk.Precision
import tidings.sdk.QuickReply
import tidings.sdk.Quote
import tidings.sdk.QuoteHead
import tidings.sdk.Refusal
import tidings.sdk.RequestFor
import tidings.sdk.Run
import tidings.sdk.SendState
import tidings.ui.model.Attached
import tidings.ui.model.Composer
import tidings.ui.model.ConversationView
import tidings.ui.model.GoesOn
import tidings.ui.model.Notice
import tidings.ui.model.OlderMessages
import tidings.ui.model.Quoted
import tidings.ui.model.ThreadsView
import tidings.ui.model.firstNew
import tidings.ui.model.linesOf
import tidings.ui.model.runs
import tidings.ui.model.threadsView

/** What people say in the pictures, in a language. */
internal class Talk(
    val words: Words,
    val title: String,
    val hello: String,
    val where: String,
    val look: String,
    val fine: String,
    val thanks: String,
    val question: String,
    val choices: List<String>,
    val place: String,
    val form: String,
    val fields: List<String>,
    val expected: String,
    val other: List<String>,
    val purposes: List<String>,
)

internal val ENGLISH = Talk(
    Words.english, "My parcel",
    "Good morning! My parcel was to come yesterday, and I am still waiting for it.",
    "Good morning. I am looking where it is.", "It is at the depot in Lyon and leaves within the hour.",
    "Great, thank you", "That was quick!",
    "Shall it come tomorrow, or do you collect it?", listOf("Tomorrow morning", "Tomorrow afternoon", "I collect it"),
    "Lyon Part-Dieu", "Where shall it go?", listOf("Name", "E-mail", "Leave it with a neighbour", "Not before"),
    "We usually answer within two hours", listOf("Invoice for October", "Change of address", "A question about returns", "Gift card"),
    listOf("So that the driver finds you: where are you now?", "Can you show us the damage?"),
)

internal val FRENCH = Talk(
    Words.french, "Mon colis",
    "Bonjour ! Mon colis devait arriver hier et je l’attends toujours.",
    "Bonjour. Je regarde où il se trouve.", "Il est au dépôt de Lyon et part dans l’heure.",
    "Parfait, merci", "Quelle rapidité !",
    "Doit-il arriver demain, ou venez-vous le chercher ?", listOf("Demain matin", "Demain après-midi", "Je viens le chercher"),
    "Lyon Part-Dieu", "Où doit-il aller ?", listOf("Nom", "E-mail", "Déposer chez un voisin", "Pas avant le"),
    "Nous répondons en général en deux heures", listOf("Facture d’octobre", "Changement d’adresse", "Une question sur les retours", "Carte cadeau"),
    listOf("Pour que le livreur vous trouve : où êtes-vous en ce moment ?", "Pouvez-vous nous montrer les dégâts ?"),
)

/** The kit speaks English there; people write Arabic, and everything runs from the right. */
internal val ARABIC = Talk(
    Words.english, "طردي",
    "صباح الخير! كان من المفترض أن يصل طردي أمس وما زلت أنتظره.",
    "صباح النور. سأبحث عن مكانه.", "هو في مستودع ليون وسينطلق خلال ساعة.",
    "رائع، شكرا", "كم كان ذلك سريعا!",
    "هل يصل غدا أم تستلمه بنفسك؟", listOf("غدا صباحا", "غدا بعد الظهر", "أستلمه بنفسي"),
    "محطة ليون", "إلى أين نرسله؟", listOf("الاسم", "البريد الإلكتروني", "عند الجار", "ليس قبل"),
    "نجيب عادة خلال ساعتين", listOf("فاتورة أكتوبر", "تغيير العنوان", "سؤال عن الإرجاع", "بطاقة هدية"),
    listOf("كي يجدك السائق: أين أنت الآن؟", "هل يمكنك أن ترينا الضرر؟"),
)

/** One state of a screen. */
internal class Scene(val name: String, val draw: @Composable (Talk) -> Unit)

internal val SCENES: List<Scene> = listOf(
    threads("threads") { threadsView(threadList(it), null, moments(it.words)) },
    threads("threads-offline") { threadsView(threadList(it), Notice.OFFLINE, moments(it.words)) },
    threads("threads-sign-in-refused") { threadsView(threadList(it).take(2), Notice.SIGN_IN_REFUSED, moments(it.words)) },
    threads("threads-loading") { ThreadsView.loading.copy(notice = Notice.UPDATING) },
    threads("threads-empty") { threadsView(emptyList(), null, moments(it.words)) },
    thread("talk", Composer()) { view(it, talk(it), typing = "Ana") },
    thread("talk-new", Composer()) { view(it, talk(it).dropLast(1), unread = 1).copy(older = OlderMessages.MORE) },
    thread("older-failed", Composer()) { view(it, talk(it).take(3)).copy(older = OlderMessages.FAILED, problem = it.words.pictureKind) },
    thread("states", Composer()) { view(it, states(it)).copy(notice = Notice.OFFLINE) },
    thread("photos", Composer()) { view(it, photos(it)) },
    thread("questions", Composer()) { view(it, questions(it)) },
    thread("requests", Composer()) { view(it, requests(it)) },
    Scene("requests-refused") { talk ->
        TidingsConversation(view(talk, requests(talk).takeLast(1)), Composer(), Painted(), {}, offers = setOf(Offer.FILE))
    },
    thread("live", Composer()) { view(it, live(it)) },
    Scene("quotes") { talk -> Shown(view(talk, quotes(talk)), Composer("", replying = Quoted(MessageId("t3"), "Ana Ruiz", talk.look))) },
    thread("marks", Composer()) { view(it, marks(it)) },
    thread("form", Composer()) { view(it, forms(it)) },
    thread("closed", Composer()) { view(it, closed(it)).copy(closed = true, problem = it.words.wentWrong) },
    thread("merged", Composer()) { view(it, closed(it)).copy(closed = true, goesOn = GoesOn(ConversationId("c1"), it.words.goesOn.with("title" to "Order 4711"))) },
    thread("empty", Composer()) { view(it, emptyList()) },
    thread("loading", Composer()) { ConversationView.loading(it.title) },
    Scene("composing") { talk ->
        Shown(view(talk, talk(talk)), Composer(talk.thanks, attached(talk)))
    },
    Scene("editing") { talk -> Shown(view(talk, talk(talk)), Composer(talk.thanks, editing = MessageId("m4"))) },
    Scene("too-long") { talk -> Shown(view(talk, talk(talk)), Composer("${talk.hello} ".repeat(400))) },
)

private fun threads(name: String, view: (Talk) -> ThreadsView) = Scene(name) { TidingsThreads(view(it), {}) }

private fun thread(name: String, composer: Composer, view: (Talk) -> ConversationView) = Scene(name) { Shown(view(it), composer) }

@Composable
private fun Shown(view: ConversationView, composer: Composer) = TidingsConversation(view, composer, Painted(), {})

internal fun view(talk: Talk, messages: List<MessageItem>, unread: Long = 0, typing: String? = null) = ConversationView(
    title = talk.title,
    lines = linesOf(messages, firstNew(messages, unread), moments(talk.words)),
    older = OlderMessages.NONE,
    expected = talk.expected,
    typing = typing,
)

internal fun threadList(talk: Talk) = listOf(
    thread("c1", talk.title, message("m1", ANA, 4, talk.look), 4, unread = 2),
    thread("c2", talk.other[0], message("m2", Author.Me, 190, talk.fine), 190),
    thread("c3", null, message("m3", Author.Me, 60 * 20, parts = listOf(photo("a")), state = SendState.Waiting), 60 * 20),
    thread("c4", talk.other[1], message("m4", ANA, 60 * 50, talk.where), 60 * 50, draft = talk.thanks),
    thread("c5", talk.other[2], message("m5", Author.Me, 60 * 75, talk.hello, state = SendState.Failed(Refusal("file_refused", ""))), 60 * 75),
    thread("c6", talk.other[3], message("m6", ANA, 60 * 24 * 40, deleted = true), 60 * 24 * 40, state = ConversationState.CLOSED),
    thread("c7", talk.other[0], null, 60 * 24 * 60, opening = Opening.Failed(Refusal("too_many_conversations", ""))),
)

internal fun talk(talk: Talk) = listOf(
    message("m1", Author.Me, 60 * 24 + 30, talk.hello),
    message("m2", ANA, 26, talk.where),
    message("m3", ANA, 24, talk.look),
    message("m4", Author.Me, 5, talk.fine, edited = true),
    message("m5", Author.Me, 4, talk.thanks, state = SendState.Sent),
    message("m6", ANA, 2, talk.question),
)

internal fun states(talk: Talk) = listOf(
    message("s1", ANA, 40, deleted = true),
    message("s2", Author.Me, 30, talk.fine),
    message("s3", Author.Me, 20, talk.thanks, amending = Amending.Failed(Refusal("gone", ""))),
    message("s4", Author.Me, 12, talk.hello, state = SendState.Failed(Refusal("file_refused", ""))),
    message("s5", Author.Me, 6, talk.fine, state = SendState.Sending),
    message("s6", Author.Me, 5, talk.thanks, state = SendState.Waiting),
    message("s7", Author.Me, 4, deleted = true, amending = Amending.Waiting),
)

internal fun photos(talk: Talk) = listOf(
    message("p1", ANA, 30, talk.look, parts = listOf(photo("here"))),
    message("p2", Author.Me, 12, parts = listOf(photo("coming", 900, 1200)), state = SendState.Sending, uploading = listOf(FileProgress("coming", 0.62))),
    message("p3", ANA, 8, parts = listOf(photo("missing", 1600, 800))),
    message("p4", Author.Me, 3, parts = listOf(Part.Attachment("f", "application/pdf", "invoice-2026-10.pdf", 2_412_000, null, null, null))),
)

internal fun questions(talk: Talk) = listOf(
    message("q1", Author.Me, 30, parts = listOf(Part.Location(45.7605, 4.8597, 18.0, talk.place, null))),
    message("q2", ANA, 20, talk.question, parts = listOf(Part.QuickReplies(options(talk)))),
    message("q3", Author.Me, 15, parts = listOf(Part.Choice(MessageId("q2"), "o1", talk.choices[0])), state = SendState.Sent),
    message("q4", ANA, 10, talk.question, parts = listOf(Part.QuickReplies(options(talk)))),
)

/** One that was answered, one that was declined, one that waits. */
internal fun requests(talk: Talk) = listOf(
    message("r1", ANA, 30, talk.purposes[0], parts = listOf(Part.Request(RequestFor.PLACE))),
    message(
        "r2", Author.Me, 28,
        parts = listOf(Part.Location(45.76, 4.86, 800.0, null, null)),
        quote = Quote(MessageId("r1"), QuoteHead(ANA, talk.purposes[0], null, false)),
    ),
    message("r3", ANA, 20, talk.purposes[1], parts = listOf(Part.Request(RequestFor.PHOTO))),
    message("r4", Author.Me, 18, parts = listOf(Part.Choice(MessageId("r3"), "declined", talk.words.ratherNot))),
    message("r5", ANA, 3, talk.purposes[0], parts = listOf(Part.Request(RequestFor.PLACE))),
)

/** A place that moves, one that has none yet, one that is over; and addresses among words. */
internal fun live(talk: Talk) = listOf(
    message("l1", ANA, 30, "${talk.look} https://track.example.com/lyon-4711 (tel:+41315550100)"),
    message("l2", Author.Me, 25, parts = listOf(Part.LiveLocation(15.minutes, NOW.minusSeconds(600), true, null))),
    message("l3", Author.Me, 5, parts = listOf(sharing(LivePlace(45.7605, 4.8597, 18.0, null, NOW.minusSeconds(60))))),
    message("l4", Author.Me, 1, parts = listOf(sharing(null)), state = SendState.Sent),
    message("l5", Author.Me, 0, "mailto:lena@example.com, ${talk.thanks}", state = SendState.Sent),
)

/** Words that an agent sets off in each way, and a person who means the signs that they type. */
internal fun marks(talk: Talk): List<MessageItem> {
    val address = "https://track.example.com/lyon-4711"
    val blocks = listOf(
        Block.Paragraph(listOf(Run("${talk.where} "), Run(talk.place, strong = true), Run(", "), Run(talk.title, emphasis = true), Run(" "), Run("L-4711", code = true))),
        Block.Number(1, listOf(Run(talk.look))),
        Block.Number(2, listOf(Run("${talk.title} (track.example.com)", strong = true, link = address))),
        Block.Quote(listOf(Run(talk.hello))),
        Block.Paragraph(listOf(Run(talk.fine))),
        Block.Code("move 4711 \\\n  --to \"12 rue du Lac\""),
        Block.Bullet(listOf(Run(talk.question))),
        Block.Bullet(listOf(Run(talk.thanks))),
    )
    val plain = blocks.joinToString("\n") { it.runs.joinToString("") { run -> run.text } }
    return listOf(
        message("k1", Author.Me, 30, "2*3*4 **?** ${talk.fine}"),
        message("k2", ANA, 20, parts = listOf(Part.Text("**…**", blocks))).copy(text = "**…**", plain = plain),
        message("k3", ANA, 5, parts = listOf(Part.Text("`…`", listOf(Block.Code("4711"))))),
    )
}

internal fun sharing(last: LivePlace?) = Part.LiveLocation(60.minutes, NOW.plusSeconds(3_300), false, last)

internal fun quotes(talk: Talk) = listOf(
    message("t1", ANA, 30, talk.question),
    message("t2", Author.Me, 20, talk.fine, quote = Quote(MessageId("t1"), QuoteHead(ANA, talk.question, null, false))),
    message("t3", ANA, 12, talk.look, quote = Quote(MessageId("t2"), QuoteHead(Author.Me, "", photo("here"), false))),
    message("t4", Author.Me, 6, talk.thanks, quote = Quote(MessageId("t9"), null)),
    message("t5", ANA, 3, talk.where, quote = Quote(MessageId("t8"), QuoteHead(Author.Me, "", null, true))),
)

internal fun options(talk: Talk) = talk.choices.mapIndexed { index, label -> QuickReply("o$index", label) }

internal fun fields(talk: Talk) = listOf(
    FormField("name", talk.fields[0], FormFieldKind.TEXT, true),
    FormField("email", talk.fields[1], FormFieldKind.EMAIL, true),
    FormField("neighbour", talk.fields[2], FormFieldKind.BOOLEAN, false),
    FormField("day", talk.fields[3], FormFieldKind.DATE, false),
)

internal fun forms(talk: Talk) = listOf(
    message("f1", Author.Me, 20, parts = listOf(Part.Answers(MessageId("f0"), listOf(Answer("a", talk.fields[0], "Lena Weiss"), Answer("b", talk.fields[3], "2026-11-24"))))),
    message("f2", ANA, 10, parts = listOf(Part.Form(talk.form, fields(talk)))),
)

internal fun closed(talk: Talk) = talk(talk).take(4) +
    message("e1", Author.System, 3, parts = listOf(Part.System("conversation_closed"))) +
    message("e2", ANA, 2, parts = listOf(Part.Unknown("{}")))

internal fun attached(talk: Talk) = listOf(
    Attached.File("1", "parcel.jpg", 3_100_000, true, Content.File(ByteArray(1), "parcel.jpg")),
    Attached.File("2", "invoice-2026-10.pdf", 2_412_000, false, Content.File(ByteArray(1), "invoice-2026-10.pdf")),
    Attached.Place(Point(45.7605, 4.8597, 18.0), talk.place, Precision.ROUNDED),
)
