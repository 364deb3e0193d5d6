//! The words of the UI kits: one table, `sdk-bindings/kit-words.json`, written as Kotlin and as Swift.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value};

use crate::place;

const TABLE: &str = "sdk-bindings/kit-words.json";
const KOTLIN: &str = "sdk-bindings/kotlin/ui-kit/src/generated/kotlin/tidings/ui/Words.kt";
const SWIFT: &str = "sdk-bindings/swift/Sources/TidingsUIModel/Words.swift";
/// The languages, with the names of their tables.
const LANGUAGES: [(&str, &str); 2] = [("en", "english"), ("fr", "french")];

/// `cargo xtask words`: writes the two files; with `--check` it only compares.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let table: Map<String, Value> =
        serde_json::from_slice(&fs::read(place::at(TABLE)).with_context(|| format!("cannot read {TABLE}"))?)?;
    let mut words =
        table.iter().map(|(key, value)| Word::read(key, value)).collect::<anyhow::Result<Vec<_>>>()?;
    // Whether the table keeps its order depends on who else is compiled.
    words.sort_by(|a, b| a.key.cmp(&b.key));
    let mut differing = Vec::new();
    for (file, content) in [(KOTLIN, kotlin(&words)?), (SWIFT, swift(&words)?)] {
        let path: PathBuf = place::at(file);
        let is_current = fs::read(&path).is_ok_and(|before| before == content.as_bytes());
        match arguments {
            [] => {
                fs::create_dir_all(path.parent().context("a file without a folder")?)?;
                fs::write(&path, &content).with_context(|| format!("cannot write {file}"))?;
            }
            [only] if only == "--check" => {
                if !is_current {
                    differing.push(file);
                }
            }
            _ => anyhow::bail!("`words` takes --check or nothing"),
        }
    }
    ensure!(differing.is_empty(), "not as {TABLE} says: {}; run `cargo xtask words`", differing.join(", "));
    Ok(ExitCode::SUCCESS)
}

/// One thing that is said.
struct Word {
    key: String,
    about: String,
    said: Vec<Said>,
}

/// How it is said in one language.
enum Said {
    Plain(String),
    Counted { one: String, other: String },
}

impl Word {
    fn read(key: &str, value: &Value) -> anyhow::Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let said = LANGUAGES
            .iter()
            .map(|(language, _)| {
                let value = &value[*language];
                text(value)
                    .map(Said::Plain)
                    .or_else(|| {
                        Some(Said::Counted { one: text(&value["one"])?, other: text(&value["other"])? })
                    })
                    .with_context(|| format!("{TABLE}: {key:?} is not said in {language:?}"))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(
            said.iter().all(Said::is_counted) || !said.iter().any(Said::is_counted),
            "{TABLE}: {key:?} is counted in one language and not in another"
        );
        let gaps = said.iter().map(Said::gaps).collect::<Vec<_>>();
        ensure!(
            gaps.windows(2).all(|pair| pair[0] == pair[1]),
            "{TABLE}: {key:?} has other gaps in another language: {gaps:?}"
        );
        let about = text(&value["about"]).with_context(|| format!("{TABLE}: {key:?} says not what it is"))?;
        Ok(Self { key: key.to_owned(), about, said })
    }

    fn is_counted(&self) -> bool {
        self.said.iter().all(Said::is_counted)
    }
}

impl Said {
    const fn is_counted(&self) -> bool {
        matches!(self, Self::Counted { .. })
    }

    /// The names in braces.
    fn gaps(&self) -> Vec<&str> {
        let text = match self {
            Self::Plain(text) | Self::Counted { other: text, .. } => text,
        };
        let mut gaps: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
        gaps.sort_unstable();
        gaps
    }
}

/// A string literal that both languages read alike.
fn literal(text: &str) -> anyhow::Result<String> {
    ensure!(
        !text.contains(['$', '\\']),
        "{TABLE}: a word holds a character that a literal may not: {text:?}"
    );
    Ok(serde_json::to_string(text)?)
}

fn kotlin(words: &[Word]) -> anyhow::Result<String> {
    let mut out = String::from(
        "// Made by `cargo xtask words` from sdk-bindings/kit-words.json.\npackage tidings.ui\n\n\
         /** What the kit says. Other words: `Words.english.copy(threads = \"Help\")`; another language: a table of your own. */\n\
         public data class Words(\n    /** A language tag (BCP 47): dates and sizes are written in it. */\n    val language: String,\n",
    );
    for word in words {
        let kind = if word.is_counted() { "Counted" } else { "String" };
        writeln!(out, "    /** {} */\n    val {}: {kind},", word.about, word.key)?;
    }
    out.push_str(") {\n    public companion object {\n");
    for (index, (language, name)) in LANGUAGES.iter().enumerate() {
        writeln!(
            out,
            "        public val {name}: Words = Words(\n            language = {},",
            literal(language)?
        )?;
        for word in words {
            let said = match &word.said[index] {
                Said::Plain(text) => literal(text)?,
                Said::Counted { one, other } => format!("Counted({}, {})", literal(one)?, literal(other)?),
            };
            writeln!(out, "            {} = {said},", word.key)?;
        }
        out.push_str("        )\n");
    }
    out.push_str("    }\n}\n");
    Ok(out)
}

fn swift(words: &[Word]) -> anyhow::Result<String> {
    let mut out = String::from(
        "// Made by `cargo xtask words` from sdk-bindings/kit-words.json.\n\n\
         /// What the kit says. Other words: change a copy; another language: a table of your own.\n\
         public struct Words: Hashable, Sendable {\n    /// A language tag (BCP 47): dates and sizes are written in it.\n    public var language: String\n",
    );
    for word in words {
        let kind = if word.is_counted() { "Counted" } else { "String" };
        writeln!(out, "    /// {}\n    public var {}: {kind}", word.about, word.key)?;
    }
    for (index, (language, name)) in LANGUAGES.iter().enumerate() {
        writeln!(out, "\n    public static let {name} = Words(\n        language: {},", literal(language)?)?;
        let mut said = Vec::new();
        for word in words {
            said.push(match &word.said[index] {
                Said::Plain(text) => format!("        {}: {}", word.key, literal(text)?),
                Said::Counted { one, other } => {
                    format!(
                        "        {}: Counted(one: {}, other: {})",
                        word.key,
                        literal(one)?,
                        literal(other)?
                    )
                }
            });
        }
        writeln!(out, "{})", said.join(",\n"))?;
    }
    out.push_str("}\n");
    Ok(out)
}
