//! What Kotlin and Swift see of `sdk-core`: names, types and conversions, and no behaviour.
//!
//! The packages in `kotlin/` and `swift/` stand on the sources that are generated from here, and are what apps use. Every type
//! here begins with `Core`, so that it is taken neither for one of those packages nor for one of the platform's
//! (`android.os.Message`).
//!
//! | rule | because |
//! |---|---|
//! | asynchronous work runs on our own runtime, and the caller waits for it ([`runtime`]) | Kotlin drops the future of a cancelled coroutine, Swift does not; a message that was being stored is stored either way |
//! | listeners are synchronous and answer nothing | asynchronous ones do not compile under Swift 6 |
//! | no `u8`, `u16`, `i8`, `i16` is returned by itself | JNA reads them wrongly on some ARM processors |
//! | times are unix milliseconds, ids are strings | the packages above give them their platform's types |
//! | a conversion names every field | a new field in the core does not compile until it is carried over |

uniffi::setup_scaffolding!();

mod account;
mod appearance;
mod client;
mod compose;
mod config;
mod context;
mod conversation;
mod diagnosis;
mod error;
mod file;
mod list;
mod listener;
mod live_place;
mod markup;
mod message;
mod part;
mod push;
mod runtime;
mod state;

pub use account::{CoreAccount, CoreSignOut, CoreTokenFailure, CoreTokenProvider, CoreTokenRequest};
pub use client::CoreClient;
pub use compose::{
    CoreAnswerValue, CoreContent, CoreFieldAnswer, CoreFile, CoreFileSource, CorePlace, CorePoint,
    CorePrecision,
};
pub use config::{CoreConfig, CoreLocations, CorePlainHttp, CorePlatform};
pub use context::{CoreContextOptions, CoreField, CoreFieldValue, CoreNetworkKind, CoreScreen};
pub use conversation::{CoreConversation, CoreTimeline};
pub use diagnosis::{CoreDiagnosis, CoreFinding, CoreLogLevel, CoreLogSink, CoreSeverity, install_log_sink};
pub use error::{CoreError, CoreErrorCode};
pub use file::{CoreLocalFile, CoreVariant};
pub use list::{CoreConversationStep, CoreMessageStep};
pub use listener::{
    CoreConversationsListener, CoreMessagesListener, CoreSubscription, CoreSyncStateListener,
    CoreTypingListener, CoreUnreadListener,
};
pub use live_place::{CoreLiveShare, CoreShareFor};
pub use markup::{CoreBlock, CoreRun};
pub use message::{
    CoreAuthor, CoreConversationItem, CoreConversationState, CoreFileProgress, CoreMergedInto,
    CoreMessageItem, CoreOpening, CoreRefusal, CoreSendState,
};
pub use part::{CoreAnswer, CoreFormField, CoreFormFieldKind, CoreLivePlace, CorePart, CoreQuickReply};
pub use push::{
    CorePushContent, CorePushEnvironment, CorePushProvider, CorePushTarget, parse_push_data, parse_push_json,
};
pub use state::{CoreDiscarded, CoreNetwork, CoreNewer, CoreOlder, CoreSyncState, CoreVisibility, CoreVisit};

/// The version of the compiled core. The packages compare it with their own: both halves are always shipped together.
#[uniffi::export]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
