//! The folder of one user's files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use ring::digest;

use crate::error::Fault;
use crate::text_form::hex;

/// Bytes that are copied at once.
const STRIDE: usize = 64 * 1024;
/// What is being taken in; one at a time.
const INCOMING: &str = "incoming";

/// A folder of files. It is made with the first file.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Whether it is closed for good. Whoever writes holds it, so that nothing appears in a folder that was erased.
    ended: RwLock<bool>,
}

/// A file that was taken in, flushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its name in the folder: two with the same content are one.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
}

/// The folder of files that belongs to a store.
pub(crate) fn beside(store: &Path) -> PathBuf {
    store.with_extension("files")
}

/// Moves the files of one store to another's; those that were moved before stay there.
pub(crate) fn move_in(into: &Path, from: &Path) -> Result<(), Fault> {
    let entries = match fs::read_dir(beside(from)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let folder = Folder::new(beside(into));
    folder.make()?;
    for entry in entries {
        let entry = entry?;
        if entry.file_name() != INCOMING {
            #[cfg(test)]
            crate::fuse::step()?;
            fs::rename(entry.path(), folder.path.join(entry.file_name()))?;
        }
    }
    Ok(folder.flush_names()?)
}

/// Removes a store's folder of files.
pub(crate) fn erase(store: &Path) -> io::Result<()> {
    match fs::remove_dir_all(beside(store)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, ended: RwLock::new(false) }
    }

    /// Closes it for good: waits for what is being written, and nothing is from then on.
    pub(crate) fn end(&self) {
        *self.ended.write().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// For writing: the folder, as long as the guard is held.
    fn open(&self) -> Result<RwLockReadGuard<'_, bool>, Fault> {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        if *ended {
            return Err(Fault::Closed);
        }
        self.make()?;
        Ok(ended)
    }

    /// Where a file of this name lies.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    /// Takes in what there is to read, at most `limit` bytes; more is an error of the kind `FileTooLarge`. When it returns, it
    /// would survive a power cut.
    pub(super) fn keep(&self, mut from: impl Read, extension: &str, limit: u64) -> Result<Kept, Fault> {
        let _open = self.open()?;
        #[cfg(test)]
        crate::fuse::step()?;
        let path = self.path(INCOMING);
        let mut to = File::create(&path)?;
        let mut sum = digest::Context::new(&digest::SHA256);
        let (mut bytes, mut buffer) = (0, vec![0; STRIDE]);
        loop {
            let read = from.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            bytes += u64::try_from(read).unwrap_or(u64::MAX);
            if bytes > limit {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge).into());
            }
            sum.update(&buffer[..read]);
            to.write_all(&buffer[..read])?;
        }
        to.sync_all()?;
        drop(to);
        #[cfg(test)]
        crate::fuse::step()?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(sum.finish().as_ref());
        let name = format!("{}.{extension}", hex(&sha256));
        fs::rename(&path, self.path(&name))?;
        self.flush_names()?;
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(Kept { name, bytes, sha256 })
    }

    /// Makes sure that the names survive a power cut. Not every system can open a folder to say so.
    fn flush_names(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    /// At most `most` bytes of a file from `offset` on; an error of the kind `UnexpectedEof` when there are none.
    pub(crate) fn chunk(&self, name: &str, offset: u64, most: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(name))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        if bytes.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    /// How much of a file is here; nothing is 0.
    pub(super) fn length(&self, name: &str) -> u64 {
        fs::metadata(self.path(name)).map_or(0, |data| data.len())
    }

    /// Every file that is here, and its size.
    pub(super) fn sizes(&self) -> io::Result<Vec<(String, u64)>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        entries
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()))
            })
            .collect()
    }

    /// The SHA-256 of a file.
    pub(super) fn sum(&self, name: &str) -> io::Result<[u8; 32]> {
        let mut file = File::open(self.path(name))?;
        let mut sum = digest::Context::new(&digest::SHA256);
        let mut buffer = vec![0; STRIDE];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            sum.update(&buffer[..read]);
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(sum.finish().as_ref());
        Ok(sha256)
    }

    /// Puts bytes at the end of a file that has `offset` of them, flushed: what is there counts after a power cut.
    pub(super) fn append(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        let _open = self.open()?;
        #[cfg(test)]
        crate::fuse::step()?;
        let mut file = File::options().create(true).truncate(false).write(true).open(self.path(name))?;
        file.set_len(offset)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        Ok(file.sync_data()?)
    }

    /// Gives a file another name.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Fault> {
        let _open = self.open()?;
        #[cfg(test)]
        crate::fuse::step()?;
        Ok(fs::rename(self.path(from), self.path(to))?)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), Fault> {
        #[cfg(test)]
        crate::fuse::step()?;
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes every file whose name is not among these.
    pub(super) fn sweep(&self, known: &BTreeSet<String>) -> Result<(), Fault> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            if !known.contains(name.as_ref()) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Folder) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&folder.path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_kept_is_named_by_its_content_and_found_by_chunks() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("x.files"));
        let kept = folder.keep(&b"abc"[..], "txt", 3).unwrap();
        assert_eq!(kept.name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.txt");
        assert_eq!(kept.bytes, 3);
        assert_eq!(folder.keep(&b"abc"[..], "txt", 3).unwrap(), kept);
        assert_eq!(names(&folder), [kept.name.as_str()]);
        assert_eq!(folder.chunk(&kept.name, 1, 1).unwrap(), b"b");
        assert_eq!(folder.chunk(&kept.name, 1, 9).unwrap(), b"bc");
        assert_eq!(folder.chunk(&kept.name, 3, 9).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let error = folder.keep(&b"abcd"[..], "txt", 3).unwrap_err();
        assert!(matches!(error, Fault::Io(error) if error.kind() == io::ErrorKind::FileTooLarge));
    }

    #[test]
    fn nothing_appears_in_a_folder_that_is_closed_for_good() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("x.files"));
        folder.end();
        assert!(matches!(folder.keep(&b"abc"[..], "txt", 3), Err(Fault::Closed)));
        assert!(matches!(folder.append("part", 0, b"1"), Err(Fault::Closed)));
        assert!(!folder.path.exists());
    }

    #[test]
    fn leftovers_are_swept() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("x.files"));
        folder.sweep(&BTreeSet::new()).unwrap();
        let kept = folder.keep(&b"abc"[..], "txt", 3).unwrap();
        folder.keep(&b"left over"[..], "txt", 9).unwrap();
        folder.append("part", 0, b"1").unwrap();
        folder.sweep(&BTreeSet::from([kept.name.clone()])).unwrap();
        assert_eq!(names(&folder), [kept.name]);
    }

    #[test]
    fn a_file_grows_from_where_it_is_known_to_end() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("x.files"));
        assert_eq!(folder.length("part"), 0);
        folder.append("part", 0, b"abcX").unwrap();
        folder.append("part", 3, b"def").unwrap();
        assert_eq!(fs::read(folder.path("part")).unwrap(), b"abcdef");
        let whole = folder.keep(&b"abcdef"[..], "txt", 6).unwrap();
        assert_eq!(folder.sum("part").unwrap(), whole.sha256);
    }
}
