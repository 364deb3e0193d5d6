//! Makes the program anew when the inbox was built. Needs no Node: without an inbox, a page says how to build it.

fn main() {
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist");
    // A folder that is missing would make Cargo run this, and compile the crate, every time. Where it cannot be made,
    // that is all that happens.
    let _ = std::fs::create_dir_all(dist);
    println!("cargo:rerun-if-changed={dist}");
    println!("cargo:rerun-if-changed=build.rs");
}
