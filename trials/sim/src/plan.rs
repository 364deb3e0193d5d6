//! What happens in a seed: who there is, what they do, and what breaks. All of it follows from the seed alone.

use std::collections::BTreeSet;

use crate::dice::Dice;

/// The whole of a seed.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) nodes: usize,
    pub(crate) agents: usize,
    pub(crate) phones: Vec<PhonePlan>,
    pub(crate) agent_acts: Vec<Vec<(u64, AgentAct)>>,
    pub(crate) faults: Vec<(u64, Fault)>,
    /// When people stop and everything heals, in milliseconds after the beginning.
    pub(crate) end_ms: u64,
}

/// One phone.
#[derive(Debug)]
pub(crate) struct PhonePlan {
    /// Who signs in first: a number of a user.
    pub(crate) user: usize,
    pub(crate) acts: Vec<(u64, PhoneAct)>,
}

/// What somebody does on a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PhoneAct {
    Open,
    /// In the thread with this number, of those that the phone knows then.
    Send(usize),
    Place(usize),
    Read(usize),
    Typing(usize),
    /// Another person takes the phone.
    Switch(usize),
    SignOut,
    Airplane(Switched),
    Screen(Switched),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Switched {
    On,
    Off,
}

/// What an agent does; the number picks a thread of those they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AgentAct {
    Reply(usize),
    /// Only if nobody wrote meanwhile.
    ReplySeen(usize),
    Note(usize),
    Assign(usize),
    Close(usize),
    Read(usize),
    /// Into another of its user; one that is merged stands by itself again.
    Merge(usize),
}

/// What breaks. A span is in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    NodeCrash {
        node: usize,
        down_ms: u64,
    },
    /// A deploy: asked to end, and started again.
    NodeDrain {
        node: usize,
    },
    PhoneKill {
        phone: usize,
        down_ms: u64,
    },
    Cut {
        phone: usize,
        node: usize,
        way: Way,
        span_ms: u64,
    },
    Hold {
        phone: usize,
        node: usize,
        span_ms: u64,
    },
    Slow {
        phone: usize,
        node: usize,
        span_ms: u64,
    },
    DiskFull {
        node: usize,
        span_ms: u64,
    },
    StoreBefore {
        node: usize,
        batches: u32,
    },
    StoreAfter {
        node: usize,
        batches: u32,
    },
    /// What stands in the place of Redis forgets everything.
    Flush {
        down_ms: u64,
    },
    /// One node is cut off from the others' hints.
    Deaf {
        node: usize,
        span_ms: u64,
    },
    /// All nodes end, and come up again with a backup that was made so long before.
    Restore {
        age_ms: u64,
    },
    NodeClock {
        node: usize,
        by_ms: i64,
    },
    PhoneClock {
        phone: usize,
        by_ms: i64,
    },
}

/// Which way a cut goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Both,
    ToNode,
    FromNode,
}

/// The kinds, for the swarm: each seed has a random half of them.
const FAULT_KINDS: usize = 14;
/// How long a restore takes. Longer than anything that was said before is on its way.
pub(crate) const RESTORE_MS: u64 = 4_500;
const PHONE_KINDS: usize = 9;
const AGENT_KINDS: usize = 7;

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "plan");
        let users = 1 + dice.index(3);
        let nodes = 1 + dice.index(2);
        let agents = 1 + dice.index(2);
        let end_ms = dice.between(10_000, 45_000);
        let phones = phones(&mut dice, users, end_ms);
        let agent_acts = (0..agents).map(|_| agent_acts(&mut dice, end_ms)).collect();
        let faults = faults(&mut dice, nodes, phones.len(), end_ms);
        Self { seed, nodes, agents, phones, agent_acts, faults, end_ms }
    }
}

/// A random half of so many kinds, and always the first.
fn half(dice: &mut Dice, kinds: usize) -> BTreeSet<usize> {
    (0..kinds).filter(|kind| dice.chance(50) || *kind == 0).collect()
}

fn phones(dice: &mut Dice, users: usize, end_ms: u64) -> Vec<PhonePlan> {
    let kinds = half(dice, PHONE_KINDS);
    let mut phones = Vec::new();
    for user in 0..users {
        for _ in 0..=dice.index(2) {
            let mut acts = vec![(dice.between(0, 500), PhoneAct::Open)];
            for _ in 0..dice.between(3, 12) {
                let at = dice.between(500, end_ms);
                acts.push((at, phone_act(dice, &kinds, users)));
            }
            acts.sort_unstable();
            phones.push(PhonePlan { user, acts });
        }
    }
    phones
}

