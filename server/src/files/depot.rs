//! The depot: where the bytes of files lie, as objects that are written once and never changed.
//!
//! An object is seen when it is whole and flushed, and not before: in a folder it is written beside its place, flushed
//! with its folder, and then renamed; an S3-compatible store promises the same.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    BackoffConfig, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, RetryConfig, WriteMultipart,
};
use tidings_protocol::id::{AttachmentId, WorkspaceId};
use tidings_protocol::upload::Variant;
use uuid::Uuid;

use super::wire::Wire;
use crate::config::Files as FilesConfig;

/// How long a request to an S3-compatible store is tried again.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often.
const RETRIES: usize = 3;
/// Parts in which a long object goes to an S3-compatible store, which wants 5 MiB at least.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts that are on their way at the same time.
const PARTS: usize = 2;

/// Which place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of this machine, or one that all nodes have mounted.
    Folder(PathBuf),
    /// A bucket, and what the names of the objects begin with.
    Bucket {
        /// The bucket.
        name: String,
        /// Without slashes at its ends; may be empty.
        prefix: String,
    },
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let Some(rest) = text.strip_prefix("s3://") else {
            if text.is_empty() || text.contains("://") {
                return Err("expected a folder, or `s3://BUCKET` with `/PREFIX` if need be");
            }
            return Ok(Self::Folder(text.into()));
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err("`s3://` is followed by the name of a bucket");
        }
        Ok(Self::Bucket { name: name.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Bucket { name, prefix } => write!(f, "s3://{name}/{prefix}"),
        }
    }
}

/// Why the depot did not do it.
#[derive(Debug, thiserror::Error)]
pub enum DepotError {
    /// There is no such object.
    #[error("there is no such object")]
    Missing,
    /// No space is left.
    #[error("the file store is full")]
    Full,
    /// Anything else: out of reach, not allowed, broken.
    #[error("the file store failed: {0}")]
    Failed(object_store::Error),
}

impl From<object_store::Error> for DepotError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::Missing;
        }
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(why) = cause {
            if why
                .downcast_ref::<std::io::Error>()
                .is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull)
            {
                return Self::Full;
            }
            cause = why.source();
        }
        Self::Failed(error)
    }
}

/// The result of everything here.
pub type Result<T, E = DepotError> = std::result::Result<T, E>;

/// The bytes of an object, piece by piece.
pub type Content = BoxStream<'static, Result<Bytes>>;

/// The name of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A form of a file.
    pub fn file(workspace: WorkspaceId, id: AttachmentId, variant: Variant) -> Self {
        Self(format!("{FILES}/{workspace}/{id}/{}", variant.as_str()))
    }

    /// A piece of an upload.
    pub fn piece(workspace: WorkspaceId, id: AttachmentId, token: Uuid) -> Self {
        Self(format!("{STAGING}/{workspace}/{id}/{}", token.simple()))
    }

    /// For trying out whether anything can be written.
    fn probe(token: Uuid) -> Self {
        Self(format!("probe/{}", token.simple()))
    }

    /// Whether it is a piece of an upload.
    pub fn is_staged(&self) -> bool {
        self.0.starts_with(STAGING)
    }

    /// The file or upload that it belongs to; none for a name that is not ours.
    pub fn owner(&self) -> Option<AttachmentId> {
        self.0.rsplit('/').nth(1)?.parse().ok()
    }
}

/// What the names of complete files begin with.
const FILES: &str = "files";
/// What the names of pieces of uploads begin with.
const STAGING: &str = "staging";

/// An object that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub key: Key,
    /// When it was written, in unix milliseconds by the clock of the place.
    pub written_ms: i64,
}

/// The place of the bytes; cheap to clone.
#[derive(Clone)]
pub struct Depot {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    place: Place,
}

impl Depot {
    /// Opens a place. A folder is made when it is missing, for its owner alone; a bucket must be there, and is not asked.
    ///
    /// # Errors
    /// When a folder cannot be made, or what a bucket needs is not configured.
    pub fn open(place: &Place, config: &FilesConfig) -> anyhow::Result<Self> {
        let (store, prefix): (Arc<dyn ObjectStore>, &str) = match place {
            Place::Folder(folder) => {
                make_folder(folder)
                    .with_context(|| format!("cannot make the folder {}", folder.display()))?;
                let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
                (Arc::new(store.with_automatic_cleanup(true)), "")
            }
            Place::Bucket { name, prefix } => (Arc::new(bucket(name, config)?), prefix),
        };
        Ok(Self { store, prefix: Path::from(prefix), place: place.clone() })
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    fn path(&self, key: &Key) -> Path {
        self.prefix.parts().chain(Path::from(key.0.as_str()).parts()).collect()
    }

    /// Writes an object; it is flushed when this answers.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.store.put(&self.path(key), bytes.into()).await?;
        Ok(())
    }

    /// Writes a long object piece by piece.
    pub async fn write(&self, key: &Key) -> Result<Writing> {
        let upload = self.store.put_multipart(&self.path(key)).await?;
        Ok(Writing(WriteMultipart::new_with_chunk_size(upload, PART_BYTES)))
    }

