//! One conversation and its timeline, as the packages hold them.

use std::str::FromStr;
use std::sync::Arc;

use tidings_sdk_core::protocol::id::MessageId;
use tidings_sdk_core::{Conversation, ErrorCode, Timeline};

use crate::compose::{CoreContent, CoreFieldAnswer};
use crate::context::CoreField;
use crate::error::CoreError;
use crate::listener::{CoreMessagesListener, CoreSubscription, CoreTypingListener};
use crate::live_place::CoreShareFor;
use crate::message::{CoreConversationItem, CoreMessageItem};
use crate::runtime::run;
use crate::state::{CoreDiscarded, CoreNewer, CoreOlder, CoreOlderState};

/// One thread of the signed-in user.
#[derive(Debug, uniffi::Object)]
pub struct CoreConversation(Conversation);

impl From<Conversation> for CoreConversation {
    fn from(conversation: Conversation) -> Self {
        Self(conversation)
    }
}

#[uniffi::export]
impl CoreConversation {
    /// Which.
    pub fn id(&self) -> String {
        self.0.id().to_string()
    }

    /// How it is now.
    pub async fn info(&self) -> Result<CoreConversationItem, CoreError> {
        let conversation = self.0.clone();
        run(async move { conversation.info().await }).await.map(Into::into)
    }

    /// Sends words; works without a network. When this returns the message is on disk. Answers its id.
    pub async fn send_text(&self, text: String) -> Result<String, CoreError> {
        let conversation = self.0.clone();
        run(async move { conversation.send_text(text).await }).await.map(|id| id.to_string())
    }

    /// Sends several things in one message; works without a network. Answers its id.
    pub async fn send_contents(&self, contents: Vec<CoreContent>) -> Result<String, CoreError> {
        let conversation = self.0.clone();
        let contents = contents.into_iter().map(Into::into).collect();
        run(async move { conversation.send_contents(contents).await }).await.map(|id| id.to_string())
    }

    /// Answers one message of this conversation: several things in a message that quotes it; works without a network.
    pub async fn send_quoting(
        &self,
        message_id: String,
        contents: Vec<CoreContent>,
    ) -> Result<String, CoreError> {
        let (conversation, quoted) = (self.0.clone(), message(&message_id)?);
        let contents = contents.into_iter().map(Into::into).collect();
        run(async move { conversation.send_quoting(quoted, contents).await }).await.map(|id| id.to_string())
    }

    /// Shares where the person is for a while; works without a network. Answers the id of the message.
    pub async fn share_live_place(&self, time: CoreShareFor) -> Result<String, CoreError> {
        let conversation = self.0.clone();
        run(async move { conversation.share_live_place(time.into()).await }).await.map(|id| id.to_string())
    }

