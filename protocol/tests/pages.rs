//! The pages of the documentation hang together: every link leads somewhere, every page can be found.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pages_of(folder: &Path) -> Vec<PathBuf> {
    let mut pages: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
}

fn all_pages() -> Vec<PathBuf> {
    ["", "docs", "docs/decisions", "docs/sdk", "protocol/fixtures"]
        .iter()
        .flat_map(|folder| pages_of(&root().join(folder)))
        .collect()
}

/// What stands outside of fenced code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// The targets of `[words](target)`.
fn links(text: &str) -> Vec<String> {
    let targets = prose(text);
    let targets = targets.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors that a page's headings get: lower case, punctuation dropped, blanks to hyphens.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings =
        prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

fn broken(page: &Path, target: &str) -> Option<&'static str> {
    if target.starts_with("https://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() { page.to_owned() } else { page.with_file_name(path) };
    if !file.exists() {
        return Some("leads nowhere");
    }
    let is_page = file.extension().is_some_and(|extension| extension == "md");
    let missing =
        !anchor.is_empty() && is_page && !anchors(&fs::read_to_string(&file).unwrap()).contains(anchor);
    missing.then_some("names a section that is not there")
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in all_pages() {
        for target in links(&fs::read_to_string(&page).unwrap()) {
            seen += 1;
            wrong.extend(broken(&page, &target).map(|why| format!("{}: {target} {why}", page.display())));
        }
    }
    assert!(seen > 50, "the pages were not understood: {seen} links");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_summary_names_every_page() {
    let docs = root().join("docs");
    let named: BTreeSet<_> =
        links(&fs::read_to_string(docs.join("SUMMARY.md")).unwrap()).into_iter().collect();
    let pages = [docs.clone(), docs.join("decisions"), docs.join("sdk")]
        .into_iter()
        .flat_map(|folder| pages_of(&folder));
    let paths = pages.map(|page| page.strip_prefix(&docs).unwrap().to_str().unwrap().to_owned());
    let forgotten: Vec<_> = paths.filter(|path| path != "SUMMARY.md" && !named.contains(path)).collect();
    assert!(forgotten.is_empty(), "not in docs/SUMMARY.md: {forgotten:?}");
}

#[test]
fn anchors_are_made_as_the_book_makes_them() {
    let found =
        anchors("# Who is the user?\n## id_conflict\n```\n# a comment\n```\n### Public keys (ES256): good\n");
    let wanted = ["who-is-the-user", "id_conflict", "public-keys-es256-good"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(wanted));
}

/// Whether a code span names a place in the tree, such as `store/src/db.rs`; patterns and other words do not.
fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c));
    let first = span.split('/').next().unwrap_or_default();
    plain && span.contains('/') && !first.is_empty() && !first.starts_with('.') && root().join(first).is_dir()
}

#[test]
fn every_path_on_the_map_exists() {
    let mut missing = Vec::new();
    let mut seen = 0;
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "docs/contributors.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for path in prose(&text).split('`').skip(1).step_by(2).filter(|span| is_path(span)) {
            seen += 1;
            if !root().join(path).exists() {
                missing.push(format!("{page}: {path}"));
            }
        }
    }
    assert!(seen > 50, "the pages were not understood: {seen} paths");
    assert!(missing.is_empty(), "not in the tree:\n{}", missing.join("\n"));
}
