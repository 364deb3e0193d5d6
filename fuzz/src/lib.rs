//! The fuzz targets of Tidings; a workspace of its own, because they need a nightly toolchain.

pub mod targets;

/// Gives bytes to the target of this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = targets::TARGETS.iter().find(|(known, _)| *known == name);
    target.expect("a target of this name").1(bytes);
}
