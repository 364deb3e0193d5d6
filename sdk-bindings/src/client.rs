//! The client: what the packages hold.

use std::sync::Arc;
use std::time::Duration;

use tidings_sdk_core::{Client, Error, Host, User};

use crate::account::{Asking, CoreAccount, CoreSignOut, CoreTokenProvider};
use crate::compose::CorePoint;
use crate::config::CoreConfig;
use crate::context::{CoreField, CoreNetworkKind, CoreScreen};
use crate::conversation::CoreConversation;
use crate::diagnosis::CoreDiagnosis;
use crate::error::{self, CoreError};
use crate::file::{CoreLocalFile, CoreStorageUsage, CoreVariant};
use crate::listener::{
    CoreAnsweringListener, CoreAppearanceListener, CoreConversationsListener, CoreSubscription,
    CoreSyncStateListener, CoreUnreadListener,
};
use crate::live_place::CoreLiveShare;
use crate::message::{CoreConversationItem, CoreMessageItem};
use crate::push::{CorePushContent, CorePushDeed, CorePushTarget};
use crate::runtime::run;
use crate::state::{CoreNetwork, CoreSyncState, CoreVisibility, CoreVisit};

/// The SDK, opened once in the life of a process.
#[derive(Debug, uniffi::Object)]
pub struct CoreClient(Client);

#[uniffi::export]
impl CoreClient {
    /// Opens the client in its folder. Signs nobody in, connects nowhere.
    #[uniffi::constructor]
    pub async fn open(config: CoreConfig) -> Result<Arc<Self>, CoreError> {
        let config = config.try_into()?;
        // Inside the task: the host takes the runtime that it is made in.
        let client = run(async move { Client::open(config, Host::system()).await }).await?;
        Ok(Arc::new(Self(client)))
    }

    /// Makes the installation's anonymous user the user of the client; works without a network.
    pub async fn sign_in_anonymously(&self) -> Result<(), CoreError> {
        let client = self.0.clone();
        run(async move { client.sign_in(User::Anonymous).await }).await
    }

    /// Makes somebody signed in to the host app the user of the client; works without a network.
    pub async fn sign_in(&self, key: String, tokens: Arc<dyn CoreTokenProvider>) -> Result<(), CoreError> {
        let client = self.0.clone();
        let user = User::Identified { key, tokens: Arc::new(Asking(tokens)) };
        run(async move { client.sign_in(user).await }).await
    }

    /// The same, and what the anonymous user of this phone has becomes theirs.
    pub async fn sign_in_merging(
        &self,
        key: String,
        tokens: Arc<dyn CoreTokenProvider>,
    ) -> Result<(), CoreError> {
        let client = self.0.clone();
        let user = User::Identified { key, tokens: Arc::new(Asking(tokens)) };
        run(async move { client.sign_in_merging(user).await }).await
    }

    /// Signs out; works without a network.
    pub async fn sign_out(&self, store: CoreSignOut) -> Result<(), CoreError> {
        let client = self.0.clone();
        run(async move { client.sign_out(store.into()).await }).await
    }

    /// Who is signed in.
    pub fn account(&self) -> Option<CoreAccount> {
        self.0.account().map(Into::into)
    }

    /// The app came to the screen or left it. Only the latest call counts.
    pub fn set_visibility(&self, visibility: CoreVisibility) {
        self.0.set_visibility(visibility.into());
    }

    /// The phone got or lost its network. Only the latest call counts.
    pub fn set_network(&self, network: CoreNetwork) {
        self.0.set_network(network.into());
    }

    /// The person is on this screen now, or on none.
    pub fn set_screen(&self, screen: Option<CoreScreen>) -> Result<(), CoreError> {
        Ok(self.0.set_screen(screen.map(Into::into))?)
    }

    /// The phone is in this time zone now.
    pub fn set_time_zone(&self, name: Option<String>) {
        self.0.set_time_zone(name);
    }

