//! `cargo xtask test`: every test of every part, on a machine that has Rust and Node.js.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use serde_json::Value;

use crate::packages::{
    self, CHROMIUM, DEBOOTSTRAP, FONTCONFIG, GL, JDK, MAVEN, NOTO, POSTGRESQL, PYTHON, REDIS, ROBOTO,
};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::s3::S3;
use crate::snippets::{self, Language};
use crate::stages::{self, Stage};
use crate::tally::Tally;
use crate::trials::Profile;
use crate::{checks, phones, place, process, trials};

/// Tests that start the real server and play whole stories; the stage `end-to-end`.
const STORIES: &str = "tidings-trials";

/// Runs the stages that the arguments name, or all.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let mut only = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--only" => only.push(rest.next().context("`--only` needs the name of a stage")?.clone()),
            "--list" => {
                for stage in all() {
                    println!("{:<12} {}", stage.name, stage.about);
                }
                return Ok(ExitCode::SUCCESS);
            }
            other => anyhow::bail!("`test` does not know {other:?}; it takes --only STAGE and --list"),
        }
    }
    let stages = stages::choose(all(), &only)?;
    let mut scene = Scene::new()?;
    let passed = stages::run(&stages, &mut scene);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn all() -> Vec<Stage<Scene>> {
    vec![
        Stage { name: "format", about: "cargo fmt", after: &[], run: format },
        Stage { name: "inbox", about: "the inbox that the server embeds is built", after: &[], run: inbox },
        Stage { name: "clippy", about: "no warning anywhere", after: &["inbox"], run: clippy },
        Stage { name: "build", about: "every crate, binary, test", after: &["inbox"], run: build },
        Stage { name: "web", about: "types, lint and unit tests of the inbox", after: &["inbox"], run: web },
        Stage { name: "check", about: "who may know whom, generated files", after: &["build"], run: check },
        Stage { name: "rust", about: "tests of each crate, on both databases", after: &["build"], run: rust },
        Stage {
            name: "end-to-end",
            about: "whole stories with the real server",
            after: &["build"],
            run: end_to_end,
        },
        Stage {
            name: "simulation",
            about: "phones, nodes and agents in virtual time: 300 seeds, and some of them twice",
            after: &["build"],
            run: simulation,
        },
        Stage { name: "planted", about: "each bug on purpose is caught", after: &["build"], run: planted },
        Stage {
            name: "power",
            about: "power cuts, and controls that must lose",
            after: &["planted"],
            run: power,
        },
        Stage {
            name: "phones",
            about: "the library linked for Android and compiled for iOS, on arm64",
            after: &[],
            run: phones,
        },
        Stage { name: "browser", about: "the inbox in a real Chromium", after: &["build"], run: browser },
        Stage {
            name: "kotlin",
            about: "the Kotlin package on the JVM; the screens, drawn; the types of the Android sample and the guides",
            after: &["build"],
            run: kotlin,
        },
        Stage {
            name: "swift",
            about: "the Swift package with Swift 6; the types of the iOS sample and the guides",
            after: &["build"],
            run: swift,
        },
    ]
}

/// What the stages share: services are started by the first that needs them.
struct Scene {
    logs: PathBuf,
    artefacts: PathBuf,
    services: Option<(Postgres, Redis, S3)>,
}

impl Scene {
    fn new() -> anyhow::Result<Self> {
        let (logs, artefacts) = (place::target().join("test-logs"), place::at("artefacts"));
        let _ = fs::remove_dir_all(&logs);
        for folder in [&logs, &artefacts] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(Self { logs, artefacts, services: None })
    }

