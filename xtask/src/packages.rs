//! Debian packages that the tests need: installed when that is possible, named exactly when it is not.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::{place, postgres, process};

/// A program and the Debian package that brings it.
#[derive(Clone, Copy)]
pub(crate) struct Package {
    /// Debian's name of it.
    pub(crate) name: &'static str,
    is_here: fn() -> bool,
}

/// A database.
pub(crate) const POSTGRESQL: Package =
    Package { name: "postgresql", is_here: || postgres::programs().is_ok() };
/// The bus between nodes.
pub(crate) const REDIS: Package =
    Package { name: "redis-server", is_here: || place::program("redis-server").is_some() };
/// The browser that the inbox is driven in.
pub(crate) const CHROMIUM: Package =
    Package { name: "chromium", is_here: || place::program("chromium").is_some() };
/// Builds the Kotlin package.
pub(crate) const MAVEN: Package = Package { name: "maven", is_here: || place::program("mvn").is_some() };
/// Runs it.
pub(crate) const JDK: Package =
    Package { name: "default-jdk-headless", is_here: || place::program("javac").is_some() };
/// Reads the Python of the guides.
pub(crate) const PYTHON: Package =
    Package { name: "python3", is_here: || place::program("python3").is_some() };
/// Letters of the UI kit's pictures.
pub(crate) const ROBOTO: Package = Package {
    name: "fonts-roboto-unhinted",
    is_here: || Path::new("/usr/share/fonts/truetype/roboto/unhinted").exists(),
};
/// The same for scripts that run from the right.
pub(crate) const NOTO: Package = Package {
    name: "fonts-noto-core",
    is_here: || Path::new("/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf").exists(),
};
/// What the UI kit is drawn with is linked to it, also where nothing is shown.
pub(crate) const GL: Package = Package { name: "libgl1", is_here: || place::library("libGL.so.1") };
/// Finds the letters.
pub(crate) const FONTCONFIG: Package =
    Package { name: "libfontconfig1", is_here: || place::library("libfontconfig.so.1") };
/// Makes the folder that Swift lives in where the machine has none.
pub(crate) const DEBOOTSTRAP: Package = Package {
    name: "debootstrap",
    is_here: || place::program("debootstrap").is_some() || Path::new("/usr/sbin/debootstrap").exists(),
};

/// Compiles the C of the phones' library.
pub(crate) const CLANG: Package =
    Package { name: "clang-19", is_here: || place::program("clang-19").is_some() };
/// Links it.
pub(crate) const LLD: Package = Package { name: "lld-19", is_here: || place::program("ld.lld-19").is_some() };
/// Strips it.
pub(crate) const LLVM: Package =
    Package { name: "llvm-19", is_here: || place::program("llvm-strip-19").is_some() };
/// Headers that stand in for Android's.
pub(crate) const ARM64_HEADERS: Package = Package {
    name: "libc6-dev-arm64-cross",
    is_here: || Path::new("/usr/aarch64-linux-gnu/include/stdint.h").exists(),
};
/// A compiler whose sources are a package too.
pub(crate) const RUSTC_WEB: Package =
    Package { name: "rustc-web", is_here: || Path::new("/usr/bin/rustc").exists() };
/// Its cargo.
pub(crate) const CARGO_WEB: Package =
    Package { name: "cargo-web", is_here: || Path::new("/usr/bin/cargo").exists() };
/// Its sources.
pub(crate) const RUST_WEB_SOURCES: Package =
    Package { name: "rust-web-src", is_here: || Path::new("/usr/lib/rustlib/src/rust/library/std").exists() };

/// Installs those that are missing; when we are not allowed to, the error is the line to type.
pub(crate) fn install(packages: &[Package]) -> anyhow::Result<()> {
    let missing: Vec<&str> = packages.iter().filter(|package| !(package.is_here)()).map(|p| p.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !place::is_root() || place::program("apt-get").is_none() {
        bail!(
            "missing: {names}. Install them and try again:\n  \
             sudo apt-get update && sudo apt-get install --yes --no-install-recommends {names}"
        );
    }
    println!("installing {names}");
    // One source of several being out of reach need not matter: whether the packages come decides.
    if let Err(error) = process::run(apt().args(["update", "--quiet"])) {
        println!("going on although {error:#}");
    }
    process::run(apt().args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(&missing))?;
    let still: Vec<&str> = packages.iter().filter(|package| !(package.is_here)()).map(|p| p.name).collect();
    if !still.is_empty() {
        bail!("installed, but their programs are not to be found: {}", still.join(" "));
    }
    Ok(())
}

fn apt() -> Command {
    let mut command = process::command("apt-get", &["-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0"]);
    // `RUNLEVEL` keeps the packages' own services from starting: we start ours.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}

/// Node.js comes with the machine; this says so when it is missing or older than the inbox needs.
pub(crate) fn check_node() -> anyhow::Result<()> {
    let output = process::output(&mut process::command("node", &["--version"]));
    let version = output.context("Node.js 20 or newer is needed")?;
    let version = String::from_utf8_lossy(&version);
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        _ => bail!("Node.js 20 or newer is needed, and this is {}", version.trim()),
    }
}
