//! What the client takes of the phone's storage.

use std::sync::Arc;

use super::Client;
use crate::cache;
use crate::error::Error;
use crate::files;

/// What the client takes of the phone's storage, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StorageUsage {
    /// Everything in the client's folder, with what was kept of others who signed in on this phone.
    pub total_bytes: u64,
    /// The messages of the user who is signed in, and what belongs to them; 0 with nobody signed in.
    pub store_bytes: u64,
    /// Photos and other files of theirs that can be fetched again.
    pub media_bytes: u64,
    /// Photos and other files of theirs that are still to be sent.
    pub waiting_bytes: u64,
}

impl Client {
    /// What the client takes of the phone's storage now.
    ///
    /// # Errors
    /// `storage`.
    pub async fn storage_usage(&self) -> Result<StorageUsage, Error> {
        let session = self.shared.present().session.clone();
        let accounts = Arc::clone(&self.shared.around.accounts);
        let measured = self.shared.around.host.disk(move || {
            let total_bytes = accounts.bytes()?;
            let Some(session) = session else {
                return Ok(StorageUsage { total_bytes, ..Default::default() });
            };
            let files::Taken { media, waiting } = files::taken(&session)?;
            let store_bytes = cache::weight(&session.record.file);
            Ok(StorageUsage { total_bytes, store_bytes, media_bytes: media, waiting_bytes: waiting })
        });
        Ok(measured.await?)
    }

    /// Removes the photos and other files of the signed-in user that can be fetched again, and answers how many bytes that
    /// freed. Messages stay, and what is still to be sent; a file that is looked at later is fetched anew.
    ///
    /// # Errors
    /// `not_signed_in`; `storage`.
    pub async fn clear_media(&self) -> Result<u64, Error> {
        Ok(files::clear(&self.shared.session()?).await?)
    }
}