    /// What programs in other languages, and tests in this one, need to know.
    fn variables(&self) -> Vec<(String, String)> {
        let built = place::target().join("debug");
        let mut variables = vec![
            ("TIDINGS_SERVER_BIN", built.join("tidings").display().to_string()),
            ("TIDINGS_NATIVE_DIR", built.display().to_string()),
            ("TIDINGS_ARTEFACTS", self.artefacts.display().to_string()),
        ];
        if let Some((postgres, redis, s3)) = &self.services {
            variables.push(("TIDINGS_TEST_POSTGRES", postgres.url()));
            variables.push(("TIDINGS_TEST_REDIS", redis.url()));
            variables.push(("TIDINGS_TEST_S3", s3.url()));
        }
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn services(&mut self) -> anyhow::Result<()> {
        if self.services.is_none() {
            packages::install(&[POSTGRESQL, REDIS])?;
            self.services =
                Some((Postgres::start(&self.logs)?, Redis::start(&self.logs)?, S3::start(&self.logs)?));
        }
        Ok(())
    }

    fn tests(&self, stage: &str, command: &mut Command, tally: &mut Tally) -> anyhow::Result<()> {
        for (name, value) in self.variables() {
            // What a stage has said of its own stands.
            if command.get_envs().all(|(said, _)| said != name.as_str()) {
                command.env(name, value);
            }
        }
        process::run_tests(command, &self.logs.join(format!("{stage}.log")), tally)
    }
}

fn format(_: &mut Scene, _: &mut Tally) -> anyhow::Result<()> {
    process::run(&mut process::cargo(&["fmt", "--all", "--check"]))
}

fn inbox(_: &mut Scene, _: &mut Tally) -> anyhow::Result<()> {
    build_inbox()
}

/// Builds the inbox into `web/dist`, from where the server embeds it.
pub(crate) fn build_inbox() -> anyhow::Result<()> {
    packages::check_node()?;
    npm_ci()?;
    process::run(process::command("npm", &["run", "--silent", "build"]).current_dir(place::at("web")))
}

/// `npm ci`, unless exactly these packages are there already.
fn npm_ci() -> anyhow::Result<()> {
    let web = place::at("web");
    let lock = fs::read(web.join("package-lock.json")).context("cannot read web/package-lock.json")?;
    let marker = web.join("node_modules/.installed-lock.json");
    if fs::read(&marker).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    process::run(process::command("npm", &["ci", "--no-audit", "--no-fund"]).current_dir(&web))?;
    fs::write(marker, lock).context("cannot write into web/node_modules")
}

fn clippy(_: &mut Scene, _: &mut Tally) -> anyhow::Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    process::run(&mut process::cargo(&arguments))
}

fn build(_: &mut Scene, _: &mut Tally) -> anyhow::Result<()> {
    process::run(&mut process::cargo(&["build", "--workspace", "--all-targets", "--locked"]))
}

fn web(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    let mut command = process::command("npm", &["run", "--silent", "check"]);
    scene.tests("web", command.current_dir(place::at("web")), tally)
}

fn check(_: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    packages::install(&[PYTHON])?;
    snippets::check_scripts(tally)?;
    checks::all(tally)
}

fn rust(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    scene.services()?;
    // Packages are always chosen by `--workspace`: another choice would unify features otherwise and build again.
    let mut command =
        process::cargo(&["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins"]);
    for target in integration_tests(|package| package != STORIES)? {
        command.args(["--test", &target]);
    }
    scene.tests("rust", &mut command, tally)?;
    scene.tests("rust", &mut process::cargo(&["test", "--workspace", "--locked", "--doc"]), tally)
}

fn end_to_end(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    scene.services()?;
    let mut command = process::cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    for target in integration_tests(|package| package == STORIES)? {
        command.args(["--test", &target]);
    }
    scene.tests("end-to-end", &mut command, tally)
}

fn simulation(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    let program = place::target().join("debug/tidings-sim");
    // What the last one leaves behind is what the report tells.
    for arguments in [&["--seeds", "10", "--twice", "--json"][..], &["--seeds", "300", "--kept", "--json"]] {
        let mut command = process::command(&program, arguments);
        scene.tests("simulation", command.env("TIDINGS_TRIAL_DATE", trials::date()?), tally)?;
        tally.passed(1);
    }
    Ok(())
}

fn planted(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    scene.services()?;
    let with_bugs = trials::build_planted(Profile::Debug)?;
    let mut command = trial(scene, "planted");
    scene.tests("planted", command.env("TIDINGS_PLANTED_BIN", with_bugs), tally)?;
    tally.passed(1);
    Ok(())
}

