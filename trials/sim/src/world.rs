//! Everything of one seed together, and the steps of its time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_protocol::id::ConversationId;
use tidings_trials::history::{History, Side, What, Witness};
use turmoil::{Builder, Sim};

use crate::agent::AgentState;
use crate::backup::{self, Saved};
use crate::clock::since_start_ms;
use crate::dice::Dice;
use crate::node::Node;
use crate::phone::Phone;
use crate::plan::{Fault, Plan, RESTORE_MS, Way};
use crate::{agent, exchange, judge, node, phone};

/// One tick of the simulated network.
const TICK: Duration = Duration::from_millis(20);
/// How long everything may take to come right once nothing breaks any more.
const HEAL_MS: u64 = 180_000;

/// What all hosts of a seed share; only what would be outside of a real network, too: files, and who watches.
pub(crate) struct World {
    pub(crate) plan: Plan,
    folder: PathBuf,
    /// How often a backup came back. Each time it gets a file of its own: whoever crashed may still close the old one.
    histories: AtomicU64,
    /// A backup came back, and the first node has not yet begun another history on it.
    pub(crate) begins_anew: AtomicBool,
    pub(crate) nodes: Vec<Node>,
    pub(crate) phones: Vec<Arc<Phone>>,
    pub(crate) agents: Vec<Mutex<AgentState>>,
    pub(crate) history: History,
    /// Whose each thread is.
    pub(crate) owners: Mutex<BTreeMap<ConversationId, usize>>,
    /// From now on nothing breaks, and nobody does anything new.
    pub(crate) healing: AtomicBool,
    /// Phones that have nothing left to send.
    pub(crate) drained: AtomicUsize,
    /// What did not come right in time.
    pub(crate) unfinished: Mutex<Vec<String>>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a seed went, apart from its history.
pub(crate) struct Run {
    pub(crate) simulated_ms: u64,
    pub(crate) unfinished: Vec<String>,
}

impl World {
    fn new(plan: Plan, folder: &Path, history: &History) -> Self {
        let phones = plan.phones.iter().enumerate();
        Self {
            folder: folder.to_owned(),
            histories: AtomicU64::new(0),
            begins_anew: AtomicBool::new(false),
            nodes: (0..plan.nodes).map(|_| Node::default()).collect(),
            phones: phones.map(|(number, phone)| Arc::new(Phone::new(number, phone.user))).collect(),
            agents: (0..plan.agents).map(|_| Mutex::default()).collect(),
            history: history.clone(),
            owners: Mutex::default(),
            healing: AtomicBool::new(false),
            drained: AtomicUsize::new(0),
            unfinished: Mutex::default(),
            plan,
        }
    }

    pub(crate) fn database_url(&self) -> String {
        format!("sqlite:{}", self.database().display())
    }

    fn database(&self) -> PathBuf {
        let number = self.histories.load(Ordering::Relaxed);
        self.folder.join(format!("tidings-{number}.db"))
    }

    /// What makes the epoch of this history, as the seed has it.
    pub(crate) fn epoch_bits(&self) -> u64 {
        let number = self.histories.load(Ordering::Relaxed);
        Dice::new(self.plan.seed, &format!("history {number}")).roll()
    }

    pub(crate) fn phone_folder(&self, number: usize) -> PathBuf {
        self.folder.join(format!("phone-{number}"))
    }

    pub(crate) fn node_names(&self) -> Vec<String> {
        (0..self.nodes.len()).map(node_name).collect()
    }

    pub(crate) fn is_healing(&self) -> bool {
        self.healing.load(Ordering::Relaxed)
    }

    pub(crate) fn is_drained(&self) -> bool {
        self.drained.load(Ordering::Relaxed) >= self.phones.len()
    }

