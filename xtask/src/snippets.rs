//! The code in the guides and the front page: each fenced block is compiled. The blocks of a page make one file, so that a later one may build on an
//! earlier.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use crate::tally::Tally;
use crate::{place, process};

/// A language that guides are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Kotlin,
    Swift,
    JavaScript,
    Python,
}

impl Language {
    const fn fence(self) -> &'static str {
        match self {
            Self::Kotlin => "kotlin",
            Self::Swift => "swift",
            Self::JavaScript => "js",
            Self::Python => "python",
        }
    }

    const fn is_compiled(self) -> bool {
        matches!(self, Self::Kotlin | Self::Swift)
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Kotlin => "kt",
            Self::Swift => "swift",
            Self::JavaScript => "mjs",
            Self::Python => "py",
        }
    }
}

/// `cargo xtask snippets`: writes them, for a look at what the compilers get.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    ensure!(arguments.is_empty(), "`snippets` takes no arguments");
    for language in [Language::Kotlin, Language::Swift, Language::JavaScript, Language::Python] {
        println!("{} files in {}", write(language)?.len(), folder(language).display());
    }
    Ok(ExitCode::SUCCESS)
}

/// One fenced block.
struct Block {
    /// Of its first line of code, from 1.
    line: usize,
    code: String,
}

/// The folder of a language's files.
pub(crate) fn folder(language: Language) -> PathBuf {
    place::target().join("snippets").join(language.fence())
}

/// Writes the blocks of the guides for app developers, a file for each page, and answers the files' names.
pub(crate) fn write(language: Language) -> anyhow::Result<Vec<String>> {
    let folder = folder(language);
    // Of a page that is gone, nothing shall remain to be compiled.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut pages = Vec::new();
    for page in guides()? {
        let text = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
        let blocks = blocks(&text, language.fence());
        if blocks.is_empty() {
            continue;
        }
        let shown = page.strip_prefix(place::root()).unwrap_or(&page).display().to_string();
        let name = name(&shown);
        // A script stands for itself; Kotlin and Swift of a page are one file.
        let files: Vec<(String, &[Block])> = if language.is_compiled() {
            vec![(name, &blocks)]
        } else {
            blocks.chunks(1).map(|block| (format!("{name}_{}", block[0].line), block)).collect()
        };
        for (name, blocks) in files {
            let path = folder.join(format!("{name}.{}", language.ending()));
            fs::write(path, file(language, &name, &shown, blocks))?;
            pages.push(name);
        }
    }
    ensure!(!pages.is_empty(), "the guides have no code in {}", language.fence());
    Ok(pages)
}

/// Says whether the scripts can be read by those who run them.
pub(crate) fn check_scripts(tally: &mut Tally) -> anyhow::Result<()> {
    for (language, program, arguments) in [
        (Language::JavaScript, "node", &["--check"][..]),
        (Language::Python, "python3", &["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"]),
    ] {
        for page in write(language)? {
            let file = folder(language).join(format!("{page}.{}", language.ending()));
            process::run(process::command(program, arguments).arg(file))?;
            tally.passed(1);
        }
    }
    Ok(())
}

/// What the file of a page is called: two pages of the same name in two folders are two.
fn name(page: &str) -> String {
    let page = page.strip_suffix(".md").unwrap_or(page);
    page.strip_prefix("docs/sdk/").unwrap_or(page).replace(['-', '/'], "_").to_lowercase()
}

fn guides() -> anyhow::Result<Vec<PathBuf>> {
    let mut pages = ["README.md", "docs/app-developers.md", "docs/push.md"].map(place::at).to_vec();
    for entry in fs::read_dir(place::at("docs/sdk")).context("cannot read docs/sdk")? {
        pages.push(entry?.path());
    }
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    Ok(pages)
}

/// The blocks of a page in one language, without the indentation of a list that they stand in.
fn blocks(text: &str, fence: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        match (bare.strip_prefix("```"), open) {
            (Some(word), None) => {
                let wanted = word.trim() == fence;
                open = Some((line.len() - bare.len(), wanted));
                if wanted {
                    blocks.push(Block { line: index + 2, code: String::new() });
                }
            }
            (Some(_), Some(_)) => open = None,
            (None, Some((indent, true))) => {
                if let Some(block) = blocks.last_mut() {
                    block.code.push_str(line.get(indent..).unwrap_or(bare));
                    block.code.push('\n');
                }
            }
            (None, _) => {}
        }
    }
    blocks
}

/// One file of a page's blocks. Kotlin and Swift want what is imported at the top, each thing once.
fn file(language: Language, name: &str, page: &str, blocks: &[Block]) -> String {
    let comment = if language == Language::Python { "#" } else { "//" };
    let is_import = |line: &str| {
        language.is_compiled() && (line.starts_with("import ") || line.starts_with("@testable import "))
    };
    let imports: BTreeSet<&str> =
        blocks.iter().flat_map(|block| block.code.lines()).filter(|line| is_import(line)).collect();
    let mut lines = Vec::new();
    if language == Language::Kotlin {
        lines.push(format!("package snippets.{name}\n"));
    }
    lines.extend(imports.into_iter().map(str::to_owned));
    for block in blocks {
        lines.push(format!("\n{comment} {page}:{}", block.line));
        lines.extend(block.code.lines().filter(|line| !is_import(line)).map(str::to_owned));
    }
    lines.join("\n") + "\n"
}

/// Says whether each page's file was compiled to classes in this folder: a build that looks for them elsewhere passes too.
pub(crate) fn ensure_compiled(pages: &[String], classes: &Path) -> anyhow::Result<()> {
    for page in pages {
        let compiled =
            fs::read_dir(classes.join("snippets").join(page)).is_ok_and(|mut files| files.next().is_some());
        ensure!(compiled, "the code of the guide {page:?} was not compiled into {}", classes.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\n```kotlin\nimport a.B\n\nfun one() = B()\n```\n\n```swift\nimport X\n```\n\n1. in a list\n\n   \
                        ```kotlin\n   import a.B\n   fun two() {\n       one()\n   }\n   ```\n\n```sh\nfun no\n```\n";

    #[test]
    fn blocks_are_found_in_their_language_and_without_indentation() {
        let found = blocks(PAGE, "kotlin");
        assert_eq!(found.iter().map(|block| block.line).collect::<Vec<_>>(), [4, 16]);
        assert_eq!(found[1].code, "import a.B\nfun two() {\n    one()\n}\n");
        assert!(blocks(PAGE, "python").is_empty());
    }

    #[test]
    fn pages_of_the_same_name_are_files_of_two_names() {
        let pages = ["README.md", "docs/push.md", "docs/sdk/push.md", "docs/app-developers.md"];
        assert_eq!(pages.map(name), ["readme", "docs_push", "push", "docs_app_developers"]);
    }

    #[test]
    fn a_page_is_one_file_with_each_import_once_at_the_top() {
        let kotlin = file(Language::Kotlin, "page", "docs/page.md", &blocks(PAGE, "kotlin"));
        assert!(kotlin.starts_with("package snippets.page\n\nimport a.B\n\n// docs/page.md:4\n"), "{kotlin}");
        assert_eq!(kotlin.matches("import a.B").count(), 1);
        assert!(kotlin.contains("fun two() {\n    one()\n"));
    }

    #[test]
    fn a_page_that_nobody_compiled_is_noticed() {
        let nowhere = Path::new("/nonexistent");
        assert!(ensure_compiled(&["start".to_owned()], nowhere).is_err());
        assert!(ensure_compiled(&[], nowhere).is_ok());
    }
}