fn power(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    packages::install(&[POSTGRESQL])?;
    // Few: the control, which is most of the time, has been made among the planted bugs.
    scene.tests("power", trial(scene, "power").args(["--cuts", "4"]), tally)?;
    tally.passed(1);
    Ok(())
}

/// A trial with the server of the tests.
fn trial(scene: &Scene, name: &str) -> Command {
    let mut command = process::command(place::target().join("debug/trials"), &[name]);
    command.env("TIDINGS_ARTEFACTS", scene.logs.join("artefacts"));
    command
}

/// The names of the integration tests of some packages.
fn integration_tests(of: impl Fn(&str) -> bool) -> anyhow::Result<Vec<String>> {
    let mut command = process::cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    let metadata: Value = serde_json::from_slice(&process::output(&mut command)?)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` names no packages")?;
    let targets = packages
        .iter()
        .filter(|package| package["name"].as_str().is_some_and(&of))
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| {
            target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "test"))
        })
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect();
    Ok(targets)
}

fn phones(_: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    phones::check(tally)
}

fn browser(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    packages::install(&[CHROMIUM])?;
    let mut command = process::command("npm", &["run", "--silent", "e2e"]);
    command.env("TIDINGS_POPULATE_BIN", place::target().join("debug/populate"));
    // A phone with the SDK in it, which a script drives.
    process::run(&mut process::cargo(&["build", "--quiet", "-p", "tidings-sdk-core", "--example", "phone"]))?;
    command.env("TIDINGS_PHONE_BIN", place::target().join("debug/examples/phone"));
    scene.tests("browser", command.current_dir(place::at("web")), tally)
}

fn kotlin(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    packages::install(&[MAVEN, JDK, GL, FONTCONFIG, ROBOTO, NOTO])?;
    let guides = snippets::write(Language::Kotlin)?;
    let classes = place::at("android-sample/typecheck/target/classes");
    // What an earlier run compiled says nothing of this one.
    let _ = fs::remove_dir_all(&classes);
    let mut command = process::command("mvn", &["--batch-mode", "--no-transfer-progress", "test"]);
    command.env("TIDINGS_SNIPPETS", snippets::folder(Language::Kotlin));
    command.env("TIDINGS_PICTURES", scene.artefacts.join("ui-kit"));
    scene.tests("kotlin", command.current_dir(place::at("sdk-bindings/kotlin/all")), tally)?;
    snippets::ensure_compiled(&guides, &classes)?;
    println!("type-checked: android-sample, and the Kotlin of {} guides", guides.len());
    tally.passed(1 + guides.len() as u64);
    Ok(())
}

fn swift(scene: &mut Scene, tally: &mut Tally) -> anyhow::Result<()> {
    if place::program("swift").is_none() {
        packages::install(&[DEBOOTSTRAP])?;
        process::run(&mut process::command("sdk-bindings/swift/setup-swift.sh", &[]))?;
    }
    let test = ["swift", "test", "--package-path", "sdk-bindings/swift", "--disable-sandbox"];
    scene.tests("swift", &mut with_swift(&test), tally)?;
    let guides = snippets::write(Language::Swift)?;
    let mut check = with_swift(&["ios-sample/typecheck/check.sh"]);
    process::run(check.env("TIDINGS_SNIPPETS", snippets::folder(Language::Swift)))?;
    println!("type-checked: ios-sample, and the Swift of {} guides", guides.len());
    tally.passed(1 + guides.len() as u64);
    Ok(())
}

/// A command that finds `swift`: this machine's own, or the one of the root that `setup-swift.sh` made.
fn with_swift(command: &[&str]) -> Command {
    if place::program("swift").is_some() {
        return process::command(command[0], &command[1..]);
    }
    let folders = format!("{}:{}", place::root().display(), place::target().display());
    let mut inside = process::command("sdk-bindings/swift/in-swift.sh", &[&folders]);
    inside.args(command);
    inside
}
