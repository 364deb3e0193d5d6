//! What the documentation says about numbers and codes, against the code. `UPDATE_FIXTURES=1` writes it anew: the
//! tables between markers of `docs/protocol.md`, and the whole of `docs/problems.md`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tidings_protocol::frame::CloseCode;
use tidings_protocol::limits;
use tidings_protocol::problem::ProblemCode;

fn document(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

/// Compares a file with what it should hold, after writing it when asked to.
fn same(path: &Path, wanted: &str) {
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        fs::write(path, wanted).unwrap();
    }
    let found = fs::read_to_string(path).unwrap();
    assert_eq!(found, wanted, "{} differs: UPDATE_FIXTURES=1 writes it anew", path.display());
}

/// Compares what stands between the markers of this name in the protocol's description.
fn same_table(name: &str, table: &str) {
    let path = document("protocol.md");
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (head, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
    same(&path, &format!("{head}{begin}{table}{end}{tail}"));
}

#[test]
fn the_tables_of_the_protocol_are_those_of_the_code() {
    same_table("close-codes", &close_codes());
    same_table("problems", &problems());
    same_table("limits", &limits_table());
}

fn close_codes() -> String {
    let mut table = "| code | name | means | come back |\n|---|---|---|---|\n".to_owned();
    for code in CloseCode::ALL {
        let (name, means, advice) = close_code(code);
        let number = code.code();
        assert_eq!(CloseCode::reconnects(number), !advice.starts_with("after"), "{name}");
        writeln!(table, "| {number} | {name} | {means} | {advice} |").unwrap();
    }
    table
}

/// Name, meaning, and whether to come back: "after …" means not by itself.
const fn close_code(code: CloseCode) -> (&'static str, &'static str, &'static str) {
    match code {
        CloseCode::Restart => ("restart", "the server restarts or drains", "within the window of `goodbye`"),
        CloseCode::Slow => ("slow", "this reader did not keep up", "yes, from the cursor"),
        CloseCode::PingTimeout => ("ping_timeout", "two pings were not answered", "yes"),
        CloseCode::RateLimited => ("rate_limited", "too many sockets or frames", "later"),
        CloseCode::Unavailable => ("unavailable", "the database was out of reach", "yes"),
        CloseCode::NotAuthenticated => (
            "not_authenticated",
            "no first frame within 10 s, or another than expected",
            "after mending the client",
        ),
        CloseCode::TokenInvalid => {
            ("token_invalid", "the token is not, or no longer, valid", "after getting another token")
        }
        CloseCode::Revoked => ("revoked", "the session, user, agent or app was revoked", "after signing in"),
        CloseCode::BadFrame => ("bad_frame", "a frame was not what it should be", "after mending the client"),
        CloseCode::Reset => ("reset", "the cursor is of another history or too old", "after bootstrapping"),
    }
}

fn problems() -> String {
    let mut table = "| code | status | means |\n|---|---|---|\n".to_owned();
    for (code, means) in ProblemCode::ALL {
        let (word, status) = (code.as_str(), code.status());
        writeln!(table, "| [`{word}`](problems.md#{word}) | {status} | {} |", means.trim()).unwrap();
    }
    table
}

fn live_seconds() -> String {
    let (min, max, pace) = (limits::LIVE_SECONDS_MIN, limits::LIVE_SECONDS, limits::LIVE_PLACE_SECONDS);
    format!("{min} to {max}, {pace}")
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn limits_table() -> String {
    let rows = [
        ("all text of one message or note", bytes(limits::TEXT_BYTES)),
        ("parts of one message", limits::PARTS.to_string()),
        ("attachments of one message", limits::ATTACHMENTS.to_string()),
        ("one attached file", bytes(usize::try_from(limits::ATTACHMENT_BYTES).unwrap())),
        (
            "one picture",
            format!(
                "{}, {} million pixels",
                bytes(usize::try_from(limits::IMAGE_BYTES).unwrap()),
                limits::IMAGE_PIXELS / 1_000_000
            ),
        ),
        (
            "one chunk of an upload",
            format!(
                "{}, and at least {} unless it is the last",
                bytes(limits::CHUNK_BYTES),
                bytes(limits::CHUNK_BYTES_MIN)
            ),
        ),
        (
            "uploads of one person that no message names",
            format!("{}, {}", limits::UPLOADS, bytes(usize::try_from(limits::UPLOADS_BYTES).unwrap())),
        ),
        ("time that an upload may rest, or be in no message", format!("{} hours", limits::UPLOAD_HOURS)),
        ("time for which a file's address holds", format!("{} minutes", limits::ADDRESS_MINUTES)),
        ("quick replies of one part", limits::QUICK_REPLIES.to_string()),
        ("seconds for which a place may be shared live, and between two places", live_seconds()),
        ("fields of one form", limits::FORM_FIELDS.to_string()),
        ("a conversation's title", bytes(limits::TITLE_BYTES)),
        ("a name, a label", format!("{}, {}", bytes(limits::NAME_BYTES), bytes(limits::LABEL_BYTES))),
        (
            "a file's name, a MIME type",
            format!("{}, {}", bytes(limits::FILE_NAME_BYTES), bytes(limits::MEDIA_TYPE_BYTES)),
        ),
        (
            "an e-mail address, an external id",
            format!("{}, {}", bytes(limits::EMAIL_BYTES), bytes(limits::EXTERNAL_ID_BYTES)),
        ),
        (
            "an agent's password",
            format!(
                "{}, and at least {} characters",
                bytes(limits::PASSWORD_BYTES),
                limits::PASSWORD_CHARACTERS_MIN
            ),
        ),
        ("passkeys of one agent", limits::PASSKEYS.to_string()),
        (
            "an identity token, a push token",
            format!("{}, {}", bytes(limits::IDENTITY_TOKEN_BYTES), bytes(limits::PUSH_TOKEN_BYTES)),
        ),
        ("conversations of one user", thousands(limits::CONVERSATIONS_PER_USER)),
        ("a tag", bytes(limits::TAG_BYTES)),
        (
            "tags of one conversation, of one team",
            format!("{}, {}", limits::TAGS_PER_CONVERSATION, limits::TAGS_PER_TEAM),
        ),
        (
            "saved replies of one agent, of one team; languages of one",
            format!("{}, {}; {}", limits::SAVED_REPLIES, limits::SAVED_REPLIES, limits::SAVED_LANGUAGES),
        ),
        ("days for which messages may be kept, unless it is for ever", limits::KEPT_DAYS.to_string()),
        (
            "cards of a company's own systems for one person; rows of one; what a row says",
            format!("{}; {}; {} B", limits::CARDS, limits::CARD_ROWS, limits::CARD_VALUE_BYTES),
        ),
        (
            "webhooks of a workspace; days for which what they were told is kept",
            format!("{}; {}", limits::WEBHOOKS, limits::WEBHOOK_DELIVERY_DAYS),
        ),
        (
            "spans of a week in which a team answers, days on which it does not",
            format!("{}, {}", limits::SPANS_PER_WEEK, limits::HOLIDAYS),
        ),
        (
            "saved views of one agent, shared ones of a workspace",
            format!("{}, {}", limits::SAVED_VIEWS, limits::SHARED_VIEWS),
        ),
        ("colleagues whom one note mentions", limits::MENTIONS.to_string()),
        ("drafts of one agent", limits::DRAFTS.to_string()),
        (
            "days for which a conversation can be put aside, or a reply be held",
            limits::SNOOZE_DAYS.to_string(),
        ),
        (
            "assignment rules of a company; apps, languages or tags of one, skills or languages of an agent",
            format!("{}; {}", limits::RULES, limits::RULE_WORDS),
        ),
        (
            "the question after a conversation was closed; its languages; minutes until then; days until the same user is asked again",
            format!(
                "{}; {}; 0 to {}; {}",
                bytes(limits::QUESTION_BYTES),
                limits::QUESTION_LANGUAGES,
                limits::ASK_MINUTES,
                limits::ASK_AGAIN_DAYS
            ),
        ),
        (
            "the greeting of an app; its languages; the picture that a logo is made of; edges of a logo in pixels",
            format!(
                "{}; {}; {}; {}",
                bytes(limits::GREETING_BYTES),
                limits::GREETING_LANGUAGES,
                bytes(limits::LOGO_BYTES),
                limits::LOGO_EDGE
            ),
        ),
        (
            "days of a report; teams, agents or tags that one tells apart",
            format!("1 to {}; {}", limits::REPORT_DAYS, limits::REPORT_GROUPS),
        ),
        ("conversations merged into one", limits::MERGED.to_string()),
        ("days ahead of which an agent can say that they are back", limits::AWAY_DAYS.to_string()),
        ("seconds in which a held reply can be had back", format!("1 to {}", limits::HOLD_SECONDS)),
        (
            "replies held in one conversation, together",
            format!("{}, {}", limits::HELD_REPLIES, bytes(limits::HELD_BYTES)),
        ),
        ("muted conversations of one user", limits::MUTED.to_string()),
        ("seconds of a test push", format!("0 to {}", limits::PUSH_TEST_SECONDS)),
        ("minutes of a fallback", format!("1 to {}", thousands(limits::FALLBACK_MINUTES))),
        (
            "custom fields of one conversation, of one user from one source; the key of one, its words",
            format!(
                "{}; {}, {}",
                limits::FIELDS,
                bytes(limits::FIELD_KEY_BYTES),
                bytes(limits::FIELD_TEXT_BYTES)
            ),
        ),
        (
            "entries of a conversation's trail; the name of a screen, the screens before it, any other fact",
            format!(
                "{}; {}, {}, {}",
                limits::TRAIL,
                bytes(limits::SCREEN_BYTES),
                limits::VISITED,
                bytes(limits::FACT_BYTES)
            ),
        ),
        ("devices of one user", format!("{} (one more signs the oldest out)", limits::DEVICES_PER_USER)),
        ("one page", format!("{} entries ({} when not said)", limits::PAGE, limits::PAGE_DEFAULT)),
        ("counted conversations of a view", format!("{} (so many or more)", thousands(limits::COUNT))),
        (
            "one page of changes",
            format!(
                "{} changes ({} when not said), {} conversations, and about {} of what they say",
                limits::CHANGES,
                limits::PAGE_DEFAULT,
                limits::CHANGES_CONVERSATIONS,
                bytes(limits::CHANGES_BYTES)
            ),
        ),
        (
            "the body of one request, all its headers",
            format!("{}, {}", bytes(limits::BODY_BYTES), bytes(limits::HEADER_BYTES)),
        ),
        (
            "one frame of a client, of the server",
            format!("{}, {}", bytes(limits::FRAME_BYTES), bytes(limits::SERVER_FRAME_BYTES)),
        ),
        ("sockets of one session", limits::SOCKETS_PER_SESSION.to_string()),
        ("teams that one inbox socket follows", limits::TEAMS_PER_SOCKET.to_string()),
        ("time to the first frame of a socket", seconds(limits::AUTHENTICATE_SECONDS)),
        ("time between two pings of the server", seconds(limits::PING_SECONDS)),
        ("time for which \"is typing\" holds", seconds(limits::TYPING_SECONDS)),
        ("time for which \"looks at it\" holds", seconds(limits::VIEWING_SECONDS)),
        ("time to take in one frame", seconds(limits::WRITE_SECONDS)),
    ];
    let mut table = "| what | at most |\n|---|---|\n".to_owned();
    for (what, most) in rows {
        writeln!(table, "| {what} | {most} |").unwrap();
    }
    table
}

fn bytes(count: usize) -> String {
    const MIB: usize = 1024 * 1024;
    match count {
        MIB.. if count.is_multiple_of(MIB) => format!("{} MiB", count / MIB),
        1024.. if count.is_multiple_of(1024) => format!("{} KiB", count / 1024),
        _ => format!("{count} bytes"),
    }
}

fn thousands(count: i64) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", count / 1_000, count % 1_000) }
}

fn seconds(count: u64) -> String {
    format!("{count} seconds")
}

#[test]
fn the_page_of_problems_has_every_code() {
    let mut page = "# Problems\n\nEvery answer that is an error has a body of the type `application/problem+json` (RFC 9457). \
        Branch on `code`, which never\nchanges its meaning; for a code that you do not know, go by the status. `type` is the \
        same code as a URI, `urn:tidings:problem:` and the code.\n\n<!-- Written by `UPDATE_FIXTURES=1 cargo test -p tidings-protocol --test \
        documents`; change the words there and in problem.rs. -->\n"
        .to_owned();
    for (code, means) in ProblemCode::ALL {
        let (word, status, title) = (code.as_str(), code.status(), code.title());
        writeln!(page, "\n## {word}\n\nStatus {status}: \"{title}\".\n").unwrap();
        writeln!(page, "{}\n\n**What to do.** {}", means.trim(), advice(*code)).unwrap();
    }
    same(&document("problems.md"), &page);
}

#[expect(clippy::too_many_lines, reason = "a table")]
const fn advice(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::InvalidBody => {
            "Mend the client: `detail` says what was expected and `pointer` where. The same body is refused again. Fields that \
             the server does not know are refused too, so a client that is newer than its server may meet this."
        }
        ProblemCode::InvalidParameter => {
            "Mend the client: `detail` names the parameter. A `before` or `next` that was made by hand is a frequent cause; pass \
             on what the last page gave."
        }
        ProblemCode::Unauthenticated => {
            "Sign in again. The SDK does so by itself with a new identity token. Keep what waits to be sent: it goes out \
             under the new session."
        }
        ProblemCode::IdentityRefused => {
            "Ask the app's backend for a new identity token and sign in once more. If it happens again, compare `aud` with the \
             app's id, the clock of the backend with real time, and the registered keys with the one that signs; `detail` says which \
             check failed."
        }
        ProblemCode::WrongCredentials => {
            "Let the person type again. Repeated attempts are slowed down, for the address as well as for the account."
        }
        ProblemCode::SecondFactorNeeded => {
            "Ask the person for the code that their authenticator shows, or for one of their recovery codes, and sign in again \
             with all three. Who has lost both asks an administrator, or whoever has a shell on the server: \
             `tidings agent reset-second-factor EMAIL`."
        }
        ProblemCode::WrongCode => {
            "Let the person type the next code that their authenticator shows: each works once, for a minute at most. If none \
             works, the clock of their telephone is wrong, or the server's."
        }
        ProblemCode::PasskeyNeeded => {
            "Let the person sign in with their passkey: `POST /inbox/v1/session/passkey/challenge`, then `POST /inbox/v1/session/passkey`. \
             Who has lost it asks an administrator to reset the second factor, or whoever has a shell on the server: \
             `tidings agent reset-second-factor EMAIL`."
        }
        ProblemCode::PasskeyRefused => {
            "Begin anew with another challenge; each holds once, for five minutes. If it happens again, compare `public_url` with the \
             address in the browser, and look whether the authenticator asks for a finger, a face or a PIN: it must. If the audit log \
             says that a counter went back, remove the passkey and find out whether somebody has copied it."
        }
        ProblemCode::PasskeyUnknown => {
            "Tell the browser that the passkey opens nothing (`PublicKeyCredential.signalUnknownCredential`), and let the person sign in \
             with e-mail and password."
        }
        ProblemCode::PasskeysUnavailable => {
            "Have the operator set `public_url` to the `https` address under which the inbox is opened. Passkeys are bound to a name, \
             so an address of numbers does not do; `http://localhost` does, for trying."
        }
        ProblemCode::ProviderRefused => {
            "Begin anew: each sign-in at the provider counts once, for fifteen minutes, in the browser that began it. If it happens \
             again, `detail` names the check; a wrong `aud` or `iss` is a wrong client id or issuer in the settings, `exp` and `iat` are \
             clocks that differ, `auth_time` is a provider that does not ask again who it is."
        }
        ProblemCode::NotInvited => {
            "Have somebody who administers invite this person, with the address that the provider says, or let whoever comes from \
             a domain in: Settings, Sign-in and security."
        }
        ProblemCode::EmailUnverified => {
            "An address counts only if the provider says that it has verified it (`email_verified`). Where all addresses of the provider \
             are its own company's, as with Entra ID, an owner says so in the settings; `detail` says what is missing."
        }
        ProblemCode::ConnectFirst => {
            "Let the person sign in once with their password or passkey and connect their account: Settings, Sign-in and security. Or \
             have somebody who administers take the second factor away (`tidings agent reset-second-factor`); an owner always connects."
        }
        ProblemCode::AgentShutOut => {
            "Have somebody who administers let the agent in again: Settings, Team and agents."
        }
        ProblemCode::IdentityTaken => {
            "Find out who it is. If the person got a new account at the provider, disconnect the old one - Settings, Team and agents, or \
             `tidings agent disconnect EMAIL` - and they sign in again; if the address was given to somebody else, they are another agent."
        }
        ProblemCode::OnlyProvider => {
            "Lead the person to the company's provider: `POST /inbox/v1/session/provider/address`. When the provider fails, the owner who \
             was named for it signs in with their password or passkey, or somebody with a shell names one: \
             `tidings agent let-in-by-password EMAIL`, and `tidings agent password-link EMAIL` if they have no password."
        }
        ProblemCode::ProviderUnusable => {
            "Try again; if it goes on, the button **Test** in the settings says what is wrong with the provider. `public_url` must be set."
        }
        ProblemCode::SecondFactorRequired => {
            "Lead the person to setting one up: `POST` and then `PUT /inbox/v1/account/second_factor`, or a passkey: \
             `POST /inbox/v1/account/passkeys/challenge`, then `POST /inbox/v1/account/passkeys`."
        }
        ProblemCode::ProofNeeded => {
            "Ask the person for their password, a code, a passkey or a fresh sign-in at the provider, send it to `POST /inbox/v1/session/proof`, then repeat the request. It \
             holds for ten minutes."
        }
        ProblemCode::Forbidden => {
            "Use an account or a key that may do this. For requests of a browser: they must come from the page's own \
             origin."
        }
        ProblemCode::NotFound => {
            "Do not repeat it. For something that another user owns the answer is the same, so check who is signed in."
        }
        ProblemCode::MethodNotAllowed => {
            "Mend the client: `GET /openapi.json` lists the methods of every address."
        }
        ProblemCode::IdConflict => {
            "If this is a retry, it was not the same request: compare the bodies. If it is a new thing, make a new id from \
             good randomness. A device id that meets this belongs to another user or has another secret: make a new one."
        }
        ProblemCode::ConversationMoved => {
            "Show the messages of `unseen` to the author and let them decide. To send after all, repeat with the `seq` of the last one \
             as `seen_seq`; the id may stay the same, for nothing was stored."
        }
        ProblemCode::AssigneeChanged => {
            "Tell the person who has it since when, and let them decide. To assign it all the same, repeat with `holder.agent_id` \
             as `seen`."
        }
        ProblemCode::AssigneeAway => {
            "Choose another agent, or nobody; `GET /inbox/v1/availability` says who is away and until when. Agents may take \
             something on themselves while they are away."
        }
        ProblemCode::ConversationMerged => {
            "Go to the conversation that `merged_into` names, or have the merge back first: `PUT \
             /inbox/v1/conversations/{id}/merge` with `{\"into\": null}`."
        }
        ProblemCode::CannotMerge => {
            "Tell the person what `detail` says: it names what is in the way, and what to do about it first."
        }
        ProblemCode::AlreadyExists => "Use the one that exists, or choose another name for the new one.",
        ProblemCode::OffsetConflict => {
            "Ask with HEAD where the upload ends and go on from there. A chunk whose answer was lost is the usual cause."
        }
        ProblemCode::TusVersion => "Send `Tus-Resumable: 1.0.0` with every request of an upload.",
        ProblemCode::RangeNotSatisfiable => {
            "`Content-Range` says how long the file is. What is kept of it may be longer than the file: begin anew."
        }
        ProblemCode::FileRefused => {
            "Tell the person what `detail` says. The same file is refused again; a file whose bytes changed on their way may be sent \
             again under a new id."
        }
        ProblemCode::AttachmentUnusable => {
            "`detail` says which file. Look how its upload stands (`GET` on its address), upload it again under a new id if it is gone, and \
             send the message under a new id."
        }
        ProblemCode::QuoteUnusable => {
            "Send it without `quote`; its id is still free. A message that retention took away cannot be quoted any more; one that was deleted can."
        }
        ProblemCode::NoMailServer => {
            "Choose another means, or have whoever runs the server name a mail server (`mail.host`)."
        }
        ProblemCode::NotEditable => {
            "Tell the person what `detail` says: the edit is lost. What they wanted to say can be sent as a new message."
        }
        ProblemCode::ChecksumMismatch => "Send the same chunk again, from the same offset.",
        ProblemCode::TooLarge => "Send less: the limits stand in [the protocol](protocol.md#limits).",
        ProblemCode::UnsupportedMediaType => "Send JSON, and say so with `Content-Type: application/json`.",
        ProblemCode::LimitReached => {
            "Repeating is useless until something is removed or closed; tell the person what `detail` says."
        }
        ProblemCode::HeadersTooLarge => {
            "Send fewer or shorter headers. Cookies of other applications under the same domain are a frequent cause."
        }
        ProblemCode::RateLimited => {
            "Wait as many seconds as `Retry-After` says and repeat with the same id. Sooner repeats count as well."
        }
        ProblemCode::Internal => {
            "Repeat with the same id, after a while. The operator finds the cause in the log under the value of the header \
             `X-Request-Id`."
        }
        ProblemCode::Unavailable => {
            "The outcome is unknown: repeat with the same id after `Retry-After`. Whatever was stored is stored once."
        }
        ProblemCode::StorageFull => {
            "Keep what waits to be sent and try again later. The operator makes room on the disk; a restart is not needed."
        }
        ProblemCode::Unknown => "",
    }
}

#[test]
fn numbers_in_the_prose_are_those_of_the_code() {
    let text = fs::read_to_string(document("protocol.md")).unwrap();
    for (what, sentence) in [
        ("AUTHENTICATE_SECONDS", format!("{} seconds: `authenticate`", limits::AUTHENTICATE_SECONDS)),
        ("PING_SECONDS", format!("pings each {} seconds", limits::PING_SECONDS)),
        ("TYPING_SECONDS", format!("holds for {}.", limits::TYPING_SECONDS)),
        ("VIEWING_SECONDS", format!("holds for {} seconds", limits::VIEWING_SECONDS)),
    ] {
        assert!(text.contains(&sentence), "{what}: docs/protocol.md does not say \"{sentence}\"");
    }
}
