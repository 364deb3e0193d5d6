//! The file of an archive: text, a line for each row, compressed with gzip. `zcat FILE | head -1` shows its header.
//!
//! ```text
//! {"tidings_archive":1, "schema":…, "epoch":…, "tables":[…]}
//! {"table":"workspaces"}
//! [value, value, …]                     a row; ids with hyphens, bytes in hexadecimal
//! …
//! {"end":{"workspaces":"CHECKSUM", …}}
//! ```

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::rows::{BATCH, Piece, Sender};
use super::value::{self, Sum};
use super::{ArchiveError, Header, Table};

/// A line of an archive that is longer is not ours. The longest text that a row holds is a message's, far below.
const LINE_MAX: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
struct Heading {
    table: String,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: BTreeMap<String, String>,
}

/// A file that is being written. Until [`Writing::finish`] it has another name, so that nobody takes half an archive
/// for a whole one.
pub(crate) struct Writing {
    path: PathBuf,
    partial: PathBuf,
    out: GzEncoder<BufWriter<File>>,
    sums: BTreeMap<String, String>,
    line: String,
}

impl Writing {
    /// Begins a file for its owner alone; one that is there already is refused.
    pub(crate) fn begin(path: &Path, header: &Header) -> Result<Self, ArchiveError> {
        if path.exists() {
            return Err(ArchiveError::Exists(path.to_owned()));
        }
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&partial).map_err(|error| ArchiveError::file(&partial, error))?;
        // The fastest level: what comes after it saves little and costs many times as much.
        let out = GzEncoder::new(BufWriter::new(file), Compression::fast());
        let mut writing =
            Self { path: path.to_owned(), partial, out, sums: BTreeMap::new(), line: String::new() };
        writing.put_json(header)?;
        Ok(writing)
    }

    pub(crate) fn begin_table(&mut self, table: &Table) -> Result<(), ArchiveError> {
        self.put_json(&Heading { table: table.name.clone() })
    }

    pub(crate) fn put(&mut self, rows: &[value::Row]) -> Result<(), ArchiveError> {
        for row in rows {
            value::encode(row, &mut self.line);
            self.line.push('\n');
            let written = self.out.write_all(self.line.as_bytes());
            written.map_err(|error| ArchiveError::file(&self.partial, error))?;
        }
        Ok(())
    }

    pub(crate) fn end_table(&mut self, table: &Table, sum: &Sum) {
        self.sums.insert(table.name.clone(), sum.text());
    }

    /// Flushes the file and gives it its name. Answers its bytes.
    pub(crate) fn finish(mut self) -> Result<u64, ArchiveError> {
        let end = End { end: std::mem::take(&mut self.sums) };
        self.put_json(&end)?;
        let Self { path, partial, out, .. } = self;
        let named = |error| ArchiveError::file(&partial, error);
        let file = out.finish().map_err(named)?.into_inner().map_err(|error| named(error.into_error()))?;
        file.sync_all().map_err(named)?;
        let bytes = file.metadata().map_err(named)?.len();
        if path.exists() {
            return Err(ArchiveError::Exists(path));
        }
        std::fs::rename(&partial, &path).map_err(named)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(named)?;
        Ok(bytes)
    }

    /// Takes away what was written so far.
    pub(crate) fn abandon(self) {
        // It is called after an error, which is told instead.
        let _ = std::fs::remove_file(&self.partial);
    }

    fn put_json(&mut self, json: &impl Serialize) -> Result<(), ArchiveError> {
        let named = |error: io::Error| ArchiveError::file(&self.partial, error);
        serde_json::to_writer(&mut self.out, json).map_err(|error| named(error.into()))?;
        self.out.write_all(b"\n").map_err(named)
    }
}

/// A file that is being read.
pub(crate) struct Reading {
    path: PathBuf,
    lines: BufReader<MultiGzDecoder<BufReader<File>>>,
    line: String,
    pub(crate) header: Header,
}

