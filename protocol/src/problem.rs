//! Every error a client can meet: `application/problem+json` (RFC 9457) with a stable code.

use serde::{Deserialize, Serialize};

use crate::id::AgentId;
use crate::time::Timestamp;

/// The body of an answer that is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The code as a URI: `urn:tidings:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status of the answer.
    pub status: u16,
    /// What to branch on; never changes its meaning.
    pub code: ProblemCode,
    /// The code in words.
    pub title: String,
    /// What was wrong this time, in English, for a developer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where in the request's body, as a JSON pointer (RFC 6901).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Seconds to wait before trying again; the same as the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// With `conversation_moved`: the messages that the author had not seen, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<crate::message::Message>,
    /// With `assignee_changed`: who has the conversation now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
}

/// Who has a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holder {
    /// Who; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Since when; absent when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Who did it, when that was by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_agent_id: Option<AgentId>,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $status:literal, $title:literal;)*) => {
        /// What went wrong. Clients meet a code they do not know as [`ProblemCode::Unknown`] and go by the status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ProblemCode {
            $($(#[doc = $doc])* $name,)*
            /// A code of a later version.
            #[serde(other)]
            Unknown,
        }

        impl ProblemCode {
            /// Every code, with its explanation, for the documentation.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, concat!($($doc),*)),)*];

            /// The status that travels with the code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Unknown => 500 }
            }

            /// The code in words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* Self::Unknown => "Unknown problem" }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or not of the right shape; `pointer` says where.
    InvalidBody = 400, "The body is not what it should be";
    /// A part of the address or of the query is not what it should be.
    InvalidParameter = 400, "A parameter is not what it should be";
    /// There is no session, or it ended, or it was revoked: sign in again.
    Unauthenticated = 401, "Sign in first";
    /// The identity token was refused; `detail` says why. Ask the app's backend for another.
    IdentityRefused = 401, "The identity token was refused";
    /// E-mail or password is wrong; which of them is not said.
    WrongCredentials = 401, "E-mail or password is wrong";
    /// The password is right, and a code of the authenticator, or a recovery code, is needed too: send it as `code`.
    SecondFactorNeeded = 401, "A code is needed too";
    /// The code is wrong, too old, or was used before.
    WrongCode = 401, "The code is wrong";
    /// This account has no authenticator, its workspace demands a second factor, and its second factor is a passkey: sign in with that.
    PasskeyNeeded = 401, "A passkey is needed";
    /// The passkey did not prove what it should; `detail` says which check failed. Begin anew, each challenge holds once.
    PasskeyRefused = 401, "The passkey was not accepted";
    /// Nobody here has this passkey: it was removed, or made for somebody who is shut out.
    PasskeyUnknown = 401, "The passkey belongs to nobody here";
    /// The company's identity provider does not vouch for this sign-in; `detail` says which check failed. Begin anew.
    ProviderRefused = 401, "The company's sign-in was not accepted";
    /// Nobody here is whom the provider vouches for, and nobody has invited them; `detail` says more.
    NotInvited = 403, "Nobody here is invited by this name";
    /// The provider names no e-mail address of whoever comes for the first time, or none that it has verified.
    EmailUnverified = 403, "The provider has verified no e-mail address";
    /// The agent with this e-mail address is an owner, or has a second factor or a passkey: an address is not enough to become them.
    ConnectFirst = 403, "Connect your account first";
    /// This agent is shut out.
    AgentShutOut = 403, "This agent is shut out";
    /// The agent with this e-mail address has another identity at the provider: an address may have changed hands.
    IdentityTaken = 403, "This agent is somebody else at the provider";
    /// The company lets agents in by its own identity provider only.
    OnlyProvider = 403, "Sign in at your company's provider";
    /// The workspace requires a second factor and this agent has none yet: nothing works until they have set one up.
    SecondFactorRequired = 403, "Set up a second factor first";
    /// This is dangerous, and it is a while since the agent proved who they are: `POST /inbox/v1/session/proof`, then again.
    ProofNeeded = 403, "Prove again who you are";
    /// This account may not do this.
    Forbidden = 403, "This is not allowed";
    /// There is nothing here, or nothing of yours: the answer is the same.
    NotFound = 404, "There is nothing here";
    /// The address exists, but not for this method.
    MethodNotAllowed = 405, "This method is not allowed here";
    /// The id was used before for something else. Nothing was changed; make a new id.
    IdConflict = 409, "The id was used before for something else";
    /// Somebody wrote since `seen_seq`; `unseen` holds their messages. Look, then send again with a newer `seen_seq`.
    ConversationMoved = 409, "Somebody wrote in the meantime";
    /// Somebody else has the conversation than `seen` says; `holder` is who. Nothing was done: look, then ask again.
    AssigneeChanged = 409, "Somebody else has it by now";
    /// The agent is away: nothing can be assigned to them until they are back.
    AssigneeAway = 409, "This agent is away";
    /// The conversation is merged into another: nothing can be done in it before that is undone. The user can still write.
    ConversationMerged = 409, "This conversation was merged into another";
    /// There is one already, of which there can be only one.
    AlreadyExists = 409, "There is one already";
    /// The chunk does not begin where the upload ends; `Upload-Offset` says where that is.
    OffsetConflict = 409, "The chunk does not begin where the upload ends";
    /// Another version of tus than 1.0.0.
    TusVersion = 412, "Another version of tus than 1.0.0";
    /// The body has more bytes than allowed.
    TooLarge = 413, "The body is too large";
    /// The body is not declared as `application/json`.
    UnsupportedMediaType = 415, "The body is of another type than expected";
    /// No byte of the file lies in the range that was asked for.
    RangeNotSatisfiable = 416, "No byte of the file lies in this range";
    /// The bytes of a file are not what was announced, or nothing that is taken; `detail` says what was wrong.
    FileRefused = 422, "The file was refused";
    /// A message names a file that is not there, not its author's, not complete, or in another message.
    AttachmentUnusable = 422, "A file cannot be used in this message";
    /// A message quotes one that is not in its conversation.
    QuoteUnusable = 422, "The quoted message is not in this conversation";
    /// The words of this message cannot be changed; `detail` says why: it was deleted, has none, or would have too many.
    NotEditable = 422, "This message cannot be edited";
    /// These conversations cannot be merged; `detail` says why.
    CannotMerge = 422, "These conversations cannot be merged";
    /// The server has no mail server: its operator can name one (`mail.host`).
    NoMailServer = 422, "This server sends no e-mail";
    /// The server does not know by which name it is reached: its operator sets `public_url` to an `https` address with a name.
    PasskeysUnavailable = 422, "This server takes no passkeys";
    /// The company's identity provider cannot be used: it does not answer, or what it says cannot be; `detail` says more.
    ProviderUnusable = 422, "The company's sign-in cannot be used for the moment";
    /// A number of things has reached its limit; `detail` says which.
    LimitReached = 422, "A limit is reached";
    /// The address of the request has more bytes than allowed, or its headers have.
    HeadersTooLarge = 431, "The headers are too large";
    /// Too many requests: wait as long as `Retry-After` says.
    RateLimited = 429, "Too many requests";
    /// The chunk does not have the checksum that came with it: send it again.
    ChecksumMismatch = 460, "The chunk does not have its checksum";
    /// A fault of the server's own; it has been logged under the request's id.
    Internal = 500, "The server made a mistake";
    /// The server can't reach its database, or is overloaded, or restarts: the outcome is unknown, try again with the same id.
    Unavailable = 503, "The server is not available for the moment";
    /// The disk of the server is full: nothing was stored, reading goes on.
    StorageFull = 507, "The server cannot store anything for the moment";
}

impl ProblemCode {
    /// The word on the wire, such as `id_conflict`.
    pub fn as_str(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(word)) => word,
            _ => String::new(),
        }
    }
}
