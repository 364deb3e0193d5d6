//! The library as phones would carry it: linked for Android on arm64, compiled for iOS on arm64. Neither the NDK nor Xcode is to
//! be had as a package, so nothing of it runs: `sdk-bindings/phones/compiler.sh` says what stands in for what.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::packages::{self, ARM64_HEADERS, CARGO_WEB, CLANG, LLD, LLVM, RUST_WEB_SOURCES, RUSTC_WEB};
use crate::tally::Tally;
use crate::{library, place, process};

const ANDROID: &str = "aarch64-linux-android";
const IOS: &str = "aarch64-apple-ios";

/// What the library for Android may weigh, stripped, in bytes: what it weighs today and a little. The aim is 4.2 MB.
const MOST: u64 = 5_150_000;

/// A page of the phones whose pages are largest, in bytes: Google Play asks for it since 2025.
const PAGE: u64 = 16_384;

/// Links for Android and looks at the result; compiles for iOS.
pub(crate) fn check(tally: &mut Tally) -> anyhow::Result<()> {
    packages::install(&[CLANG, LLD, LLVM, ARM64_HEADERS])?;
    let toolchain = Toolchain::find()?;
    let library = android(&toolchain)?;
    let bytes = fs::metadata(&library).with_context(|| format!("no library at {library}"))?.len();
    println!("for {ANDROID}: {bytes} bytes stripped");
    ensure!(bytes <= MOST, "the library for {ANDROID} has {bytes} bytes, more than {MOST}");
    let segments = process::output(&mut process::command("readelf", &["--wide", "--segments", &library]))?;
    ensure!(
        is_aligned(&String::from_utf8_lossy(&segments)),
        "the library for {ANDROID} has a segment that does not begin on a page of {PAGE} bytes"
    );
    tally.passed(1);
    let mut cargo = toolchain.cargo(IOS, "build")?;
    process::run(cargo.args(["--package", "tidings-sdk-core", "--lib"]))?;
    println!("for {IOS}: compiled");
    tally.passed(1);
    Ok(())
}

/// Links the library with the profile of phones; the answer is where the stripped one lies.
fn android(toolchain: &Toolchain) -> anyhow::Result<String> {
    let mut cargo = toolchain.cargo(ANDROID, "rustc")?;
    cargo.args([
        "--package",
        "tidings-sdk-bindings",
        "--lib",
        "--crate-type",
        "cdylib",
        "--profile",
        "mobile",
    ]);
    // As small as Android's linker has read it since API 23.
    process::run(cargo.args(["--", "-C", "link-arg=-Wl,--pack-dyn-relocs=android"]))?;
    let built = folder().join(ANDROID).join("mobile/libtidings_sdk.so");
    let [from, to] =
        [built.clone(), built.with_extension("stripped.so")].map(|path| path.display().to_string());
    process::run(&mut process::command("llvm-strip-19", &["--strip-unneeded", "-o", &to, &from]))?;
    Ok(to)
}

/// Whether what `readelf --segments` says of each loaded segment is an alignment to a page, or more.
fn is_aligned(segments: &str) -> bool {
    let loaded: Vec<_> = segments.lines().filter(|line| line.trim_start().starts_with("LOAD")).collect();
    let alignment = |line: &&str| {
        let last = line.split_whitespace().last()?.strip_prefix("0x")?;
        u64::from_str_radix(last, 16).ok()
    };
    !loaded.is_empty() && loaded.iter().all(|line| alignment(line).is_some_and(|bytes| bytes >= PAGE))
}

/// A compiler for which the sources of `std` are at hand, which it then builds for the phone.
enum Toolchain {
    /// The one that runs this task.
    Own,
    /// Debian 12's, which its browsers are built with.
    Debian,
}

impl Toolchain {
    fn find() -> anyhow::Result<Self> {
        let said = process::output(&mut process::command("rustc", &["--print", "sysroot"]))?;
        let sysroot = String::from_utf8_lossy(&said);
        if Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library").is_dir() {
            return Ok(Self::Own);
        }
        match packages::install(&[RUSTC_WEB, CARGO_WEB, RUST_WEB_SOURCES]) {
            Ok(()) => Ok(Self::Debian),
            Err(error) => bail!(
                "the sources of Rust's standard library are missing. Install them and try again:\n  \
                 rustup component add rust-src\n(Debian 12's compiler would do, but: {error:#})"
            ),
        }
    }

    /// `cargo COMMAND` for a phone.
    fn cargo(&self, phone: &str, command: &str) -> anyhow::Result<Command> {
        let mut cargo = match self {
            Self::Own => process::cargo(&[command]),
            Self::Debian => {
                let mut cargo = process::command("/usr/bin/cargo", &[command]);
                cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTDOC", "/usr/bin/rustdoc");
                // What the toolchain that runs this task says of itself is not meant for this one.
                cargo.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
                cargo
            }
        };
        let compiler = place::at("sdk-bindings/phones/compiler.sh");
        let name = phone.replace('-', "_");
        cargo
            .args(["--quiet", "--locked", "--target", phone, "-Zbuild-std=std,panic_unwind", "--target-dir"])
            .arg(folder())
            .env("RUSTC_BOOTSTRAP", "1")
            .env("TIDINGS_PHONE", phone)
            .env("TIDINGS_PHONE_LIBRARIES", folder().join("libraries"))
            .env(format!("CC_{name}"), &compiler)
            .env(format!("AR_{name}"), "llvm-ar-19")
            .env(format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), &compiler)
            // Asked for with Xcode's tools otherwise.
            .env("SDKROOT", folder())
            .envs(library::environment()?);
        fs::create_dir_all(folder()).with_context(|| format!("cannot make {}", folder().display()))?;
        Ok(cargo)
    }
}

/// Of its own: what another compiler has built is of no use to the others.
fn folder() -> PathBuf {
    place::target().join("phones")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_loaded_segment_begins_on_a_page() {
        let line =
            |alignment: &str| format!("  LOAD  0x0 0x0 0x0 0x1f R E {alignment}\n  DYNAMIC 0x0 0x0 RW 0x8\n");
        assert!(is_aligned(&line("0x4000")));
        assert!(is_aligned(&line("0x10000")));
        assert!(!is_aligned(&(line("0x4000") + &line("0x1000"))));
        assert!(!is_aligned(""), "nothing was read");
    }
}
