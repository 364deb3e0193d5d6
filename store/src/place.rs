//! The place of a SQLite database: made for its owner alone, because messages lie in it as they are.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::error::{Fault, Result};

/// Makes the folder (0700) and an empty file (0600) where they are missing. SQLite gives the files that it makes
/// beside the database the mode of the database. What is there already keeps the mode that its owner chose.
pub(crate) fn make(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| Fault::Open(format!("{path}: {error}"))
    };
    if !folder.is_dir() {
        make_folder(folder).map_err(named(folder))?;
    }
    if !file.exists() {
        make_file(file, folder).map_err(named(file))?;
    }
    Ok(())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // A power cut must not take the folder away from what will be acknowledged in it.
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn make_file(file: &Path, folder: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|_| File::open(folder)?.sync_all()),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("made/when/missing");
        let file = folder.join("tidings.db");
        make(&file).unwrap();
        assert_eq!((mode(&folder), mode(folder.parent().unwrap()), mode(&file)), (0o700, 0o700, 0o600));
    }

    #[test]
    fn what_is_there_keeps_its_mode_and_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tidings.db");
        std::fs::write(&file, "messages").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o750)).unwrap();
        make(&file).unwrap();
        assert_eq!((mode(folder.path()), mode(&file)), (0o750, 0o640));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "messages");
    }

    #[test]
    fn a_place_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let error = make(&folder.path().join("file/tidings.db")).unwrap_err();
        assert!(error.to_string().contains("/file"), "{error}");
    }
}