    /// Ends a share of the person's own before its time; works without a network.
    pub async fn end_live_place(&self, message_id: String) -> Result<(), CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.end_live_place(id).await }).await
    }

    /// Answers a message that offers choices; works without a network.
    pub async fn choose(&self, message_id: String, option_id: String) -> Result<String, CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.choose(id, &option_id).await }).await.map(|id| id.to_string())
    }

    /// Says that the person would rather not share what a message asks for; works without a network.
    pub async fn decline_request(&self, message_id: String, words: String) -> Result<String, CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.decline_request(id, words).await }).await.map(|id| id.to_string())
    }

    /// Answers a message that holds a form; works without a network.
    pub async fn answer_form(
        &self,
        message_id: String,
        answers: Vec<CoreFieldAnswer>,
    ) -> Result<String, CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        let answers = answers.into_iter().map(Into::into).collect();
        run(async move { conversation.answer_form(id, answers).await }).await.map(|id| id.to_string())
    }

    /// What the person has begun to write here.
    pub async fn draft(&self) -> Result<Option<String>, CoreError> {
        let conversation = self.0.clone();
        run(async move { conversation.draft().await }).await
    }

    /// Keeps what the person has begun to write; blank: nothing.
    pub async fn set_draft(&self, text: String) -> Result<(), CoreError> {
        let conversation = self.0.clone();
        run(async move { conversation.set_draft(text).await }).await
    }

    /// Replaces the custom fields of this conversation; works without a network.
    pub async fn set_fields(&self, fields: Vec<CoreField>) -> Result<(), CoreError> {
        let conversation = self.0.clone();
        let fields = fields.into_iter().map(Into::into).collect();
        run(async move { conversation.set_fields(fields).await }).await
    }

    /// Gives one of the person's own messages other words; works without a network.
    pub async fn edit(&self, message_id: String, text: String) -> Result<(), CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.edit(id, text).await }).await
    }

    /// Takes one of the person's own messages back, for everybody; works without a network.
    pub async fn delete(&self, message_id: String) -> Result<(), CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.delete(id).await }).await
    }

    /// Sends a message again that the server refused, or tells it once more of an edit that it refused. Answers its id,
    /// another one if its id was what was refused.
    pub async fn retry(&self, message_id: String) -> Result<String, CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.retry(id).await }).await.map(|id| id.to_string())
    }

    /// Throws a message away that waits or was refused; of another, an edit or a deletion that the server does not know of.
    pub async fn discard(&self, message_id: String) -> Result<CoreDiscarded, CoreError> {
        let (conversation, id) = (self.0.clone(), message(&message_id)?);
        run(async move { conversation.discard(id).await }).await.map(Into::into)
    }

    /// The person has seen everything that the phone has.
    pub async fn mark_read(&self) -> Result<(), CoreError> {
        let conversation = self.0.clone();
        run(async move { conversation.mark_read().await }).await
    }

    /// The person is writing; call it at each keystroke.
    pub fn typing(&self) {
        self.0.typing();
    }

    /// Tells the listener who is writing, now and whenever it changes.
    pub fn observe_typing(&self, listener: Arc<dyn CoreTypingListener>) -> Arc<CoreSubscription> {
        Arc::new(self.0.observe_typing(move |typing| listener.on_typing(typing.agent_name)).into())
    }

    /// A window on the messages, beginning with the newest 50.
    pub fn timeline(&self) -> Arc<CoreTimeline> {
        Arc::new(CoreTimeline(self.0.timeline()))
    }
}

/// A window on the messages of one conversation.
#[derive(Debug, uniffi::Object)]
pub struct CoreTimeline(Timeline);

#[uniffi::export]
impl CoreTimeline {
    /// The messages in the window, oldest first, as the phone has them.
    pub async fn messages(&self) -> Result<Vec<CoreMessageItem>, CoreError> {
        let timeline = self.0.clone();
        let items = run(async move { timeline.messages().await }).await?;
        Ok(items.into_iter().map(Into::into).collect())
    }

    /// Keeps the listener's list of messages true, oldest first.
    pub fn observe(&self, listener: Arc<dyn CoreMessagesListener>) -> Arc<CoreSubscription> {
        let told = move |steps: Vec<_>| listener.on_steps(steps.into_iter().map(Into::into).collect());
        Arc::new(self.0.observe(told).into())
    }

    /// Widens the window by up to 50 older messages.
    pub async fn load_older(&self) -> Result<CoreOlder, CoreError> {
        let timeline = self.0.clone();
        run(async move { timeline.load_older().await }).await.map(Into::into)
    }

    /// How it stands with the page before the first message that the phone has.
    pub fn older_state(&self) -> CoreOlderState {
        self.0.older_state().into()
    }

    /// Moves the window to a message that is on the phone.
    pub async fn jump_to(&self, message_id: String) -> Result<(), CoreError> {
        let (timeline, id) = (self.0.clone(), message(&message_id)?);
        run(async move { timeline.jump_to(id).await }).await
    }

    /// Widens a window that ends before the newest message by up to 50 newer ones.
    pub async fn load_newer(&self) -> Result<CoreNewer, CoreError> {
        let timeline = self.0.clone();
        run(async move { timeline.load_newer().await }).await.map(Into::into)
    }

    /// Moves the window back to the newest messages.
    pub fn jump_to_newest(&self) {
        self.0.jump_to_newest();
    }
}

fn message(id: &str) -> Result<MessageId, CoreError> {
    MessageId::from_str(id).map_err(|error| CoreError::own(ErrorCode::InvalidInput, error.to_string()))
}
