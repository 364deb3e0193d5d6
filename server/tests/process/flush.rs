//! A disk that refuses to flush. What was written then is uncertain, whatever a second flush says, so the process ends and
//! finds out from the log when it starts again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Server, folder, run, text};

#[test]
fn law_1_a_failed_flush_acknowledges_nothing_and_ends_the_process_with_1() {
    let folder = folder();
    let made = run(folder.path(), &["init", "--json"]);
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let sign_in = |server: &Server| {
        let (email, password) = (made["email"].as_str().unwrap(), made["password"].as_str().unwrap());
        server.sign_in(email, password).unwrap_or_default()
    };
    let (preload, sign) = (library(folder.path()), folder.path().join("the disk is dying"));
    let (preload, said) = (preload.to_str().unwrap(), folder.path().join("said"));
    let variables = [("LD_PRELOAD", preload), ("FLUSH_FAILS_WHILE", sign.to_str().unwrap())];
    let mut server = Server::start_saying(folder.path(), &variables, File::create(&said).unwrap().into());
    assert!(sign_in(&server).starts_with("HTTP/1.1 201"), "the disk is well");

    File::create(&sign).unwrap();
    let answer = sign_in(&server);
    assert!(answer.starts_with("HTTP/1.1 503"), "acknowledged without a flush: {answer}");
    assert_eq!(server.ended().code(), Some(1));
    let said = text(&std::fs::read(&said).unwrap());
    assert!(said.contains("cannot go on") && said.contains("could not flush"), "{said}");

    std::fs::remove_file(&sign).unwrap();
    let server = Server::start(folder.path());
    assert!(sign_in(&server).starts_with("HTTP/1.1 201"), "it recovers from the log");
}

/// What is preloaded, compiled by the compiler that links these tests too.
fn library(folder: &Path) -> PathBuf {
    let made = folder.join("flush.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/process/flush.c");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&made, &source]).output().unwrap();
    assert!(compiled.status.success(), "{}", text(&compiled.stderr));
    made
}
