//! Writes the Kotlin and Swift sources from the compiled library: see `generate.sh`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
