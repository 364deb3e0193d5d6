//! The folder of a SQLite database: its file system, its space, who may read it.

use std::path::{Path, PathBuf};

use super::finding::{Finding, Level};

/// File systems behind a network, where locks and flushes are not what SQLite takes them for.
const NETWORK: [&str; 14] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "ncpfs",
    "davfs",
    "fuse.sshfs",
    "fuse.glusterfs",
];
/// File systems that are gone with the machine.
const MEMORY: [&str; 2] = ["tmpfs", "ramfs"];
/// Less free space than this is a warning, and an error.
const SPACE: (u64, u64) = (2 << 30, 256 << 20);

/// The kind of the file system of a folder, as Linux lists them; none where that list is not to be had.
pub(super) fn file_system(folder: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    kind_of(&mounts, &folder.canonicalize().ok()?)
}

fn kind_of(mounts: &str, folder: &Path) -> Option<String> {
    let mount = |line: &str| {
        let mut words = line.split(' ').skip(1);
        // The list writes a space in a path as \040.
        Some((PathBuf::from(words.next()?.replace("\\040", " ")), words.next()?.to_owned()))
    };
    let over = mounts.lines().filter_map(mount).filter(|(point, _)| folder.starts_with(point));
    // Of those that are mounted over each other, the last one counts.
    over.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind)
}

pub(super) fn judge_file_system(kind: Option<&str>) -> Finding {
    const CHECK: &str = "disk.file_system";
    match kind {
        Some(kind) if NETWORK.contains(&kind) => Finding::new(
            CHECK,
            Level::Error,
            format!(
                "the database lies on {kind}, a network file system: SQLite cannot lock or flush there reliably"
            ),
            "move it to a disk of this machine, or use PostgreSQL",
        ),
        Some(kind) if MEMORY.contains(&kind) => Finding::new(
            CHECK,
            Level::Error,
            format!("the database lies on {kind}: it is gone when the machine restarts"),
            "move it to a disk",
        ),
        Some("overlay") => Finding::new(
            CHECK,
            Level::Warning,
            "the database lies inside a container: it is gone when the container is replaced",
            "put the folder on a volume",
        ),
        Some(kind) => Finding::ok(CHECK, kind),
        None => Finding::ok(CHECK, "the kind of the file system is not known here"),
    }
}

/// Free bytes for people who are not root.
pub(super) fn free(folder: &Path) -> std::io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

pub(super) fn judge_space(free: u64, database: u64) -> Finding {
    const CHECK: &str = "disk.space";
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let what = format!("{} MB are free, the database takes {} MB", megabytes(free), megabytes(database));
    let fix = "make room: when the disk is full, nothing can be sent, and a migration cannot copy the database first";
    if free < SPACE.1 {
        Finding::new(CHECK, Level::Error, what, fix)
    } else if free < SPACE.0.max(database) {
        Finding::new(CHECK, Level::Warning, what, fix)
    } else {
        Finding::ok(CHECK, what)
    }
}

/// Whether others on this machine may read what people wrote.
#[cfg(unix)]
pub(super) fn modes(paths: &[PathBuf]) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    const CHECK: &str = "disk.modes";
    let open = |path: &&PathBuf| {
        path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0)
    };
    let open: Vec<_> = paths.iter().filter(open).map(|path| path.display().to_string()).collect();
    if open.is_empty() {
        return Finding::ok(CHECK, "the files are for their owner alone");
    }
    let names = open.join(" ");
    Finding::new(
        CHECK,
        Level::Warning,
        format!("others on this machine may read {names}"),
        format!("chmod 600 {names}"),
    )
}

#[cfg(not(unix))]
pub(super) fn modes(_: &[PathBuf]) -> Finding {
    Finding::ok("disk.modes", "not looked at on this system")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "/dev/vda / ext4 rw 0 0
server:/export /srv/with\\040space nfs4 rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/vdb /srv ext4 rw 0 0
";

    #[test]
    fn the_innermost_mount_counts() {
        for (folder, kind, level) in [
            ("/home/x", "ext4", Level::Ok),
            ("/run/tidings", "tmpfs", Level::Error),
            ("/srv/with space/data", "nfs4", Level::Error),
            ("/srv/data", "ext4", Level::Ok),
            ("/running", "ext4", Level::Ok),
        ] {
            let found = kind_of(MOUNTS, Path::new(folder));
            assert_eq!(found.as_deref(), Some(kind), "{folder}");
            assert_eq!(judge_file_system(found.as_deref()).level, level, "{folder}");
        }
        assert_eq!(judge_file_system(Some("overlay")).level, Level::Warning);
        assert_eq!(judge_file_system(None).level, Level::Ok);
    }

    #[test]
    fn space_is_judged_by_the_database_too() {
        assert_eq!(judge_space(100 << 30, 1 << 30).level, Level::Ok);
        assert_eq!(judge_space(1 << 30, 0).level, Level::Warning);
        assert_eq!(judge_space(5 << 30, 6 << 30).level, Level::Warning);
        assert_eq!(judge_space(1 << 20, 0).level, Level::Error);
        assert!(free(Path::new(".")).unwrap() > 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tidings.db");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let finding = modes(&[file.clone(), folder.path().join("missing")]);
        assert_eq!(finding.level, Level::Warning);
        assert!(finding.what.contains("tidings.db") && !finding.what.contains("missing"), "{finding:?}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(modes(&[file]).level, Level::Ok);
    }
}