fn phone_act(dice: &mut Dice, kinds: &BTreeSet<usize>, users: usize) -> PhoneAct {
    let thread = dice.index(100);
    let switched = if dice.chance(50) { Switched::On } else { Switched::Off };
    let kind = dice.index(PHONE_KINDS * 2);
    if !kinds.contains(&kind) {
        return PhoneAct::Send(thread);
    }
    match kind {
        1 => PhoneAct::Open,
        2 => PhoneAct::Place(thread),
        3 => PhoneAct::Read(thread),
        4 => PhoneAct::Typing(thread),
        5 => PhoneAct::Switch(dice.index(users)),
        6 => PhoneAct::SignOut,
        7 => PhoneAct::Airplane(switched),
        8 => PhoneAct::Screen(switched),
        _ => PhoneAct::Send(thread),
    }
}

fn agent_acts(dice: &mut Dice, end_ms: u64) -> Vec<(u64, AgentAct)> {
    let kinds = half(dice, AGENT_KINDS);
    let mut acts = Vec::new();
    for _ in 0..dice.between(2, 10) {
        let (at, thread) = (dice.between(1_000, end_ms), dice.index(100));
        let kind = dice.index(AGENT_KINDS + 3);
        let act = match kind {
            _ if !kinds.contains(&kind) => AgentAct::Reply(thread),
            1 => AgentAct::ReplySeen(thread),
            2 => AgentAct::Note(thread),
            3 => AgentAct::Assign(thread),
            4 => AgentAct::Close(thread),
            5 => AgentAct::Read(thread),
            6 => AgentAct::Merge(thread),
            _ => AgentAct::Reply(thread),
        };
        acts.push((at, act));
    }
    acts.sort_unstable();
    acts
}

fn faults(dice: &mut Dice, nodes: usize, phones: usize, end_ms: u64) -> Vec<(u64, Fault)> {
    let kinds: Vec<usize> = (0..FAULT_KINDS).filter(|_| dice.chance(50)).collect();
    let mut faults = Vec::new();
    if kinds.is_empty() {
        return faults;
    }
    for _ in 0..dice.between(1, 14) {
        let at = dice.between(200, end_ms);
        faults.push((at, fault(dice, &kinds, nodes, phones)));
    }
    faults.sort_by_key(|(at, _)| *at);
    let mut restores = 0;
    faults.retain(|(at, fault)| {
        let is_restore = matches!(fault, Fault::Restore { .. });
        restores += u32::from(is_restore);
        // One is enough, when there is something to come back, and time for it.
        !is_restore || (restores == 1 && *at > 2_000 && at + 2 * RESTORE_MS < end_ms)
    });
    faults
}

fn fault(dice: &mut Dice, kinds: &[usize], nodes: usize, phones: usize) -> Fault {
    let (node, phone) = (dice.index(nodes), dice.index(phones));
    let span_ms = dice.between(200, 15_000);
    let batches = u32::try_from(dice.between(1, 4)).unwrap_or(1);
    let sign = if dice.chance(50) { 1 } else { -1 };
    let jump = i64::try_from(dice.between(1_000, 3_600_000)).unwrap_or_default() * sign;
    match dice.pick(kinds) {
        0 => Fault::NodeCrash { node, down_ms: span_ms / 3 },
        1 => Fault::NodeDrain { node },
        2 => Fault::PhoneKill { phone, down_ms: span_ms / 3 },
        3 => Fault::Cut { phone, node, way: Way::Both, span_ms },
        4 => {
            let way = if dice.chance(50) { Way::ToNode } else { Way::FromNode };
            Fault::Cut { phone, node, way, span_ms }
        }
        5 => Fault::Hold { phone, node, span_ms },
        6 => Fault::Slow { phone, node, span_ms },
        7 => Fault::DiskFull { node, span_ms: span_ms / 2 },
        8 => Fault::StoreBefore { node, batches },
        9 => Fault::StoreAfter { node, batches },
        10 => Fault::Flush { down_ms: span_ms / 2 },
        11 => Fault::Deaf { node, span_ms },
        12 => Fault::Restore { age_ms: span_ms },
        _ if dice.chance(50) => Fault::NodeClock { node, by_ms: jump },
        // A phone's clock may be wrong by years.
        _ => Fault::PhoneClock { phone, by_ms: jump.saturating_mul(20_000) },
    }
}

impl Fault {
    /// The word for the report.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::NodeCrash { .. } => "node_crash",
            Self::NodeDrain { .. } => "node_drain",
            Self::PhoneKill { .. } => "phone_kill",
            Self::Cut { way: Way::Both, .. } => "partition",
            Self::Cut { .. } => "partition_one_way",
            Self::Hold { .. } => "hold",
            Self::Slow { .. } => "slow_link",
            Self::DiskFull { .. } => "disk_full",
            Self::StoreBefore { .. } => "lost_before_commit",
            Self::StoreAfter { .. } => "lost_after_commit",
            Self::Flush { .. } => "hints_flushed",
            Self::Deaf { .. } => "hints_cut",
            Self::Restore { .. } => "restore",
            Self::NodeClock { .. } => "node_clock",
            Self::PhoneClock { .. } => "phone_clock",
        }
    }
}
