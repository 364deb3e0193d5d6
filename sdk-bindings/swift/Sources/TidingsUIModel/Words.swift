// Made by `cargo xtask words` from sdk-bindings/kit-words.json.

/// What the kit says. Other words: change a copy; another language: a table of your own.
public struct Words: Hashable, Sendable {
    /// A language tag (BCP 47): dates and sizes are written in it.
    public var language: String
    /// Opens what may be done with a message.
    public var actions: String
    /// A filled form.
    public var answers: String
    /// While nobody is there: a day of the week or a date, and a time.
    public var answersFrom: String
    /// The same, later today.
    public var answersFromToday: String
    /// How soon an answer usually comes.
    public var answersInMinutes: String
    /// The same.
    public var answersWithinDays: Counted
    /// The same.
    public var answersWithinHours: Counted
    /// The same for a photo.
    public var asksPhoto: String
    /// What a message of an agent asks for; its words say what for.
    public var asksPlace: String
    /// Offers photo, file and place.
    public var attach: String
    /// Picks a file.
    public var attachFile: String
    /// Picks a photo.
    public var attachPhoto: String
    /// Picks a place.
    public var attachPlace: String
    /// Button that leaves a thread.
    public var back: String
    /// Leaves the editing.
    public var cancel: String
    /// Throws a waiting message away.
    public var cancelSending: String
    /// What was written was refused for another reason, and trying again would not help.
    public var cannotBeSent: String
    /// In the place of the button, in an app that sends no photos.
    public var cannotPhoto: String
    /// In the place of the button, in an app that shares no places.
    public var cannotPlace: String
    /// An edit or a deletion that the server refused.
    public var changeFailed: String
    /// An edit or a deletion that the server does not know of yet.
    public var changeWaiting: String
    /// Mark of a thread that agents consider answered. Nothing is closed to a person: they can always write.
    public var closed: String
    /// In such a thread, above the line to write in.
    public var closedHint: String
    /// Who writes when no name is known.
    public var company: String
    /// An event: agents consider the thread answered.
    public var conversationClosed: String
    /// An event: it is not answered yet after all.
    public var conversationReopened: String
    /// Copies the words of a message.
    public var copy: String
    /// Takes a message back, for everybody.
    public var delete: String
    /// In the place of a deleted message.
    public var deleted: String
    /// Throws a refused message away.
    public var discard: String
    /// Takes a notice away.
    public var dismiss: String
    /// A draft in the list.
    public var draftOf: String
    /// Gives a message other words.
    public var edit: String
    /// Mark of a message with other words.
    public var edited: String
    /// Above the line while a message is given other words.
    public var editing: String
    /// All of the point.
    public var exact: String
    /// State of a message.
    public var failed: String
    /// Another file.
    public var file: String
    /// A file was refused: there is nothing in it.
    public var fileEmpty: String
    /// A file was refused for its name.
    public var fileName: String
    /// Why a message was not sent.
    public var fileRefused: String
    /// A file was refused: it has too many bytes.
    public var fileTooLarge: String
    /// A file was refused: it has gone, or must not be read any more.
    public var fileUnreadable: String
    /// A form in the list.
    public var form: String
    /// In a thread that was merged into another, above the line to write in; a tap opens the other.
    public var goesOn: String
    /// The label alone.
    public var hidden: String
    /// Above the choice of how exact a place is sent.
    public var howExact: String
    /// A place that moves for a while.
    public var live: String
    /// A place that was shared and is not any more.
    public var liveEnded: String
    /// Below it, before the first place has come.
    public var liveNowhere: String
    /// Below it: how old the last place is.
    public var liveSeen: String
    /// Below it: when it ends.
    public var liveUntil: String
    /// While the phone's own storage is read.
    public var loading: String
    /// The person themselves, for a screen reader.
    public var me: String
    /// A field that must be filled.
    public var missing: String
    /// Line above the first message that was not read.
    public var newMessages: String
    /// Button that starts a thread.
    public var newThread: String
    /// An answer.
    public var no: String
    /// Heading of an empty thread.
    public var noMessages: String
    /// Below it.
    public var noMessagesHint: String
    /// Heading of an empty list.
    public var noThreads: String
    /// Below it.
    public var noThreadsHint: String
    /// A field of another kind.
    public var notADay: String
    /// A field of another kind.
    public var notANumber: String
    /// A field of another kind.
    public var notAnEmail: String
    /// The phone could not keep what was written.
    public var notStored: String
    /// No network.
    public var offline: String
    /// Button that loads older messages.
    public var older: String
    /// In the place of older messages that could not be had; a button beside it tries again.
    public var olderFailed: String
    /// Opens a photo or a file.
    public var open: String
    /// Action of a screen reader on a message with an address in it.
    public var openLink: String
    /// Opens a place in the map app.
    public var openMap: String
    /// A photo, in the list and for a screen reader.
    public var photo: String
    /// A photo with a name, for a screen reader.
    public var photoCalled: String
    /// A photo was refused: its bytes make no picture.
    public var pictureDamaged: String
    /// A photo was refused: its kind may hide a place that cannot be taken out.
    public var pictureKind: String
    /// A photo that could not be fetched.
    public var pictureMissing: String
    /// A photo was refused: it has too many pixels.
    public var pictureTooLarge: String
    /// A place.
    public var place: String
    /// A field for the name of a place.
    public var placeName: String
    /// A place was refused for its name.
    public var placeNameTooLong: String
    /// The app's developers have switched places off.
    public var placesOff: String
    /// In the place of a quoted message that is not on the phone.
    public var quotedEarlier: String
    /// An answer was refused: what it quotes was deleted.
    public var quotedGone: String
    /// Button below both; what the agents read then.
    public var ratherNot: String
    /// State of a message.
    public var read: String
    /// Why a message was not sent.
    public var refusedOtherwise: String
    /// Takes an attachment away before it is sent.
    public var remove: String
    /// Answers one message among many, quoting it.
    public var reply: String
    /// Above the line while a message is answered.
    public var replyingTo: String
    /// A field of a form that must be filled.
    public var required: String
    /// Sends a refused message again.
    public var retry: String
    /// The neighbourhood.
    public var rounded: String
    /// One's own last message in the list.
    public var saidByMe: String
    /// Ends the editing.
    public var save: String
    /// Sends.
    public var send: String
    /// Sends a form.
    public var sendForm: String
    /// State of a message.
    public var sending: String
    /// State of a message.
    public var sent: String
    /// The same for an hour.
    public var shareHour: String
    /// Button below it: picks a photo to answer with.
    public var sharePhoto: String
    /// Button below it: picks a place to answer with.
    public var sharePlace: String
    /// Offers to share one's place live, in the menu of attachments.
    public var shareQuarterHour: String
    /// The same for 8 hours.
    public var shareWorkingDay: String
    /// What a tap on either does, for a screen reader.
    public var showAnswer: String
    /// Moves to the quoted message.
    public var showQuoted: String
    /// Button beside it.
    public var signIn: String
    /// The sign-in was refused.
    public var signInRefused: String
    /// Nobody is signed in.
    public var signedOut: String
    /// An event that this version does not know.
    public var somethingHappened: String
    /// Button that ends it.
    public var stopSharing: String
    /// A thread that the server does not accept.
    public var threadRefused: String
    /// Title of the list of threads.
    public var threads: String
    /// Button that jumps to the end.
    public var toNewest: String
    /// Above the messages of a day.
    public var today: String
    /// Why a message was not sent.
    public var tooLarge: String
    /// A file is too large to send.
    public var tooLargeFile: String
    /// The words are too many.
    public var tooLong: Counted
    /// A message has too many files.
    public var tooManyFiles: String
    /// An agent is writing.
    public var typing: String
    /// The server does not answer.
    public var unreachable: String
    /// Messages that were not read.
    public var unread: Counted
    /// A part of a later version.
    public var unsupported: String
    /// A thread without a title.
    public var untitled: String
    /// The server refuses this version of the app.
    public var updateNeeded: String
    /// Fetching what was missed.
    public var updating: String
    /// How far a file has come.
    public var uploaded: String
    /// State of a message.
    public var waiting: String
    /// Anything else that did not work.
    public var wentWrong: String
    /// How exact a place is.
    public var within: String
    /// In the empty line to write in.
    public var write: String
    /// An answer.
    public var yes: String
    /// Above the messages of a day; in the list.
    public var yesterday: String
    /// A request that the person answered; a tap leads to the answer.
    public var youAnswered: String
    /// A request that the person declined; a tap leads to the answer.
    public var youDeclined: String

