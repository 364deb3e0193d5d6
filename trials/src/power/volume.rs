//! A file system in a file, which can be copied at any moment as a power cut would leave it.
//!
//! What a program wrote and did not flush lies in the kernel's page cache, and not in the file behind the loop
//! device. So the copy of that file, mounted again, holds what the disk would hold. The cache of a disk itself is not
//! part of this: a disk that lies about flushes loses more.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

/// A mounted file system; unmounted and deleted when this value goes.
pub(super) struct Volume {
    folder: TempDir,
    mounted: bool,
}

/// Why no volume can be made here; none when it can.
pub fn missing() -> Option<String> {
    match Volume::new(16) {
        Ok(_) => None,
        Err(error) => Some(format!("{error:#}")),
    }
}

impl Volume {
    /// A new, empty one with this many MiB.
    pub(super) fn new(mebibytes: u64) -> anyhow::Result<Self> {
        let volume = Self { folder: tempfile::tempdir()?, mounted: false };
        let file = std::fs::File::create(volume.image())?;
        file.set_len(mebibytes * 1024 * 1024)?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(volume.image()))?;
        volume.mount()
    }

    /// What a power cut at this moment would leave, recovered by mounting it.
    pub(super) fn cut(&self) -> anyhow::Result<Self> {
        let copy = Self { folder: tempfile::tempdir()?, mounted: false };
        run(Command::new("cp").arg("--sparse=always").arg(self.image()).arg(copy.image()))?;
        copy.mount()
    }

    /// Where it is mounted.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount(mut self) -> anyhow::Result<Self> {
        std::fs::create_dir(self.path())?;
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.path()))
            .context("cannot mount a file system in a file, which needs root and loop devices")?;
        self.mounted = true;
        // PostgreSQL runs under an account of its own, which must reach its folder.
        for folder in [self.folder.path(), &self.path()] {
            run(Command::new("chmod").arg("a+rx").arg(folder))?;
        }
        Ok(self)
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.mounted && run(Command::new("umount").arg(self.path())).is_err() {
            // Somebody still has a file open: it goes when they do.
            let _ = run(Command::new("umount").arg("--lazy").arg(self.path()));
        }
    }
}

/// Runs a program to its end; anything but success is an error with what it said.
pub(super) fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
