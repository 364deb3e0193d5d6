//! Fetching a form of a file, to be shown: from the folder if it is there, else from the server, piece after piece. What
//! was fetched of it before the line broke, or the process died, is not fetched again. What came is compared with the sum that the
//! server says before it counts: a line, a proxy or a disk may change a file that has the right length.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::AttachmentId;
use tidings_protocol::upload::{AttachmentAddresses, Sha256, Variant, VariantAddress};

use crate::cache::{self, Durability, Stored};
use crate::conversation::{call, unreachable};
use crate::error::{Error, ErrorCode, Fault};
use crate::session::Session;
use crate::transport::{CallError, Stretch};

/// Tries for each piece, and for the addresses.
const TRIES: u32 = 3;
/// Between the tries.
const PAUSE: Duration = Duration::from_millis(700);

/// A file on the phone, to be shown or handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Where it lies. It may go when the cache grows too large: ask again each time.
    pub path: PathBuf,
    /// Which form it is: the one asked for, or else a larger one.
    pub variant: Variant,
    /// Its size.
    pub bytes: u64,
}

/// A form of a file; one that is larger does, too, when it is on the phone, and the only one there is in any case.
pub(crate) async fn fetch(
    session: &Arc<Session>,
    id: AttachmentId,
    mut variant: Variant,
) -> Result<LocalFile, Error> {
    loop {
        let turn = session.files.turn(id, variant);
        let _turn = turn.lock().await;
        if let Some(file) = session.disk(move |session| here(session, id, variant)).await? {
            return Ok(file);
        }
        let form = address(session, id, variant).await?;
        if form.variant == variant {
            return load(session, id, form).await;
        }
        // Somebody else may be fetching that one.
        variant = form.variant;
    }
}

/// The form, or the smallest larger one, that is on the phone.
fn here(session: &Session, id: AttachmentId, variant: Variant) -> Result<Option<LocalFile>, Fault> {
    let mut stored = session.cache.read(|connection| cache::stored(connection, id))?;
    stored.retain(|stored| stored.complete && rank(stored.variant) >= rank(variant));
    stored.sort_by_key(|stored| rank(stored.variant));
    for stored in stored {
        if session.files.folder.length(&stored.file) == stored.bytes {
            let now_ms = session.around.host.clock.wall_ms();
            session
                .cache
                .write(Durability::Crash, |write| cache::file_used(write, id, stored.variant, now_ms))?;
            return Ok(Some(local(session, &stored)));
        }
        // The system, or a person, has emptied the folder.
        session.cache.write(Durability::Crash, |write| cache::remove_file(write, id, stored.variant))?;
    }
    Ok(None)
}

fn rank(variant: Variant) -> Option<usize> {
    Variant::ALL.iter().position(|known| *known == variant)
}

fn local(session: &Session, stored: &Stored) -> LocalFile {
    LocalFile { path: session.files.folder.path(&stored.file), variant: stored.variant, bytes: stored.bytes }
}

/// Where the form can be fetched; of a file that has not this form, the largest.
async fn address(
    session: &Arc<Session>,
    id: AttachmentId,
    variant: Variant,
) -> Result<VariantAddress, Error> {
    let ask = || async {
        let token = session.token().ok_or_else(|| CallError::Unclear {
            retry_after: None,
            why: unreachable().message().to_owned(),
        })?;
        session.around.api.addresses(&token, id).await
    };
    let AttachmentAddresses { mut variants, .. } = tried(session, ask).await?;
    let at = variants.iter().position(|form| form.variant == variant);
    match at.or_else(|| variants.len().checked_sub(1)) {
        Some(at) => Ok(variants.swap_remove(at)),
        None => Err(Error::new(ErrorCode::NotFound, "the file has no form that can be fetched")),
    }
}

/// Makes a request until it is answered, a few times.
async fn tried<T, F: Future<Output = Result<T, CallError>>>(
    session: &Session,
    mut ask: impl FnMut() -> F,
) -> Result<T, Error> {
    let clock = &session.around.host.clock;
    let mut tries = 1;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(CallError::Unclear { .. }) if tries < TRIES => {
                tries += 1;
                let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
                clock.sleep_until(clock.steady_ms() + pause).await;
            }
            Err(error) => return Err(call(&error)),
        }
    }
}