    /// By what the phone reaches the network now, if that is known.
    pub fn set_network_kind(&self, kind: Option<CoreNetworkKind>) {
        self.0.set_network_kind(kind.map(Into::into));
    }

    /// Says something of the signed-in user, in the place of all that the app said before; works without a network.
    pub async fn set_user_fields(&self, fields: Vec<CoreField>) -> Result<(), CoreError> {
        let client = self.0.clone();
        let fields = fields.into_iter().map(Into::into).collect();
        run(async move { client.set_user_fields(fields).await }).await
    }

    /// Connects while the app is in the background: fetches everything, sends everything, closes again.
    pub async fn visit(&self, at_most_ms: u64) -> Result<CoreVisit, CoreError> {
        let client = self.0.clone();
        run(async move { client.visit(Duration::from_millis(at_most_ms)).await }).await.map(Into::into)
    }

    /// How the client stands to the server.
    pub fn sync_state(&self) -> CoreSyncState {
        self.0.sync_state().into()
    }

    /// Tells the listener the state now and whenever it changes.
    pub fn observe_sync_state(&self, listener: Arc<dyn CoreSyncStateListener>) -> Arc<CoreSubscription> {
        Arc::new(self.0.observe_sync_state(move |state| listener.on_state(state.into())).into())
    }

    /// The user's conversations, newest first.
    pub async fn conversations(&self) -> Result<Vec<CoreConversationItem>, CoreError> {
        let client = self.0.clone();
        let items = run(async move { client.conversations().await }).await?;
        Ok(items.into_iter().map(Into::into).collect())
    }

    /// Keeps the listener's list of conversations true, newest first.
    pub fn observe_conversations(
        &self,
        listener: Arc<dyn CoreConversationsListener>,
    ) -> Arc<CoreSubscription> {
        let told = move |steps: Vec<_>| listener.on_steps(steps.into_iter().map(Into::into).collect());
        Arc::new(self.0.observe_conversations(told).into())
    }

    /// Unread messages in all conversations.
    pub async fn unread(&self) -> Result<i64, CoreError> {
        let client = self.0.clone();
        run(async move { client.unread().await }).await
    }

    /// Tells the listener the number of unread messages in all conversations, now and whenever it changes.
    pub fn observe_unread(&self, listener: Arc<dyn CoreUnreadListener>) -> Arc<CoreSubscription> {
        Arc::new(self.0.observe_unread(move |unread| listener.on_unread(unread)).into())
    }

    /// Tells the listener who answers and how soon, now and whenever that changes.
    pub fn observe_answering(&self, listener: Arc<dyn CoreAnsweringListener>) -> Arc<CoreSubscription> {
        Arc::new(self.0.observe_answering(move |said| listener.on_answering(said.into())).into())
    }

    /// Tells the listener how the company wants the app to look, now and whenever that changes.
    pub fn observe_appearance(&self, listener: Arc<dyn CoreAppearanceListener>) -> Arc<CoreSubscription> {
        Arc::new(self.0.observe_appearance(move |look| listener.on_appearance(look.into())).into())
    }

    /// Messages on the phone that hold all these words, newest first.
    pub async fn search(
        &self,
        words: String,
        conversation_id: Option<String>,
        limit: u32,
    ) -> Result<Vec<CoreMessageItem>, CoreError> {
        let client = self.0.clone();
        let within = conversation_id.as_deref().map(error::id).transpose()?;
        let items = run(async move { client.search(words, within, limit).await }).await?;
        Ok(items.into_iter().map(Into::into).collect())
    }

    /// Looks at everything that may be wrong.
    pub async fn diagnose(&self) -> Result<CoreDiagnosis, CoreError> {
        let client = self.0.clone();
        run(async move { Ok::<_, Error>(client.diagnose().await) }).await.map(Into::into)
    }

    /// A diagnosis with all its facts, as a JSON text.
    pub async fn export_diagnostics(&self) -> Result<String, CoreError> {
        let client = self.0.clone();
        run(async move { client.export_diagnostics().await }).await
    }