    public static let english = Words(
        language: "en",
        actions: "What to do with this message",
        answers: "Answers",
        answersFrom: "Write now; we will be back on {day} at {time}.",
        answersFromToday: "Write now; we will be back today at {time}.",
        answersInMinutes: "We usually answer within a few minutes.",
        answersWithinDays: Counted(one: "We usually answer within a day.", other: "We usually answer within {count} days."),
        answersWithinHours: Counted(one: "We usually answer within an hour.", other: "We usually answer within {count} hours."),
        asksPhoto: "Asks for a photo",
        asksPlace: "Asks where you are",
        attach: "Attach",
        attachFile: "File",
        attachPhoto: "Photo",
        attachPlace: "Place",
        back: "Back",
        cancel: "Cancel",
        cancelSending: "Do not send",
        cannotBeSent: "This cannot be sent as it is. Change it and send it again.",
        cannotPhoto: "This app cannot send photos.",
        cannotPlace: "This app cannot share places.",
        changeFailed: "The change was not accepted",
        changeWaiting: "Change waiting to be sent",
        closed: "Answered",
        closedHint: "Answered. Write whenever you like.",
        company: "Team",
        conversationClosed: "Marked as answered",
        conversationReopened: "The conversation goes on",
        copy: "Copy",
        delete: "Delete",
        deleted: "Message deleted",
        discard: "Discard",
        dismiss: "Dismiss",
        draftOf: "Draft: {words}",
        edit: "Edit",
        edited: "edited",
        editing: "Editing a message",
        exact: "Exactly here",
        failed: "Not sent",
        file: "File",
        fileEmpty: "The file is empty. Choose another one.",
        fileName: "The file’s name is too long or has characters that cannot be sent. Rename it and choose it again.",
        fileRefused: "The file was not accepted.",
        fileTooLarge: "The file is too large to send. Choose a smaller one.",
        fileUnreadable: "The file cannot be read any more. Remove it and choose it again.",
        form: "Form",
        goesOn: "Goes on in “{title}”",
        hidden: "Only the name",
        howExact: "How exactly?",
        live: "Live place",
        liveEnded: "No longer shared",
        liveNowhere: "No place yet",
        liveSeen: "Last place at {time}",
        liveUntil: "Until {time}",
        loading: "Loading",
        me: "You",
        missing: "Please fill this in",
        newMessages: "New",
        newThread: "New conversation",
        no: "No",
        noMessages: "How can we help?",
        noMessagesHint: "Write whenever you like. We will answer here.",
        noThreads: "No messages yet",
        noThreadsHint: "Ask us anything. You can close the app: the answer will find you here.",
        notADay: "Please enter a day such as 2026-11-21",
        notANumber: "Please enter a number",
        notAnEmail: "Please enter an e-mail address",
        notStored: "The phone’s storage is full. Nothing was sent.",
        offline: "No network. What you write will be sent later.",
        older: "Older messages",
        olderFailed: "Older messages could not be loaded.",
        open: "Open",
        openLink: "Open {link}",
        openMap: "Open in maps",
        photo: "Photo",
        photoCalled: "Photo {name}",
        pictureDamaged: "The photo is damaged. Choose another one, or send a screenshot of it.",
        pictureKind: "Photos in the format HEIC or AVIF cannot be sent. Save the photo as JPEG, or send a screenshot of it.",
        pictureMissing: "Tap to load the photo",
        pictureTooLarge: "The photo has too many pixels. Send a smaller copy, or a screenshot of it.",
        place: "Place",
        placeName: "Name of the place",
        placeNameTooLong: "The name of the place is too long. Shorten it.",
        placesOff: "This app does not send places. Remove the place and send the rest.",
        quotedEarlier: "Earlier message",
        quotedGone: "The message that you answer is gone. Leave the quote and send again.",
        ratherNot: "I would rather not",
        read: "Read",
        refusedOtherwise: "It was not accepted.",
        remove: "Remove {name}",
        reply: "Reply",
        replyingTo: "Reply to {name}",
        required: "required",
        retry: "Try again",
        rounded: "Around here, about 1 km",
        saidByMe: "You: {words}",
        save: "Save",
        send: "Send",
        sendForm: "Send answers",
        sending: "Sending",
        sent: "Sent",
        shareHour: "Share my place for an hour",
        sharePhoto: "Send a photo",
        sharePlace: "Share a place",
        shareQuarterHour: "Share my place for 15 minutes",
        shareWorkingDay: "Share my place for 8 hours",
        showAnswer: "Show the answer",
        showQuoted: "Show the quoted message",
        signIn: "Sign in",
        signInRefused: "Please sign in again to send and receive.",
        signedOut: "Nobody is signed in.",
        somethingHappened: "The conversation was updated",
        stopSharing: "Stop sharing",
        threadRefused: "This conversation could not be started.",
        threads: "Messages",
        toNewest: "Go to the newest message",
        today: "Today",
        tooLarge: "It is too large.",
        tooLargeFile: "{name} is larger than {size}.",
        tooLong: Counted(one: "Too long by {count} character", other: "Too long by {count} characters"),
        tooManyFiles: "A message holds at most 10 files.",
        typing: "{name} is writing…",
        unreachable: "We cannot be reached at the moment. Trying again.",
        unread: Counted(one: "{count} unread message", other: "{count} unread messages"),
        unsupported: "Update the app to see this.",
        untitled: "Conversation",
        updateNeeded: "Please update the app to send and receive.",
        updating: "Updating",
        uploaded: "{percent} % sent",
        waiting: "Waiting to be sent",
        wentWrong: "That did not work. Please try again.",
        within: "within {distance}",
        write: "Message",
        yes: "Yes",
        yesterday: "Yesterday",
        youAnswered: "You answered",
        youDeclined: "You would rather not")