    /// Reads an object, or a range of it.
    pub async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Content> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&self.path(key), options).await?;
        Ok(found.into_stream().map_err(DepotError::from).boxed())
    }

    /// How long an object is; none when it is not there.
    pub async fn bytes(&self, key: &Key) -> Result<Option<u64>> {
        match self.store.head(&self.path(key)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn remove(&self, key: &Key) -> Result<()> {
        match self.store.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes all objects of a file or an upload.
    pub async fn remove_all(&self, workspace: WorkspaceId, id: AttachmentId) -> Result<()> {
        self.remove_pieces(workspace, id).await?;
        self.remove_under(&Key(format!("{FILES}/{workspace}/{id}"))).await
    }

    /// Removes what is staged of an upload.
    pub async fn remove_pieces(&self, workspace: WorkspaceId, id: AttachmentId) -> Result<()> {
        self.remove_under(&Key(format!("{STAGING}/{workspace}/{id}"))).await
    }

    async fn remove_under(&self, key: &Key) -> Result<()> {
        let under = self.path(key);
        let found: Vec<_> = self.store.list(Some(&under)).try_collect().await?;
        for object in &found {
            match self.store.delete(&object.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !found.is_empty() {
            self.flush_removal().await;
        }
        Ok(())
    }

    /// A removed name comes back after a power cut unless its folder was flushed.
    async fn flush_removal(&self) {
        if let Place::Folder(folder) = &self.place {
            let folder = folder.clone();
            let flushed = tokio::task::spawn_blocking(move || {
                // One flush of the whole file system instead of one for each folder, most of which are gone by now.
                rustix::fs::syncfs(std::fs::File::open(folder)?).map_err(std::io::Error::from)
            });
            if let Ok(Err(error)) = flushed.await {
                tracing::warn!(%error, "the folder of files could not be flushed");
            }
        }
    }

    /// Every object of ours, in no order.
    pub fn list(&self) -> BoxStream<'_, Result<Found>> {
        let skip = self.prefix.parts().count();
        let found = [STAGING, FILES].map(|kind| self.store.list(Some(&self.path(&Key(kind.to_owned())))));
        futures_util::stream::iter(found)
            .flatten()
            .map(move |object| {
                let object = object?;
                let name: Path = object.location.parts().skip(skip).collect();
                Ok(Found { key: Key(name.to_string()), written_ms: object.last_modified.timestamp_millis() })
            })
            .boxed()
    }

    /// Whether an object can be written, read and removed.
    pub async fn probe(&self, token: Uuid) -> Result<()> {
        let key = Key::probe(token);
        self.put(&key, Bytes::from_static(b"tidings")).await?;
        let mut content = self.read(&key, None).await?;
        while let Some(piece) = content.next().await {
            piece?;
        }
        self.remove(&key).await
    }
}

/// A long object on its way. It is not there before it is finished; dropped, it never is.
pub struct Writing(WriteMultipart);

impl Writing {
    /// Adds bytes; waits while too many of them are on their way.
    pub async fn add(&mut self, bytes: Bytes) -> Result<()> {
        self.0.wait_for_capacity(PARTS).await?;
        self.0.put(bytes);
        Ok(())
    }

    /// Makes it an object, flushed.
    pub async fn finish(self) -> Result<()> {
        self.0.finish().await?;
        Ok(())
    }

    /// Makes it nothing.
    pub async fn abort(self) -> Result<()> {
        Ok(self.0.abort().await?)
    }
}

fn make_folder(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn bucket(name: &str, config: &FilesConfig) -> anyhow::Result<object_store::aws::AmazonS3> {
    let id = config.s3_access_key_id.as_deref();
    let id = id.context("a bucket needs `files.s3_access_key_id` (AWS_ACCESS_KEY_ID)")?;
    let secret = config.s3_secret_access_key.as_ref();
    let secret = secret.context("a bucket needs `files.s3_secret_access_key` (AWS_SECRET_ACCESS_KEY)")?;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(&config.s3_region)
        .with_access_key_id(id)
        .with_secret_access_key(secret.reveal())
        .with_http_connector(Wire::new(config.s3_extra_ca_pem_file.as_deref())?)
        .with_retry(RetryConfig {
            max_retries: RETRIES,
            retry_timeout: PATIENCE,
            backoff: BackoffConfig::default(),
        });
    if let Some(endpoint) = &config.s3_endpoint {
        // Without one it is Amazon's own, which is told apart by the bucket's name in the host.
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"))
            .with_virtual_hosted_style_request(false);
    } else {
        builder = builder.with_virtual_hosted_style_request(true);
    }
    Ok(builder.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        assert_eq!("data/files".parse(), Ok(Place::Folder("data/files".into())));
        let bucket = |prefix: &str| Place::Bucket { name: "b".to_owned(), prefix: prefix.to_owned() };
        assert_eq!("s3://b".parse(), Ok(bucket("")));
        assert_eq!("s3://b/a/c/".parse(), Ok(bucket("a/c")));
        for text in ["", "s3://", "gs://b", "s3:///a"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_owner_of_an_object_is_in_its_name() {
        let (workspace, id) = (WorkspaceId::from_parts(1, [1; 10]), AttachmentId::from_parts(1, [2; 10]));
        assert_eq!(Key::file(workspace, id, Variant::Screen).owner(), Some(id));
        assert_eq!(Key::piece(workspace, id, Uuid::nil()).owner(), Some(id));
        assert_eq!(Key("files/something".to_owned()).owner(), None);
    }
}