    /// Starts a conversation, with custom fields; works without a network.
    pub async fn start_conversation(
        &self,
        title: Option<String>,
        fields: Vec<CoreField>,
    ) -> Result<Arc<CoreConversation>, CoreError> {
        let client = self.0.clone();
        let fields = fields.into_iter().map(Into::into).collect();
        let conversation = run(async move { client.start_conversation_with(title, fields).await }).await?;
        Ok(Arc::new(conversation.into()))
    }

    /// A conversation by its id. Whether it exists is known when it is used.
    pub fn conversation(&self, id: &str) -> Result<Arc<CoreConversation>, CoreError> {
        Ok(Arc::new(self.0.conversation(error::id(id)?)?.into()))
    }

    /// A form of a photo or another file, as a file on the phone; fetched if it is not there.
    pub async fn file(
        &self,
        attachment_id: String,
        variant: CoreVariant,
    ) -> Result<CoreLocalFile, CoreError> {
        let client = self.0.clone();
        let id = error::id(&attachment_id)?;
        run(async move { client.file(id, variant.into()).await }).await?.try_into()
    }

    /// What the client takes of the phone's storage now.
    pub async fn storage_usage(&self) -> Result<CoreStorageUsage, CoreError> {
        let client = self.0.clone();
        run(async move { client.storage_usage().await }).await.map(Into::into)
    }

    /// Removes the files of the signed-in user that can be fetched again; answers how many bytes that freed.
    pub async fn clear_media(&self) -> Result<i64, CoreError> {
        let client = self.0.clone();
        let freed = run(async move { client.clear_media().await }).await?;
        Ok(i64::try_from(freed).unwrap_or(i64::MAX))
    }

    /// The person is here now: every live share of this phone moves there. Answers how many run.
    pub async fn move_live_place(
        &self,
        point: CorePoint,
        measured_at_ms: Option<i64>,
    ) -> Result<u32, CoreError> {
        let client = self.0.clone();
        let running = run(async move { client.move_live_place(point.into(), measured_at_ms).await }).await?;
        Ok(u32::try_from(running).unwrap_or(u32::MAX))
    }

    /// The live shares of this phone that run, the first to end first.
    pub async fn live_shares(&self) -> Result<Vec<CoreLiveShare>, CoreError> {
        let client = self.0.clone();
        let shares = run(async move { client.live_shares().await }).await?;
        Ok(shares.into_iter().map(Into::into).collect())
    }

    /// How to wake this phone, whoever is or will be signed in; absent: not at all.
    pub async fn set_push_target(&self, target: Option<CorePushTarget>) -> Result<(), CoreError> {
        let client = self.0.clone();
        let target = target.map(TryInto::try_into).transpose()?;
        run(async move { client.set_push_target(target).await }).await
    }

    /// Does what a push asks for, and says what the app is to do.
    pub async fn handle_push(
        &self,
        push: CorePushContent,
        at_most_ms: u64,
    ) -> Result<CorePushDeed, CoreError> {
        let client = self.0.clone();
        let push = push.try_into()?;
        run(async move { client.handle_push(&push, Duration::from_millis(at_most_ms)).await })
            .await
            .map(Into::into)
    }

    /// The notification of a push was shown.
    pub async fn push_shown(&self, push: CorePushContent, at_most_ms: u64) -> Result<(), CoreError> {
        let client = self.0.clone();
        let push = push.try_into()?;
        run(async move { client.push_shown(&push, Duration::from_millis(at_most_ms)).await }).await
    }

    /// Closes the client. Everything that was accepted stays in the outbox. Not `close`: each object has one in Kotlin, which
    /// lets go of the object.
    pub async fn shut_down(&self) -> Result<(), CoreError> {
        let client = self.0.clone();
        run(async move {
            client.close().await;
            Ok::<(), Error>(())
        })
        .await
    }
}