/// Fetches what is missing of a form. If something else came, all of it is fetched once more.
async fn load(session: &Arc<Session>, id: AttachmentId, form: VariantAddress) -> Result<LocalFile, Error> {
    let sha256 = form.sha256;
    let file = format!("{id}-{}.{}", form.variant.as_str(), extension(&form));
    let stored = Stored { variant: form.variant, file, bytes: form.bytes.unsigned_abs(), complete: false };
    let noted = stored.clone();
    let from = session.disk(move |session| {
        let now_ms = session.around.host.clock.wall_ms();
        // Before the first byte: what no row knows is swept away.
        session.cache.write(Durability::Crash, |write| cache::put_file(write, id, &noted, now_ms))?;
        Ok(session.files.folder.length(&part_of(&noted.file)))
    });
    let from = from.await?;
    let mut form = pieces(session, id, &stored, form, if from > stored.bytes { 0 } else { from }).await?;
    if !is_what_it_should_be(session, &stored, sha256).await? {
        tracing::warn!(%id, variant = stored.variant.as_str(), "another file came than the server has; once more");
        form = pieces(session, id, &stored, form, 0).await?;
        if !is_what_it_should_be(session, &stored, sha256).await? {
            tracing::error!(%id, bytes = form.bytes, "another file came than the server has, twice");
            let why = "what comes is not the file that the server has: something on the way changes it";
            return Err(Error::new(ErrorCode::Network, why));
        }
    }
    Ok(session.disk(move |session| settle(session, id, stored)).await?)
}

/// Whether what was fetched has the sum that the server says. If not, it is taken away. Without a sum nobody can tell.
async fn is_what_it_should_be(
    session: &Arc<Session>,
    stored: &Stored,
    sha256: Option<Sha256>,
) -> Result<bool, Error> {
    let Some(sha256) = sha256 else { return Ok(true) };
    let name = part_of(&stored.file);
    let compared = session.disk(move |session| {
        let folder = session.files.folder();
        let is_right = folder.sum(&name)? == *sha256.as_bytes();
        if !is_right {
            folder.remove(&name)?;
        }
        Ok(is_right)
    });
    Ok(compared.await?)
}

/// Fetches from `from` on; answers the address that held last.
async fn pieces(
    session: &Arc<Session>,
    id: AttachmentId,
    stored: &Stored,
    mut form: VariantAddress,
    mut from: u64,
) -> Result<VariantAddress, Error> {
    let (whole, mut renewed) = (stored.bytes, false);
    while from < whole {
        let piece = match tried(session, || piece(session, &form.address, from, whole)).await {
            // Addresses hold for a while only, and the line may have been bad for longer.
            Err(error) if error.code() == ErrorCode::NotFound && !renewed => {
                renewed = true;
                form = address(session, id, stored.variant).await?;
                continue;
            }
            piece => piece?,
        };
        let name = part_of(&stored.file);
        let to = from + u64::try_from(piece.len()).unwrap_or(u64::MAX);
        session.disk(move |session| session.files.folder.append(&name, from, &piece)).await?;
        from = to;
    }
    Ok(form)
}

/// Fetches as much of a file as the line can carry at once, and learns from how long it took.
async fn piece(session: &Session, address: &str, from: u64, whole: u64) -> Result<Vec<u8>, CallError> {
    let (clock, pace) = (&session.around.host.clock, &session.files.down);
    let stretch = Stretch { from, to: whole.min(from + pace.bytes()) };
    let began = clock.steady_ms();
    let piece = session.around.api.fetch(address, stretch, whole).await;
    match &piece {
        Ok(_) => pace.arrived(stretch.to - from, clock.steady_ms() - began),
        Err(CallError::Unclear { retry_after: None, .. }) => pace.failed(),
        Err(_) => {}
    }
    piece
}

/// What is being fetched lies under another name, so that nobody takes a part for the whole.
pub(super) fn part_of(name: &str) -> String {
    format!("{name}.part")
}

/// All of it is here.
fn settle(session: &Session, id: AttachmentId, stored: Stored) -> Result<LocalFile, Fault> {
    let folder = &session.files.folder;
    folder.rename(&part_of(&stored.file), &stored.file)?;
    let now_ms = session.around.host.clock.wall_ms();
    let stored = Stored { complete: true, ..stored };
    let limit = session.files.limit;
    let evicted = session.cache.write(Durability::Crash, |write| {
        cache::put_file(write, id, &stored, now_ms)?;
        cache::evict_files(write, limit, id)
    })?;
    for name in evicted {
        folder.remove(&name)?;
        folder.remove(&part_of(&name))?;
    }
    Ok(local(session, &stored))
}

/// So that viewers know what to do with it; letters and digits alone.
fn extension(form: &VariantAddress) -> String {
    match form.media_type.as_str() {
        "image/jpeg" => "jpg".to_owned(),
        "text/plain" => "txt".to_owned(),
        other => {
            let kind = other.rsplit(['/', '-', '.', '+']).next().unwrap_or_default();
            let letters: String = kind.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
            if letters.is_empty() { "bin".to_owned() } else { letters }
        }
    }
}
