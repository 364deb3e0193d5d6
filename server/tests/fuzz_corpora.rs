//! The corpora of the fuzz targets, replayed on stable with what the fuzzer itself calls.

#[path = "../../fuzz/src/targets.rs"]
#[expect(unreachable_pub, reason = "it is a library for the fuzzer")]
mod targets;

use std::path::Path;

#[test]
fn every_input_of_every_corpus_keeps_the_rules() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let inputs = std::fs::read_dir(corpora.join(name)).expect("each target has a corpus");
        let mut replayed = 0;
        for input in inputs {
            let path = input.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let target = *target;
            let outcome = std::panic::catch_unwind(move || target(&bytes));
            assert!(outcome.is_ok(), "{} breaks a rule", path.display());
            replayed += 1;
        }
        assert!(replayed > 1, "the corpus of {name} is empty");
    }
}

/// What random bytes lead to: pieces of inputs that were good, put together wrongly.
#[test]
fn pieces_of_inputs_keep_the_rules() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, target) in targets::TARGETS {
        let inputs: Vec<Vec<u8>> = std::fs::read_dir(corpora.join(name))
            .unwrap()
            .map(|input| std::fs::read(input.unwrap().path()).unwrap())
            .collect();
        for (number, input) in inputs.iter().enumerate() {
            let other = &inputs[(number + 1) % inputs.len()];
            for cut in (0..input.len()).step_by(1 + input.len() / 40) {
                target(&input[..cut]);
                target(&[&input[..cut], &other[cut.min(other.len())..]].concat());
            }
        }
    }
}
