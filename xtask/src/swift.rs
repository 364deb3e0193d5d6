//! Swift on Linux: Debian's own `swiftlang`, in a folder of its own so that the machine stays as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{packages, place, process};

/// The first Debian release with Swift 6.
const SUITE: &str = "trixie";
/// The compiler, what it links with, and what its package manager calls.
const PACKAGES: &str = "swiftlang libstdc++-14-dev libc6-dev git ca-certificates";
/// Written last: a folder without it is half made and made again.
const MARKER: &str = ".ready-1";

/// A Swift that can be run.
pub(crate) enum Swift {
    /// The machine's own.
    Installed,
    /// In this folder.
    Root(PathBuf),
}

impl Swift {
    /// The machine's own Swift if there is one; else the folder, which is made when it is not there yet.
    pub(crate) fn get() -> anyhow::Result<Self> {
        if place::program("swift").is_some() {
            return Ok(Self::Installed);
        }
        if !place::is_root() {
            bail!(
                "no `swift` on the PATH, and only root can set one up in a folder: install Swift 6, or run as root"
            );
        }
        let root = place::cache()?.join("swift");
        if !root.join(MARKER).exists() {
            packages::install(&[packages::DEBOOTSTRAP])?;
            make(&root)?;
        }
        Ok(Self::Root(root))
    }

    /// A command of Swift in this folder of the repository, with these variables and no others of ours.
    pub(crate) fn command(
        &self,
        folder: &Path,
        variables: &[(String, String)],
        arguments: &[&str],
    ) -> Command {
        match self {
            Self::Installed => {
                let mut command = process::command("swift", arguments);
                command.current_dir(folder).envs(variables.iter().cloned());
                command
            }
            Self::Root(root) => enter(root, folder, variables, arguments),
        }
    }
}

/// A command inside the root. The mounts are private to it and vanish with it.
fn enter(root: &Path, folder: &Path, variables: &[(String, String)], arguments: &[&str]) -> Command {
    // Swift finds its own libraries through /proc/self/exe.
    const SCRIPT: &str = r#"
        set -eu
        root=$1 repository=$2 folder=$3; shift 3
        mkdir -p "$root$repository"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --bind "$repository" "$root$repository"
        exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
            sh -c 'cd "$0" && exec /usr/bin/env "$@"' "$folder" "$@"
    "#;
    let mut command =
        process::command("unshare", &["--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh"]);
    command.arg(root).arg(place::root()).arg(folder);
    command.args(variables.iter().map(|(name, value)| format!("{name}={value}")));
    command.arg("swift").args(arguments);
    command
}

fn make(root: &Path) -> anyhow::Result<()> {
    let mirror = mirror()?;
    println!("making a folder with Swift from Debian's {SUITE}: about 620 MB to fetch, 2.7 GB on disk");
    if root.exists() {
        fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))?;
    }
    fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let mut bootstrap = process::command("debootstrap", &["--variant=minbase", SUITE]);
    process::run(bootstrap.arg(root).arg(&mirror).env("PATH", path))?;
    for file in ["/etc/resolv.conf", "/etc/apt/apt.conf"] {
        if Path::new(file).exists() {
            fs::copy(file, root.join(&file[1..])).with_context(|| format!("cannot copy {file}"))?;
        }
    }
    let install = format!(
        "apt-get update --quiet && \
         apt-get install --quiet --yes --no-install-recommends {PACKAGES} && apt-get clean"
    );
    let mut command = process::command("chroot", &[]);
    command
        .arg(root)
        .args(["sh", "-c", &install])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C");
    process::run(&mut command)?;
    fs::write(root.join(MARKER), "").context("cannot finish the folder")?;
    Ok(())
}

/// The Debian mirror that this machine is set up with.
fn mirror() -> anyhow::Result<String> {
    let mut files: Vec<PathBuf> = fs::read_dir("/etc/apt/sources.list.d")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .chain([PathBuf::from("/etc/apt/sources.list")])
        .collect();
    files.sort();
    files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|text| mirror_in(&text))
        .context("no Debian mirror in the sources of apt: Swift is taken from Debian")
}

fn mirror_in(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| line.starts_with("URIs:") || line.starts_with("deb "))
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_end_matches('/'))
        .find(|word| word.contains("://") && word.ends_with("/debian"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::mirror_in;

    #[test]
    fn the_mirror_is_found_in_both_forms_of_sources() {
        let one =
            "Types: deb\n# a comment about /debian\nURIs: http://mirror.example/debian/\nSuites: bookworm\n";
        assert_eq!(mirror_in(one).as_deref(), Some("http://mirror.example/debian"));
        let two = "deb [signed-by=/x.gpg] https://other.example/debian bookworm main\n";
        assert_eq!(mirror_in(two).as_deref(), Some("https://other.example/debian"));
        let security = "deb http://mirror.example/debian-security bookworm-security main\n";
        assert_eq!(mirror_in(security), None);
    }
}
