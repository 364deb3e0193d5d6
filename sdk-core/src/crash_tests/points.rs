//! Each kind's story, cut at each of its steps, and cut again while the phone recovers. Whatever was cut, everything that there is
//! in the end is what there would be without a death: with what the phone had accepted, and, if it died in the middle of accepting,
//! perhaps with that. One on the server, one on the screen, one in the files, and nothing else changed.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::kinds::Kind;
use super::lives::{Life, Told, live};
use super::scenes::{Dice, Scene, scene};
use super::world::World;
use crate::fuse;

/// Each kind's story is cut at so many points, or more.
const POINTS: usize = 50;
/// So many of them, or more, are deaths in a recovery from another one.
const SECOND_DEATHS: usize = 12;
/// A process that does not die.
const NEVER: u64 = u64::MAX;

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Every first death, and some second and third ones.
    Some,
    /// Every first death, and every second one.
    Every,
}

/// How a story went.
struct Story {
    told: Told,
    /// Steps that each process took.
    steps: Vec<u64>,
    /// Whether each process died that was meant to.
    as_meant: bool,
    world: World,
}

/// One story: processes, each with what it does and after how many steps it dies. The last one does not, and shows the end.
async fn story(kind: Kind, scene: &Scene, lives: &[(Life, u64)]) -> Story {
    let (server, folder) = (scene.server.twin(), tempfile::tempdir().unwrap());
    copy(scene.folder.path(), folder.path());
    let (mut told, mut steps, mut as_meant, mut last) = (Told::default(), Vec::new(), true, None);
    for (number, (life, death)) in lives.iter().enumerate() {
        if let Some(client) = last.take() {
            drop(client);
            // The tasks of the process before are gone before the next one begins.
            tokio::task::yield_now().await;
        }
        fuse::burn_after(*death);
        let dice = Dice::new(u64::try_from(number).unwrap() + 1);
        last = live(kind, scene.cast, &server, folder.path(), &mut told, (*life, dice)).await.ok();
        steps.push(fuse::taken());
        as_meant &= last.is_none() == (*death != NEVER);
        tokio::task::yield_now().await;
        fuse::burn_after(NEVER);
    }
    let world = World::of(&server, last.unwrap(), folder.path(), &scene.tokens).await.unwrap();
    Story { told, steps, as_meant, world }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// What was seen of one kind.
struct Proof {
    kind: Kind,
    /// The worlds that there are after so many acts, without a death.
    worlds: Vec<World>,
    /// Points with one, two, three deaths.
    points: [usize; 3],
    /// How often everything was done in the end, nothing, or a part of it.
    done: usize,
    nothing: usize,
    part: usize,
    /// Stories that ended otherwise, with the difference.
    wrong: Vec<String>,
}

impl Proof {
    async fn begin(kind: Kind, scene: &Scene) -> Self {
        let mut worlds: Vec<World> = Vec::new();
        for acts in 0..=kind.acts() {
            let whole = story(kind, scene, &[(Life::Acts(acts), NEVER), (Life::Recovers, NEVER)]).await;
            assert!(whole.told.accepted == acts && whole.as_meant);
            // Or nobody could tell whether it was done.
            let is_new = worlds.last() != Some(&whole.world);
            assert!(
                is_new || kind == Kind::Typing,
                "{kind:?}: act {acts} changes nothing: {:#?}",
                whole.world
            );
            worlds.push(whole.world);
        }
        Self { kind, worlds, points: [0; 3], done: 0, nothing: 0, part: 0, wrong: Vec::new() }
    }

    fn count(&self) -> usize {
        self.points.iter().sum()
    }

    /// Plays a story with these deaths, and judges how it ended. Answers how many steps the recovery took.
    async fn cut(&mut self, scene: &Scene, deaths: &[u64]) -> u64 {
        let first = (Life::Acts(self.kind.acts()), deaths[0]);
        let others = deaths[1..].iter().map(|death| (Life::Recovers, *death));
        let lives: Vec<_> = [first].into_iter().chain(others).chain([(Life::Recovers, NEVER)]).collect();
        let story = story(self.kind, scene, &lives).await;
        // A process that was at rest before its time proves nothing.
        if story.as_meant {
            self.points[deaths.len() - 1] += 1;
            self.judge(&story, deaths);
        }
        *story.steps.last().unwrap()
    }

    fn judge(&mut self, story: &Story, deaths: &[u64]) {
        let Told { begun, accepted } = story.told;
        let fitting = |acts: &usize| self.worlds[*acts] == story.world;
        let Some(acts) = (accepted..=begun).find(fitting) else {
            self.wrong.push(format!(
                "{}, cut after {deaths:?}: {accepted} of {begun} acts were accepted; against the world with that\n{}",
                self.kind.name(),
                story.world.difference(&self.worlds[accepted])
            ));
            return;
        };
        match acts {
            acts if acts == self.kind.acts() => self.done += 1,
            0 => self.nothing += 1,
            _ => self.part += 1,
        }
    }

    fn line(&self) -> String {
        let [one, two, three] = self.points;
        let (count, done, part, nothing) = (self.count(), self.done, self.part, self.nothing);
        format!("| {} | {count} | {one} | {two} | {three} | {done} | {part} | {nothing} |", self.kind.name())
    }

    fn json(&self) -> Value {
        json!({
            "kind": self.kind.name(), "points": self.count(), "by_deaths": self.points,
            "done": self.done, "part": self.part, "nothing": self.nothing,
        })
    }
}

/// Cuts the story of a kind everywhere.
async fn prove(kind: Kind, extent: Extent) -> Proof {
    let scene = scene(kind).await;
    let mut proof = Proof::begin(kind, &scene).await;
    let whole = [(Life::Acts(kind.acts()), NEVER), (Life::Recovers, NEVER)];
    let steps = story(kind, &scene, &whole).await.steps[0];
    let mut pairs = Vec::new();
    for first in 0..steps {
        let recovery = proof.cut(&scene, &[first]).await;
        pairs.extend((0..recovery).map(|second| (first, second)));
    }
    // In an order that takes from everywhere.
    pairs.sort_by_key(|(first, second)| (first * 31 + second * 17) % 101);
    let enough =
        |proof: &Proof| proof.count() >= POINTS && proof.points[1] + proof.points[2] >= SECOND_DEATHS;
    for (place, (first, second)) in pairs.into_iter().enumerate() {
        if extent == Extent::Some && enough(&proof) {
            break;
        }
        if extent == Extent::Some && place % 4 == 3 {
            proof.cut(&scene, &[first, second, second / 2]).await;
        } else {
            proof.cut(&scene, &[first, second]).await;
        }
    }
    proof
}

/// All kinds, as many at once as there are processors; each on a thread of its own, in a time of its own.
fn prove_all(extent: Extent) -> Vec<Proof> {
    let (next, proofs) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(kind) = Kind::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            let proof = runtime.block_on(prove(*kind, extent));
            proofs.lock().unwrap().push(proof);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut proofs = proofs.into_inner().unwrap();
    proofs.sort_by_key(|proof| Kind::ALL.iter().position(|kind| *kind == proof.kind));
    proofs
}

/// Prints what was tried, if all of it ended well, and keeps it where the environment says.
fn tell(proofs: &[Proof]) {
    let wrong: Vec<_> = proofs.iter().flat_map(|proof| &proof.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} stories ended otherwise:\n{}", wrong.len(), wrong.join("\n"));
    println!("| kind | points | one death | two | three | ended as done | in part | as never begun |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for proof in proofs {
        println!("{}", proof.line());
    }
    let points: usize = proofs.iter().map(Proof::count).sum();
    println!("{} kinds, {points} points, nothing lost, nothing doubled, nothing else changed", proofs.len());
    if let Some(path) = std::env::var_os("TIDINGS_PHONE_RESULT") {
        let kinds: Vec<_> = proofs.iter().map(Proof::json).collect();
        std::fs::write(path, json!({"points": points, "kinds": kinds}).to_string()).unwrap();
    }
}

#[test]
fn law_8_each_kind_is_there_once_whichever_fifty_steps_a_phone_dies_at() {
    let proofs = prove_all(Extent::Some);
    tell(&proofs);
    assert_eq!(proofs.len(), Kind::ALL.len());
    for proof in proofs {
        assert!(proof.count() >= POINTS, "{} is cut at {} points only", proof.kind.name(), proof.count());
        // What leaves nothing behind ends as it began.
        assert!(proof.done > 0 || proof.kind == Kind::Typing, "{} was never done", proof.kind.name());
    }
}

#[test]
#[ignore = "takes many minutes: `cargo xtask trials phone`"]
fn law_8_each_kind_is_there_once_whichever_two_steps_a_phone_dies_at() {
    tell(&prove_all(Extent::Every));
}
