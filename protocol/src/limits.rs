//! Every number that bounds something. Sizes are bytes of UTF-8 unless a name says otherwise.

/// All text of one message or note together.
pub const TEXT_BYTES: usize = 16 * 1024;
/// Parts of one message.
pub const PARTS: usize = 10;
/// Attachments of one message.
pub const ATTACHMENTS: usize = 10;
/// The name of a screen of an app.
pub const SCREEN_BYTES: usize = 64;
/// Screens before it that a context names.
pub const VISITED: usize = 5;
/// A version, a model, a language tag of a context.
pub const FACT_BYTES: usize = 128;
/// Entries of the trail of one conversation; the oldest make room.
pub const TRAIL: i64 = 20;
/// Custom fields of one conversation, and of one user from one source.
pub const FIELDS: usize = 20;
/// The key of a custom field.
pub const FIELD_KEY_BYTES: usize = 40;
/// The words of a custom field.
pub const FIELD_TEXT_BYTES: usize = 512;
/// Choices of one quick-replies part.
pub const QUICK_REPLIES: usize = 13;
/// Fields of one form.
pub const FORM_FIELDS: usize = 20;
/// A label: of a place, a choice, a form field.
pub const LABEL_BYTES: usize = 256;
/// Seconds for which a place may be shared live, at most: a working day.
pub const LIVE_SECONDS: i64 = 8 * 60 * 60;
/// The shortest such time.
pub const LIVE_SECONDS_MIN: i64 = 60;
/// Seconds between two places of one share, at least; a phone keeps to it, and the server takes none that comes a second
/// or more too early.
pub const LIVE_PLACE_SECONDS: i64 = 5;
/// The highest number of a place of one share.
pub const LIVE_PLACES: i64 = 1_000_000;
/// A file's name.
pub const FILE_NAME_BYTES: usize = 255;
/// A MIME type.
pub const MEDIA_TYPE_BYTES: usize = 127;
/// One attached file.
pub const ATTACHMENT_BYTES: i64 = 100 * 1024 * 1024;
/// One uploaded picture, before it is looked at: it is decoded in memory.
pub const IMAGE_BYTES: i64 = 32 * 1024 * 1024;
/// Pixels of one picture: what a few bytes may unfold to.
pub const IMAGE_PIXELS: u64 = 50_000_000;
/// The longer edge of a picture's thumbnail, in pixels.
pub const THUMBNAIL_EDGE: u32 = 320;
/// The longer edge of a picture for a screen, in pixels.
pub const SCREEN_EDGE: u32 = 1_600;
/// One chunk of an upload; it is held in memory.
pub const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// The smallest chunk of an upload, unless it is the last: each costs a flush.
pub const CHUNK_BYTES_MIN: usize = 64 * 1024;
/// Uploads of one person that no message names.
pub const UPLOADS: i64 = 50;
/// Their bytes together.
pub const UPLOADS_BYTES: i64 = 1024 * 1024 * 1024;
/// Hours after which an upload goes that did not go on, or that no message names.
pub const UPLOAD_HOURS: i64 = 48;
/// Minutes for which the address of a file holds, at most.
pub const ADDRESS_MINUTES: i64 = 15;
/// A conversation's title.
pub const TITLE_BYTES: usize = 256;
/// The name of a person, app, team or workspace.
pub const NAME_BYTES: usize = 256;
/// An e-mail address (RFC 5321, section 4.5.3.1.3).
pub const EMAIL_BYTES: usize = 254;
/// A user's id in the company's own system.
pub const EXTERNAL_ID_BYTES: usize = 256;
/// A password, which is hashed and never stored.
pub const PASSWORD_BYTES: usize = 1024;
/// The shortest password that an agent may choose, in characters (OWASP ASVS 5.0, 6.2.1).
pub const PASSWORD_CHARACTERS_MIN: usize = 8;
/// Recovery codes that are made at a time.
pub const RECOVERY_CODES: usize = 10;
/// Passkeys of one agent.
pub const PASSKEYS: i64 = 20;
/// One text of what a browser says of a passkey, in base 64.
pub const PASSKEY_TEXT_BYTES: usize = 16 * 1024;
/// Seconds for which a passkey may answer.
pub const PASSKEY_SECONDS: i64 = 5 * 60;
/// An id, a secret or a code of a company's identity provider.
pub const PROVIDER_TEXT_BYTES: usize = 4 * 1024;
/// Seconds in which somebody who was sent to the provider comes back.
pub const PROVIDER_SECONDS: i64 = 15 * 60;
/// Seconds for which a proof opens what is dangerous.
pub const PROOF_SECONDS: i64 = 10 * 60;
/// Hours for which a link opens with which an agent sets a password.
pub const PASSWORD_LINK_HOURS: i64 = 24;
/// Days for which an invitation opens the door.
pub const INVITATION_DAYS: i64 = 7;
/// Invitations of a workspace that nobody has followed yet.
pub const INVITATIONS: i64 = 100;
/// An identity token.
pub const IDENTITY_TOKEN_BYTES: usize = 4 * 1024;
/// A push token: opaque, so generous.
pub const PUSH_TOKEN_BYTES: usize = 4 * 1024;
/// The address of an endpoint.
pub const WEB_ADDRESS_BYTES: usize = 2 * 1024;
/// Conversations that one user may open.
pub const CONVERSATIONS_PER_USER: i64 = 1_000;
/// A word by which a team sorts its conversations.
pub const TAG_BYTES: usize = 48;
/// Tags of one conversation.
pub const TAGS_PER_CONVERSATION: usize = 12;
/// Tags that one team may have made.
pub const TAGS_PER_TEAM: i64 = 500;
/// Colleagues whom one note mentions.
pub const MENTIONS: usize = 20;
/// Saved replies of one agent, and of one team.
pub const SAVED_REPLIES: i64 = 300;
/// Views that one agent keeps for themselves.
pub const SAVED_VIEWS: i64 = 20;
/// Views that are shared in one workspace.
pub const SHARED_VIEWS: i64 = 30;
/// Languages of one saved reply.
pub const SAVED_LANGUAGES: usize = 12;
/// The name of a language (BCP 47).
pub const LANGUAGE_BYTES: usize = 35;
/// Days for which messages may be kept, unless it is for ever.
pub const KEPT_DAYS: i64 = 36_500;
/// What a row of a company's card says.
pub const CARD_VALUE_BYTES: usize = 1_000;
/// Cards of a company's own systems for one person.
pub const CARDS: usize = 4;
/// Rows of one of them.
pub const CARD_ROWS: usize = 20;
/// Webhooks of a workspace.
pub const WEBHOOKS: i64 = 20;
/// Hours for which requests are signed with the old secret of a webhook, too.
pub const WEBHOOK_OLD_SECRET_HOURS: i64 = 24;
/// Days of nothing but failures after which a webhook is switched off.
pub const WEBHOOK_FAILING_DAYS: i64 = 5;
/// Days for which what was told to webhooks is listed.
pub const WEBHOOK_DELIVERY_DAYS: i64 = 30;
/// Spans of a week in which a team answers.
pub const SPANS_PER_WEEK: usize = 42;
/// Days on which a team does not.
pub const HOLIDAYS: usize = 100;
/// Drafts that one agent may have.
pub const DRAFTS: i64 = 200;
/// Days for which a conversation may be put aside, or a reply be held until a time, at most.
pub const SNOOZE_DAYS: i64 = 366;
/// The question that users are asked after a conversation was closed.
pub const QUESTION_BYTES: usize = 500;
/// Languages of that question.
pub const QUESTION_LANGUAGES: usize = 12;
/// Minutes after which they are asked, at most: a day.
pub const ASK_MINUTES: i64 = 24 * 60;
/// Days for which a user who was asked is not asked again.
pub const ASK_AGAIN_DAYS: i64 = 14;
/// The greeting of an app, in one language.
pub const GREETING_BYTES: usize = 500;
/// Languages of that greeting.
pub const GREETING_LANGUAGES: usize = 12;
/// The picture that a logo is made of.
pub const LOGO_BYTES: usize = 4 * 1024 * 1024;
/// Both edges of a logo, in pixels, at most.
pub const LOGO_EDGE: u32 = 256;
/// Days of one report, at most.
pub const REPORT_DAYS: i32 = 366;
/// Teams, agents or tags that one report tells apart, at most.
pub const REPORT_GROUPS: usize = 500;
/// Rules by which a company assigns conversations.
pub const RULES: usize = 50;
/// Apps, languages or tags of a rule; skills or languages of an agent.
pub const RULE_WORDS: usize = 20;
/// Days ahead of which an agent may say that they are back, at most.
pub const AWAY_DAYS: i64 = 366;
/// Conversations that may be merged into one.
pub const MERGED: usize = 20;
/// Seconds for which a reply may be held so that it can be had back, at most.
pub const HOLD_SECONDS: u8 = 60;
/// Replies that may be held in one conversation.
pub const HELD_REPLIES: i64 = 10;
/// All that is held in one conversation, as JSON: each of its headers carries it.
pub const HELD_BYTES: usize = 128 * 1024;
/// Devices that one user may have; signing in on one more signs the oldest out.
pub const DEVICES_PER_USER: i64 = 20;
/// Conversations that one user may mute.
pub const MUTED: usize = 200;
/// Seconds that a test push waits for the phone, at most.
pub const PUSH_TEST_SECONDS: u8 = 20;
/// Minutes after which somebody is told of a message in another way, at most: a week.
pub const FALLBACK_MINUTES: i64 = 7 * 24 * 60;
/// Entries of one page, of anything.
pub const PAGE: i64 = 100;
/// Entries of one page when the request does not say.
pub const PAGE_DEFAULT: i64 = 50;
/// Conversations of a view that are counted: so many stand for that many or more.
pub const COUNT: i64 = 1_000;
/// Changes of one answer to "what came after this cursor?": what a day away amounts to comes in one request.
pub const CHANGES: i64 = 1_000;
/// Stored bytes of messages and notes after which such an answer ends, whatever was asked for; what it adds around them
/// is about 400 bytes a change.
pub const CHANGES_BYTES: usize = 1024 * 1024;
/// Conversations whose headers one such answer carries; it ends before a change of one more.
pub const CHANGES_CONVERSATIONS: usize = 100;
/// One frame of a client on a socket. Frames of the server stay under it too, unless one change alone is larger.
pub const FRAME_BYTES: usize = 64 * 1024;
/// One frame of the server on a socket: one change whose text is 16 KiB of characters that JSON must escape.
pub const SERVER_FRAME_BYTES: usize = 512 * 1024;
/// The body of one request.
pub const BODY_BYTES: usize = 256 * 1024;
/// All headers of one request.
pub const HEADER_BYTES: usize = 16 * 1024;
/// Teams whose feeds one inbox socket may follow.
pub const TEAMS_PER_SOCKET: usize = 64;
/// Sockets of one session on one node: a phone has one, an agent one for each window.
pub const SOCKETS_PER_SESSION: usize = 50;
/// Seconds from the opening of a socket to its first frame.
pub const AUTHENTICATE_SECONDS: u64 = 10;
/// Seconds between two pings of the server; a socket that misses two is closed.
pub const PING_SECONDS: u64 = 25;
/// Seconds for which "is typing" holds unless it is repeated.
pub const TYPING_SECONDS: u64 = 6;
/// Seconds for which "looks at it" holds unless it is repeated: two pings may get lost.
pub const VIEWING_SECONDS: u64 = 60;
/// Seconds that one frame may take to be written before the reader counts as too slow.
pub const WRITE_SECONDS: u64 = 30;