    pub(crate) fn witness(&self, client: &str, side: Side, marker: &str) -> Witness {
        Witness::new(&self.history, client, side, marker, Arc::new(since_start_ms))
    }
}

fn node_name(number: usize) -> String {
    format!("node{number}")
}

fn phone_name(number: usize) -> String {
    format!("phone{number}")
}

/// Lets a seed happen.
pub(crate) fn run(plan: Plan, folder: &Path, history: &History) -> anyhow::Result<Run> {
    let world = Arc::new(World::new(plan, folder, history));
    let mut sim = Builder::new()
        .rng_seed(world.plan.seed)
        .tick_duration(TICK)
        .simulation_duration(Duration::from_hours(1))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(60))
        .tcp_capacity(4096)
        .build();
    populate(&mut sim, &world);
    let mut changes = Changes::of(&world, history);
    let deadline = world.plan.end_ms + HEAL_MS;
    loop {
        let now = millis(sim.elapsed());
        changes.apply(now, &mut sim, &world)?;
        if now >= world.plan.end_ms && !world.is_healing() {
            changes.heal(&mut sim, &world)?;
        }
        let done = sim.step().map_err(|error| anyhow::anyhow!("a host failed: {error}"))?;
        if done || now > deadline {
            break;
        }
    }
    let simulated_ms = millis(sim.elapsed());
    let unfinished = std::mem::take(&mut *lock(&world.unfinished));
    Ok(Run { simulated_ms, unfinished })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn populate(sim: &mut Sim<'_>, world: &Arc<World>) {
    for number in 0..world.nodes.len() {
        let world = Arc::clone(world);
        sim.host(node_name(number), move || node::run(Arc::clone(&world), number));
    }
    sim.host(exchange::NAME, exchange::run);
    for number in 0..world.phones.len() {
        let world = Arc::clone(world);
        sim.host(phone_name(number), move || phone::run(Arc::clone(&world), number));
    }
    for number in 0..world.agents.len() {
        let world = Arc::clone(world);
        sim.host(format!("agent{number}"), move || agent::run(Arc::clone(&world), number));
    }
    let deadline_ms = world.plan.end_ms + HEAL_MS - 1_000;
    sim.client("judge", judge::run(Arc::clone(world), deadline_ms));
}

/// What is to be done to the network and the hosts, and when.
struct Changes {
    due: BTreeMap<(u64, usize), Change>,
    witness: Witness,
    saved: Option<Saved>,
    /// What was there when the nodes ended for a restore; until it is done, none is started.
    lost: Option<Saved>,
}

#[derive(Clone)]
enum Change {
    Begin(Fault),
    Start(String),
    Repair(String, String),
    Release(String, String),
    Quick(String, String),
    Room(usize),
    /// A backup is made.
    Save,
    /// And comes back.
    Return,
}

impl Changes {
    fn of(world: &World, history: &History) -> Self {
        let now = Arc::new(|| 0);
        let witness = Witness::new(history, "world", Side::Team, "", now);
        let mut changes = Self { due: BTreeMap::new(), witness, saved: None, lost: None };
        for (at, fault) in &world.plan.faults {
            if let Fault::Restore { age_ms } = fault {
                changes.add(at.saturating_sub(*age_ms).max(1_000), Change::Save);
            }
            changes.add(*at, Change::Begin(*fault));
        }
        changes
    }

    fn add(&mut self, at: u64, change: Change) {
        let number = self.due.len();
        // Two of one moment keep their order; what is done is never numbered again.
        let number =
            self.due.range((at, 0)..=(at, usize::MAX)).next_back().map_or(number, |(key, _)| key.1 + 1);
        self.due.insert((at, number), change);
    }

    fn apply(&mut self, now: u64, sim: &mut Sim<'_>, world: &World) -> anyhow::Result<()> {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let change = entry.remove();
            self.change(now, &change, sim, world)?;
        }
        Ok(())
    }

