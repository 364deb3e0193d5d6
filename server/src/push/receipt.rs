//! With what an app's notification extension says that a push arrived: it has no session, and the push brings this along.
//! It gives no right but that one.

use tidings_protocol::id::{DeviceId, MessageId, UserId};
use tidings_protocol::push::{PushKind, PushPayload, PushProvider};
use tidings_protocol::text::Label;
use tidings_store::Db;
use tidings_store::ledger::PushDevice;
use uuid::Uuid;

use crate::clock::Clock;
use crate::signed::Signer;

/// Which push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Whose device.
    pub user_id: UserId,
    /// Which device.
    pub device_id: DeviceId,
    /// For which message.
    pub message_id: MessageId,
}

/// Signs receipts. They hold for as long as there is something to note: the message and the device.
pub struct Receipts(Signer);

impl Default for Receipts {
    fn default() -> Self {
        Self(Signer::new("push_receipts"))
    }
}

impl Receipts {
    /// A payload with the receipt of a device that has a use for it: an iPhone, that is to show something.
    pub(super) async fn added(
        &self,
        payload: &PushPayload,
        device: &PushDevice,
        db: &Db,
        clock: &Clock,
    ) -> tidings_store::Result<PushPayload> {
        let mut payload = payload.clone();
        if device.target.provider == PushProvider::Apns && payload.kind != PushKind::Clear {
            let PushPayload { user_id, message_id, .. } = payload;
            let receipt = Receipt { user_id, device_id: device.id, message_id };
            // Far below the limit of a label.
            payload.receipt = Label::try_from(self.token(&receipt, db, clock).await?).ok();
        }
        Ok(payload)
    }

    /// The text of a receipt.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn token(&self, receipt: &Receipt, db: &Db, clock: &Clock) -> tidings_store::Result<String> {
        let Receipt { user_id, device_id, message_id } = receipt;
        let ids = [user_id.uuid(), device_id.uuid(), message_id.uuid()];
        self.0.sign(ids.iter().flat_map(Uuid::as_bytes).copied().collect(), db, clock).await
    }

    /// What a text says that was signed here; none for everything else.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn read(&self, token: &str, db: &Db, clock: &Clock) -> tidings_store::Result<Option<Receipt>> {
        Ok(self.0.read(token, db, clock).await?.as_deref().and_then(decode))
    }
}

fn decode(said: &[u8]) -> Option<Receipt> {
    let id = |place: usize| Uuid::from_slice(said.get(16 * place..16 * (place + 1))?).ok();
    let receipt = Receipt { user_id: id(0)?.into(), device_id: id(1)?.into(), message_id: id(2)?.into() };
    (said.len() == 48).then_some(receipt)
}
