//! Files on the phone, to be shown.

use tidings_sdk_core::{ErrorCode, LocalFile, StorageUsage, Variant};

use crate::error::CoreError;

/// A form in which a file can be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreVariant {
    /// For a list: the longer edge has at most 320 pixels.
    Thumbnail,
    /// For a screen: at most 1,600.
    Screen,
    /// As it was sent; the only form of what is no picture.
    Original,
}

/// A file on the phone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreLocalFile {
    /// Where it lies. It may go when the cache grows too large: ask again each time.
    pub path: String,
    /// Which form it is: the one asked for, or else a larger one.
    pub variant: CoreVariant,
    /// Its size.
    pub bytes: i64,
}

/// What the client takes of the phone's storage, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct CoreStorageUsage {
    /// Everything in the client's folder, with what was kept of others who signed in on this phone.
    pub total: i64,
    /// The messages of the user who is signed in, and what belongs to them.
    pub messages: i64,
    /// Photos and other files of theirs that can be fetched again.
    pub media: i64,
    /// Photos and other files of theirs that are still to be sent.
    pub waiting: i64,
}

impl From<StorageUsage> for CoreStorageUsage {
    fn from(usage: StorageUsage) -> Self {
        let StorageUsage { total_bytes, store_bytes, media_bytes, waiting_bytes } = usage;
        let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        Self {
            total: signed(total_bytes),
            messages: signed(store_bytes),
            media: signed(media_bytes),
            waiting: signed(waiting_bytes),
        }
    }
}

impl From<CoreVariant> for Variant {
    fn from(variant: CoreVariant) -> Self {
        match variant {
            CoreVariant::Thumbnail => Self::Thumbnail,
            CoreVariant::Screen => Self::Screen,
            CoreVariant::Original => Self::Original,
        }
    }
}

impl TryFrom<LocalFile> for CoreLocalFile {
    type Error = CoreError;

    fn try_from(file: LocalFile) -> Result<Self, CoreError> {
        let LocalFile { path, variant, bytes } = file;
        let path = path.into_os_string().into_string();
        Ok(Self {
            path: path.map_err(|_| CoreError::own(ErrorCode::InvalidConfig, "data_dir is not UTF-8"))?,
            variant: match variant {
                Variant::Thumbnail => CoreVariant::Thumbnail,
                Variant::Screen => CoreVariant::Screen,
                Variant::Original => CoreVariant::Original,
            },
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        })
    }
}