    /// Everything that was to end later ends now, and nothing begins any more.
    fn heal(&mut self, sim: &mut Sim<'_>, world: &World) -> anyhow::Result<()> {
        for change in std::mem::take(&mut self.due).into_values() {
            if !matches!(change, Change::Begin(_)) {
                self.change(0, &change, sim, world)?;
            }
        }
        for node in &world.nodes {
            node.skew.set(0);
            *lock(&node.disk) = node::Disk::default();
        }
        for number in 0..world.nodes.len() {
            // One that was asked to end is started again, whether it has ended or not.
            if lock(&world.nodes[number].life).is_draining() {
                sim.bounce(node_name(number));
            }
        }
        world.healing.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn change(&mut self, now: u64, change: &Change, sim: &mut Sim<'_>, world: &World) -> anyhow::Result<()> {
        match change {
            Change::Begin(Fault::Restore { .. }) if self.saved.is_none() => {}
            Change::Begin(fault) => {
                self.witness.note(What::Fault { kind: fault.kind().to_owned() });
                if let Fault::Restore { .. } = fault {
                    self.lost = Some(Saved::of(&world.database(), world.folder.join("lost"))?);
                }
                self.begin(now, *fault, sim, world);
            }
            // Those that a restore ended begin when it is done.
            Change::Start(host) if self.lost.is_some() && host.starts_with("node") => {}
            Change::Start(host) => sim.bounce(host.as_str()),
            Change::Save if world.database().exists() => {
                self.saved = Some(Saved::of(&world.database(), world.folder.join("saved"))?);
            }
            Change::Save => {}
            Change::Return => self.come_back(sim, world)?,
            Change::Repair(a, b) => sim.repair(a.as_str(), b.as_str()),
            Change::Release(a, b) => sim.release(a.as_str(), b.as_str()),
            Change::Quick(a, b) => {
                sim.set_link_max_message_latency(a.as_str(), b.as_str(), Duration::from_millis(60));
            }
            Change::Room(node) => lock(&world.nodes[*node].disk).full = false,
        }
        Ok(())
    }

    fn come_back(&mut self, sim: &mut Sim<'_>, world: &World) -> anyhow::Result<()> {
        let (Some(saved), Some(lost)) = (&self.saved, self.lost.take()) else { return Ok(()) };
        self.witness.note(backup::restored(saved, &lost)?);
        world.histories.fetch_add(1, Ordering::Relaxed);
        saved.put(&world.database())?;
        world.begins_anew.store(true, Ordering::Relaxed);
        for name in world.node_names() {
            sim.bounce(name);
        }
        Ok(())
    }

    fn begin(&mut self, now: u64, fault: Fault, sim: &mut Sim<'_>, world: &World) {
        let pair = |phone, node| (phone_name(phone), node_name(node));
        match fault {
            Fault::NodeCrash { node, down_ms } => {
                sim.crash(node_name(node));
                self.add(now + down_ms, Change::Start(node_name(node)));
            }
            Fault::NodeDrain { node } => {
                lock(&world.nodes[node].life).soft().cancel();
                self.add(now + 23_000, Change::Start(node_name(node)));
            }
            Fault::PhoneKill { phone, down_ms } => {
                sim.crash(phone_name(phone));
                self.add(now + down_ms, Change::Start(phone_name(phone)));
            }
            Fault::Cut { phone, node, way, span_ms } => {
                let (phone, node) = pair(phone, node);
                match way {
                    Way::Both => sim.partition(phone.as_str(), node.as_str()),
                    Way::ToNode => sim.partition_oneway(phone.as_str(), node.as_str()),
                    Way::FromNode => sim.partition_oneway(node.as_str(), phone.as_str()),
                }
                self.add(now + span_ms, Change::Repair(phone, node));
            }
            Fault::Hold { phone, node, span_ms } => {
                let (phone, node) = pair(phone, node);
                sim.hold(phone.as_str(), node.as_str());
                self.add(now + span_ms, Change::Release(phone, node));
            }
            Fault::Slow { phone, node, span_ms } => {
                let (phone, node) = pair(phone, node);
                sim.set_link_max_message_latency(phone.as_str(), node.as_str(), Duration::from_secs(3));
                self.add(now + span_ms, Change::Quick(phone, node));
            }
            Fault::DiskFull { node, span_ms } => {
                lock(&world.nodes[node].disk).full = true;
                self.add(now + span_ms, Change::Room(node));
            }
            Fault::Flush { down_ms } => {
                sim.crash(exchange::NAME);
                self.add(now + down_ms, Change::Start(exchange::NAME.to_owned()));
            }
            Fault::Deaf { node, span_ms } => {
                sim.partition(exchange::NAME, node_name(node));
                self.add(now + span_ms, Change::Repair(exchange::NAME.to_owned(), node_name(node)));
            }
            Fault::StoreBefore { node, batches } => lock(&world.nodes[node].disk).lost_before += batches,
            Fault::StoreAfter { node, batches } => lock(&world.nodes[node].disk).lost_after += batches,
            Fault::Restore { .. } => {
                for name in world.node_names() {
                    sim.crash(name);
                }
                self.add(now + RESTORE_MS, Change::Return);
            }
            Fault::NodeClock { node, by_ms } => world.nodes[node].skew.set(by_ms),
            Fault::PhoneClock { phone, by_ms } => world.phones[phone].skew.set(by_ms),
        }
    }
}