    public static let french = Words(
        language: "fr",
        actions: "Actions sur ce message",
        answers: "Réponses",
        answersFrom: "Écrivez dès maintenant ; nous serons de retour {day} à {time}.",
        answersFromToday: "Écrivez dès maintenant ; nous serons de retour aujourd’hui à {time}.",
        answersInMinutes: "Nous répondons en général en quelques minutes.",
        answersWithinDays: Counted(one: "Nous répondons en général dans la journée.", other: "Nous répondons en général en {count} jours."),
        answersWithinHours: Counted(one: "Nous répondons en général dans l’heure.", other: "Nous répondons en général en {count} heures."),
        asksPhoto: "Demande une photo",
        asksPlace: "Demande où vous êtes",
        attach: "Joindre",
        attachFile: "Fichier",
        attachPhoto: "Photo",
        attachPlace: "Lieu",
        back: "Retour",
        cancel: "Annuler",
        cancelSending: "Ne pas envoyer",
        cannotBeSent: "Ceci ne peut pas être envoyé tel quel. Modifiez-le et renvoyez-le.",
        cannotPhoto: "Cette application ne peut pas envoyer de photo.",
        cannotPlace: "Cette application ne peut pas partager de lieu.",
        changeFailed: "La modification a été refusée",
        changeWaiting: "Modification en attente d’envoi",
        closed: "Répondu",
        closedHint: "Répondu. Écrivez quand vous voulez.",
        company: "Équipe",
        conversationClosed: "Marquée comme répondue",
        conversationReopened: "La conversation reprend",
        copy: "Copier",
        delete: "Supprimer",
        deleted: "Message supprimé",
        discard: "Supprimer",
        dismiss: "Fermer",
        draftOf: "Brouillon : {words}",
        edit: "Modifier",
        edited: "modifié",
        editing: "Modification d’un message",
        exact: "Exactement ici",
        failed: "Non envoyé",
        file: "Fichier",
        fileEmpty: "Le fichier est vide. Choisissez-en un autre.",
        fileName: "Le nom du fichier est trop long ou contient des caractères impossibles à envoyer. Renommez-le et choisissez-le de nouveau.",
        fileRefused: "Le fichier a été refusé.",
        fileTooLarge: "Le fichier est trop volumineux pour être envoyé. Choisissez-en un plus petit.",
        fileUnreadable: "Le fichier ne peut plus être lu. Retirez-le et choisissez-le de nouveau.",
        form: "Formulaire",
        goesOn: "Se poursuit dans « {title} »",
        hidden: "Seulement le nom",
        howExact: "Avec quelle précision ?",
        live: "Position en direct",
        liveEnded: "Partage terminé",
        liveNowhere: "Pas encore de position",
        liveSeen: "Dernière position à {time}",
        liveUntil: "Jusqu’à {time}",
        loading: "Chargement",
        me: "Vous",
        missing: "À remplir",
        newMessages: "Nouveau",
        newThread: "Nouvelle conversation",
        no: "Non",
        noMessages: "Comment pouvons-nous vous aider ?",
        noMessagesHint: "Écrivez quand vous voulez. Nous répondrons ici.",
        noThreads: "Pas encore de messages",
        noThreadsHint: "Posez-nous vos questions. Vous pouvez fermer l’application : la réponse vous attendra ici.",
        notADay: "Indiquez un jour, par exemple 2026-11-21",
        notANumber: "Indiquez un nombre",
        notAnEmail: "Indiquez une adresse e-mail",
        notStored: "La mémoire du téléphone est pleine. Rien n’a été envoyé.",
        offline: "Pas de réseau. Vos messages partiront plus tard.",
        older: "Messages plus anciens",
        olderFailed: "Les messages plus anciens n’ont pas pu être chargés.",
        open: "Ouvrir",
        openLink: "Ouvrir {link}",
        openMap: "Ouvrir dans Plans",
        photo: "Photo",
        photoCalled: "Photo {name}",
        pictureDamaged: "La photo est endommagée. Choisissez-en une autre, ou envoyez-en une capture d’écran.",
        pictureKind: "Les photos au format HEIC ou AVIF ne peuvent pas être envoyées. Enregistrez la photo en JPEG, ou envoyez-en une capture d’écran.",
        pictureMissing: "Touchez pour charger la photo",
        pictureTooLarge: "La photo a trop de pixels. Envoyez-en une copie plus petite, ou une capture d’écran.",
        place: "Lieu",
        placeName: "Nom du lieu",
        placeNameTooLong: "Le nom du lieu est trop long. Raccourcissez-le.",
        placesOff: "Cette application n’envoie pas de lieux. Retirez le lieu et envoyez le reste.",
        quotedEarlier: "Message plus ancien",
        quotedGone: "Le message auquel vous répondez n’existe plus. Retirez la citation et renvoyez.",
        ratherNot: "Je préfère ne pas le faire",
        read: "Lu",
        refusedOtherwise: "Il a été refusé.",
        remove: "Retirer {name}",
        reply: "Répondre",
        replyingTo: "Réponse à {name}",
        required: "obligatoire",
        retry: "Réessayer",
        rounded: "Aux alentours, 1 km environ",
        saidByMe: "Vous : {words}",
        save: "Enregistrer",
        send: "Envoyer",
        sendForm: "Envoyer les réponses",
        sending: "Envoi en cours",
        sent: "Envoyé",
        shareHour: "Partager ma position une heure",
        sharePhoto: "Envoyer une photo",
        sharePlace: "Partager un lieu",
        shareQuarterHour: "Partager ma position 15 minutes",
        shareWorkingDay: "Partager ma position 8 heures",
        showAnswer: "Afficher la réponse",
        showQuoted: "Afficher le message cité",
        signIn: "Se connecter",
        signInRefused: "Reconnectez-vous pour envoyer et recevoir.",
        signedOut: "Personne n’est connecté.",
        somethingHappened: "La conversation a été mise à jour",
        stopSharing: "Arrêter le partage",
        threadRefused: "Cette conversation n’a pas pu être créée.",
        threads: "Messages",
        toNewest: "Aller au dernier message",
        today: "Aujourd’hui",
        tooLarge: "Il est trop volumineux.",
        tooLargeFile: "{name} dépasse {size}.",
        tooLong: Counted(one: "Trop long de {count} caractère", other: "Trop long de {count} caractères"),
        tooManyFiles: "Un message contient au plus 10 fichiers.",
        typing: "{name} écrit…",
        unreachable: "Nous sommes injoignables pour le moment. Nouvel essai en cours.",
        unread: Counted(one: "{count} message non lu", other: "{count} messages non lus"),
        unsupported: "Mettez l’application à jour pour voir ceci.",
        untitled: "Conversation",
        updateNeeded: "Mettez l’application à jour pour envoyer et recevoir.",
        updating: "Mise à jour",
        uploaded: "{percent} % envoyés",
        waiting: "En attente d’envoi",
        wentWrong: "Cela n’a pas fonctionné. Réessayez.",
        within: "à {distance} près",
        write: "Message",
        yes: "Oui",
        yesterday: "Hier",
        youAnswered: "Vous avez répondu",
        youDeclined: "Vous avez préféré ne pas le faire")
}