impl Reading {
    /// Reads the header.
    pub(crate) fn begin(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(|error| ArchiveError::file(path, error))?;
        let mut lines = BufReader::new(MultiGzDecoder::new(BufReader::new(file)));
        let mut line = String::new();
        let read = lines.by_ref().take(LINE_MAX).read_line(&mut line);
        let damaged = |what: &str| ArchiveError::Damaged { path: path.to_owned(), what: what.to_owned() };
        read.map_err(|error| damaged(&format!("it is not an archive of Tidings ({error})")))?;
        let version: Version =
            serde_json::from_str(&line).map_err(|_| damaged("it is not an archive of Tidings"))?;
        if version.tidings_archive != Header::FORMAT {
            return Err(ArchiveError::NewerFormat(version.tidings_archive));
        }
        let header = serde_json::from_str(&line).map_err(|error| damaged(&format!("its header: {error}")))?;
        Ok(Self { path: path.to_owned(), lines, line, header })
    }

    /// Sends all rows; blocks. The last line is compared with what was read.
    pub(crate) fn send(mut self, sender: &Sender) {
        if let Err(error) = self.send_all(sender) {
            // Whoever took the pieces may have gone away.
            let _ = sender.blocking_send(Err(error));
        }
    }

    fn send_all(&mut self, sender: &Sender) -> Result<(), ArchiveError> {
        let tables = self.header.tables.clone();
        let mut sums = BTreeMap::new();
        self.next()?;
        for table in &tables {
            let heading: Heading = self.parse()?;
            if heading.table != table.name {
                return Err(
                    self.damaged(&format!("expected the table {}, found {}", table.name, heading.table))
                );
            }
            let Some(sum) = self.send_table(table, sender)? else { return Ok(()) };
            if sum.rows != table.rows {
                return Err(self.damaged(&format!("{} rows of {}, not {}", sum.rows, table.name, table.rows)));
            }
            sums.insert(table.name.clone(), sum.text());
            // The last table is not ended before the end of the file is read: it may say that all this is wrong.
            let last = sums.len() == tables.len();
            if last {
                self.check_end(&sums)?;
            }
            if sender.blocking_send(Ok(Piece::End(sum))).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// None when nobody takes the rows any more.
    fn send_table(&mut self, table: &Table, sender: &Sender) -> Result<Option<Sum>, ArchiveError> {
        let (mut sum, mut batch) = (Sum::default(), Vec::with_capacity(BATCH));
        loop {
            self.next()?;
            if !self.line.starts_with('[') {
                break;
            }
            sum.add(&self.line);
            let row = value::decode(&self.line, &table.columns);
            batch.push(row.ok_or_else(|| self.damaged(&format!("row {} of {}", sum.rows, table.name)))?);
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                if sender.blocking_send(Ok(Piece::Rows(full))).is_err() {
                    return Ok(None);
                }
            }
        }
        let sent = sender.blocking_send(Ok(Piece::Rows(batch)));
        Ok(sent.is_ok().then_some(sum))
    }

    fn check_end(&mut self, sums: &BTreeMap<String, String>) -> Result<(), ArchiveError> {
        let end: End = self.parse()?;
        if let Some((table, _)) = sums.iter().find(|(table, sum)| end.end.get(*table) != Some(sum)) {
            return Err(self.damaged(&format!("the checksum of {table}")));
        }
        // The end of the compressed stream carries a checksum of its own.
        let mut rest = [0; 1];
        match self.lines.read(&mut rest) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged("something follows its end")),
            Err(error) => Err(self.damaged(&error.to_string())),
        }
    }

    fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<T, ArchiveError> {
        serde_json::from_str(&self.line).map_err(|error| self.damaged(&format!("a line: {error}")))
    }

    fn next(&mut self) -> Result<(), ArchiveError> {
        self.line.clear();
        let read = self.lines.by_ref().take(LINE_MAX).read_line(&mut self.line);
        let bytes = read.map_err(|error| self.damaged(&error.to_string()))?;
        if bytes == 0 || !self.line.ends_with('\n') {
            return Err(self.damaged("it ends too early"));
        }
        self.line.pop();
        Ok(())
    }

    fn damaged(&self, what: &str) -> ArchiveError {
        ArchiveError::Damaged { path: self.path.clone(), what: what.to_owned() }
    }
}

#[derive(Deserialize)]
struct Version {
    tidings_archive: u32,
}
