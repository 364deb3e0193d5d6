//! A phone with the SDK in it: what a host app would do, and nothing that only a test could.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tidings_protocol::id::{AppId, MessageId};
use tidings_sdk_core::{
    Client, Config, Conversation, Host, MessageItem, PlainHttp, Platform, SendState, SyncState, TokenRequest,
    User, Visibility,
};

use crate::backend::Identity;
use crate::wait;

/// Where a handset connects to, and where it keeps its files.
#[derive(Debug, Clone)]
pub struct Handset {
    /// The server.
    pub server_url: String,
    /// The app.
    pub app_id: AppId,
    /// Its files.
    pub folder: PathBuf,
    /// What it runs on.
    pub platform: Platform,
}

impl Handset {
    /// Starts the app on it; nobody is signed in yet unless the files say so.
    pub async fn open(&self) -> anyhow::Result<Client> {
        let config = Config {
            server_url: self.server_url.clone(),
            app_id: self.app_id,
            data_dir: self.folder.clone(),
            platform: self.platform,
            locale: Some("en".to_owned()),
            app_version: None,
            extra_root_certificates_pem: None,
            plain_http: PlainHttp::LoopbackOnly,
            locations: tidings_sdk_core::Locations::Allowed,
            file_cache_bytes: tidings_sdk_core::FILE_CACHE_BYTES,
            context: tidings_sdk_core::ContextOptions::default(),
        };
        Ok(Client::open(config, Host::system()).await?)
    }

    /// Starts the app, signs its user in as its backend says, and brings it to the screen.
    pub async fn open_as(
        &self,
        identity: &Identity,
        external_id: &str,
        name: &str,
    ) -> anyhow::Result<Client> {
        let client = self.open().await?;
        client.sign_in(identified(identity, external_id, name)).await?;
        client.set_visibility(Visibility::Foreground);
        Ok(client)
    }
}

/// A user whom the backend vouches for.
pub fn identified(identity: &Identity, external_id: &str, name: &str) -> User {
    let (identity, sub, name) = (identity.clone(), external_id.to_owned(), name.to_owned());
    let tokens = move |request: TokenRequest| {
        // A token that cannot be made is not answered: the SDK asks again later.
        if let Ok(token) = identity.token(&sub, &name) {
            request.resolve(token);
        }
    };
    User::Identified { key: external_id.to_owned(), tokens: Arc::new(tokens) }
}

/// Waits until the client stands like this to its server.
pub async fn wait_state(client: &Client, state: SyncState, limit: Duration) -> anyhow::Result<()> {
    let what = format!("the phone to be {state:?}");
    let ask = || async { Ok((client.sync_state() == state).then_some(())) };
    wait::until(&what, limit, ask)
        .await
        .map_err(|error| error.context(format!("it is {:?}", client.sync_state())))
}

/// Waits until one's own message has this state.
pub async fn wait_sent(
    conversation: &Conversation,
    id: MessageId,
    state: SendState,
    limit: Duration,
) -> anyhow::Result<MessageItem> {
    let what = format!("{id} to be {state:?}");
    let timeline = conversation.timeline();
    let ask = || async {
        let messages = timeline.messages().await?;
        let Some(message) = messages.into_iter().find(|message| message.id == id) else {
            bail!("{id} is not in the timeline");
        };
        Ok((message.state == Some(state.clone())).then_some(message))
    };
    wait::until(&what, limit, ask).await
}

/// Waits until a message is shown.
pub async fn wait_shown(
    conversation: &Conversation,
    id: MessageId,
    limit: Duration,
) -> anyhow::Result<MessageItem> {
    let what = format!("{id} to be shown");
    let timeline = conversation.timeline();
    let ask = || async { Ok(timeline.messages().await?.into_iter().find(|message| message.id == id)) };
    wait::until(&what, limit, ask).await
}
