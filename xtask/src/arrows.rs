//! Who may know whom: the arrows of ARCHITECTURE.md, compared with what cargo knows of the packages.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use serde_json::Value;

use crate::process;

/// A package of ours and those of ours that it may depend on. A package that is not listed may depend on none.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("tidings-protocol", &[]),
    ("tidings-store", &["tidings-protocol"]),
    ("tidings-server", &["tidings-protocol", "tidings-store"]),
    ("tidings-sdk-core", &["tidings-protocol"]),
    ("tidings-sdk-bindings", &["tidings-protocol", "tidings-sdk-core"]),
    ("tidings-standins", &["tidings-protocol"]),
    (
        "tidings-trials",
        &["tidings-protocol", "tidings-store", "tidings-server", "tidings-sdk-core", "tidings-standins"],
    ),
    (
        "tidings-sim",
        &["tidings-protocol", "tidings-store", "tidings-server", "tidings-sdk-core", "tidings-trials"],
    ),
    (
        "tidings-push-bench",
        &["tidings-protocol", "tidings-store", "tidings-server", "tidings-standins", "tidings-trials"],
    ),
    ("xtask", &[]),
];

/// What tests of each package may use besides.
const TESTS_MAY_KNOW: &[&str] = &["tidings-standins"];

/// Packages of others that one of ours must not reach, by whatever way.
const MUST_NOT_REACH: &[(&str, &[&str])] = &[
    ("tidings-protocol", &["tokio", "axum", "hyper", "sqlx", "sqlx-core", "rusqlite", "reqwest"]),
    ("tidings-store", &["axum", "hyper", "redis", "reqwest", "tokio-tungstenite"]),
    ("tidings-sdk-core", &["axum", "sqlx", "sqlx-core"]),
    ("xtask", &["tokio", "syn"]),
];

/// What nobody may reach: TLS is rustls with ring, which builds everywhere with a C compiler alone.
const NOBODY: &[&str] = &["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls"];

/// Asks cargo and gives one line for each arrow that points the wrong way.
pub(crate) fn wrong() -> anyhow::Result<Vec<String>> {
    let mut command = process::cargo(&["metadata", "--format-version", "1", "--all-features", "--locked"]);
    let metadata: Value = serde_json::from_slice(&process::output(&mut command)?)?;
    let graph = Graph::read(&metadata).context("`cargo metadata` answered in another form than expected")?;
    Ok(graph.wrong())
}

#[derive(Default)]
struct Graph {
    /// The packages of the workspace, by name.
    ours: BTreeSet<String>,
    /// What each package needs to be built, by name; two versions of one package are taken together.
    normal: BTreeMap<String, BTreeSet<String>>,
    /// What only its tests need.
    tests: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read(metadata: &Value) -> Option<Self> {
        let mut names = BTreeMap::new();
        for package in metadata["packages"].as_array()? {
            names.insert(package["id"].as_str()?, package["name"].as_str()?);
        }
        let mut graph = Self::default();
        for id in metadata["workspace_members"].as_array()? {
            graph.ours.insert((*names.get(id.as_str()?)?).to_owned());
        }
        for node in metadata["resolve"]["nodes"].as_array()? {
            let from = *names.get(node["id"].as_str()?)?;
            for dependency in node["deps"].as_array()? {
                let to = *names.get(dependency["pkg"].as_str()?)?;
                // `cfg(any())` is true nowhere: serde ties the versions of its packages with it.
                let kinds =
                    dependency["dep_kinds"].as_array()?.iter().filter(|kind| kind["target"] != "cfg(any())");
                for kind in kinds {
                    let edges = if kind["kind"] == "dev" { &mut graph.tests } else { &mut graph.normal };
                    edges.entry(from.to_owned()).or_default().insert(to.to_owned());
                }
            }
        }
        Some(graph)
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for from in &self.ours {
            let allowed =
                MAY_KNOW.iter().find(|(name, _)| name == from).map_or(&[][..], |(_, allowed)| allowed);
            for to in edges(&self.normal, from).filter(|to| self.ours.contains(*to)) {
                if !allowed.contains(&to) {
                    wrong.push(format!("{from} must not depend on {to}"));
                }
            }
            for to in edges(&self.tests, from).filter(|to| self.ours.contains(*to)) {
                if !allowed.contains(&to) && !TESTS_MAY_KNOW.contains(&to) && to != from {
                    wrong.push(format!("tests of {from} must not depend on {to}"));
                }
            }
            let reached = self.reached(from);
            let banned =
                MUST_NOT_REACH.iter().filter(|(name, _)| name == from).flat_map(|(_, banned)| *banned);
            for name in banned.chain(NOBODY) {
                if let Some(path) = reached.get(*name) {
                    wrong.push(format!("{from} must not reach {name}, and does: {path}"));
                }
            }
        }
        wrong
    }

    /// Everything that this package needs, directly or not, each with a way to it.
    fn reached(&self, from: &str) -> BTreeMap<String, String> {
        let mut reached = BTreeMap::new();
        let mut open = vec![(from.to_owned(), from.to_owned())];
        while let Some((name, path)) = open.pop() {
            for next in edges(&self.normal, &name) {
                if !reached.contains_key(next) {
                    let path = format!("{path} > {next}");
                    reached.insert(next.to_owned(), path.clone());
                    open.push((next.to_owned(), path));
                }
            }
        }
        reached
    }
}

fn edges<'a>(
    edges: &'a BTreeMap<String, BTreeSet<String>>,
    from: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    edges.get(from).into_iter().flatten().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in edges {
            graph.normal.entry((*from).to_owned()).or_default().insert((*to).to_owned());
            graph
                .ours
                .extend([from, to].into_iter().filter(|n| n.starts_with("tidings")).map(|n| (*n).to_owned()));
        }
        graph
    }

    #[test]
    fn the_arrows_of_the_house_are_right() {
        let right = [
            ("tidings-store", "tidings-protocol"),
            ("tidings-server", "tidings-store"),
            ("tidings-store", "sqlx"),
        ];
        assert_eq!(graph(&right).wrong(), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_that_points_back_is_found() {
        let wrong = graph(&[("tidings-store", "tidings-server")]).wrong();
        assert_eq!(wrong, ["tidings-store must not depend on tidings-server"]);
    }

    #[test]
    fn what_must_not_be_reached_is_found_behind_others() {
        let wrong =
            graph(&[("tidings-store", "middle"), ("middle", "hyper"), ("middle", "openssl-sys")]).wrong();
        assert_eq!(
            wrong,
            [
                "tidings-store must not reach hyper, and does: tidings-store > middle > hyper",
                "tidings-store must not reach openssl-sys, and does: tidings-store > middle > openssl-sys",
            ]
        );
    }

    #[test]
    fn tests_may_use_the_stand_ins_and_no_other_package_of_ours() {
        let mut graph = graph(&[("tidings-server", "tidings-store")]);
        let tests = graph.tests.entry("tidings-server".to_owned()).or_default();
        tests.extend(["tidings-standins".to_owned(), "tidings-sdk-core".to_owned()]);
        graph.ours.extend(["tidings-standins".to_owned(), "tidings-sdk-core".to_owned()]);
        assert_eq!(graph.wrong(), ["tests of tidings-server must not depend on tidings-sdk-core"]);
    }
}
