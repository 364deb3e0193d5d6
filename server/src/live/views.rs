//! Who looks at which conversation of a team. Hints: kept in memory, said again while they hold, forgotten by themselves.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::id::{AgentId, ConversationId, FeedId};
use tidings_protocol::limits;
use tokio::time::Instant;

use super::hub::Hub;
use crate::bus::Bus;

/// How long "looks at it" holds.
const HOLDS: Duration = Duration::from_secs(limits::VIEWING_SECONDS);
/// So many of the last words are kept for those who follow; whoever is further behind is told who looks now.
const RECENT: usize = 256;
/// So many look in one team at once; more are not told of.
const LOOKING: usize = 10_000;

/// An agent looks at a conversation, or does no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewing {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub agent_id: AgentId,
    /// Which of the two.
    pub gaze: Gaze,
}

/// Whether somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaze {
    /// They do.
    There,
    /// They do no more.
    Gone,
}

/// Who looks at the conversations of one feed, and what was said of it last.
#[derive(Default)]
pub(super) struct Views {
    /// How often something was said.
    said: u64,
    recent: VecDeque<Viewing>,
    looking: HashMap<(ConversationId, AgentId), Instant>,
}

impl Views {
    /// Takes in what was said; false when there is nobody to tell of it.
    pub(super) fn hear(&mut self, viewing: Viewing, now: Instant) -> bool {
        let key = (viewing.conversation_id, viewing.agent_id);
        match viewing.gaze {
            Gaze::There => {
                if self.looking.len() >= LOOKING {
                    self.looking.retain(|_, until| *until > now);
                }
                if self.looking.len() >= LOOKING && !self.looking.contains_key(&key) {
                    return false;
                }
                self.looking.insert(key, now + HOLDS);
            }
            Gaze::Gone => {
                if self.looking.remove(&key).is_none() {
                    return false;
                }
            }
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(viewing);
        self.said += 1;
        true
    }

    /// What was said since the moment `seen`, which moves to now; who looks now for somebody who comes anew, or missed too
    /// much.
    pub(super) fn since(&self, seen: &mut Option<u64>, now: Instant) -> Vec<Viewing> {
        let missed = seen.replace(self.said).map(|seen| self.said.saturating_sub(seen));
        match missed.and_then(|missed| usize::try_from(missed).ok()) {
            Some(missed) if missed <= self.recent.len() => {
                self.recent.range(self.recent.len() - missed..).copied().collect()
            }
            _ => self.now(now),
        }
    }

    /// Whether this agent looks at this conversation.
    pub(super) fn has(&self, pair: (ConversationId, AgentId), now: Instant) -> bool {
        self.looking.get(&pair).is_some_and(|until| *until > now)
    }

    fn now(&self, now: Instant) -> Vec<Viewing> {
        let looking = self.looking.iter().filter(|(_, until)| **until > now);
        looking
            .map(|(&(conversation_id, agent_id), _)| Viewing { conversation_id, agent_id, gaze: Gaze::There })
            .collect()
    }
}

/// "This socket's agent looks at this conversation", until dropped.
pub(super) struct Looking {
    hub: Arc<Hub>,
    bus: Bus,
    team: FeedId,
    conversation_id: ConversationId,
    agent_id: AgentId,
}

impl Looking {
    pub(super) fn begin(
        (hub, bus): (&Arc<Hub>, &Bus),
        team: FeedId,
        conversation_id: ConversationId,
        agent_id: AgentId,
    ) -> Self {
        let looking = Self { hub: Arc::clone(hub), bus: bus.clone(), team, conversation_id, agent_id };
        hub.lookers().enter(looking.pair());
        looking.say(Gaze::There);
        looking
    }

    pub(super) fn is_at(&self, conversation: ConversationId) -> bool {
        self.conversation_id == conversation
    }

    /// They still look: says it again, for those to whom a word was lost.
    pub(super) fn renew(&self) {
        self.say(Gaze::There);
    }

    fn pair(&self) -> (ConversationId, AgentId) {
        (self.conversation_id, self.agent_id)
    }

    fn say(&self, gaze: Gaze) {
        let (conversation_id, agent_id) = self.pair();
        self.bus.viewing(&self.hub, self.team, Viewing { conversation_id, agent_id, gaze });
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        // Another of their windows on this node may still show it.
        if self.hub.lookers().leave(self.pair()) {
            self.say(Gaze::Gone);
        }
    }
}

/// How many sockets of this node show a conversation to one agent.
#[derive(Default)]
pub(super) struct Lookers(std::sync::Mutex<HashMap<(ConversationId, AgentId), usize>>);

impl Lookers {
    fn enter(&self, pair: (ConversationId, AgentId)) {
        *super::hub::lock(&self.0).entry(pair).or_default() += 1;
    }

    /// Whether this was the last.
    fn leave(&self, pair: (ConversationId, AgentId)) -> bool {
        let mut counts = super::hub::lock(&self.0);
        match counts.get_mut(&pair) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            _ => counts.remove(&pair).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Ways;
    use crate::clock::Clock;
    use crate::live::hub::Bell;

    fn viewing(n: u8, gaze: Gaze) -> Viewing {
        Viewing {
            conversation_id: ConversationId::from_parts(1, [n; 10]),
            agent_id: AgentId::from_parts(1, [1; 10]),
            gaze,
        }
    }

    fn world() -> (Arc<Hub>, Bus, FeedId) {
        let hub = Hub::new();
        let bus = Bus::start(Ways::default(), &hub, &Clock::system()).unwrap();
        (hub, bus, FeedId::from_parts(1, [9; 10]))
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_later_is_told_who_looks_and_then_what_changes() {
        let (hub, bus, team) = world();
        let bell = Bell::default();
        let mut first = hub.follow(team, &bell);
        assert!(first.take_views().is_empty());
        let Viewing { conversation_id, agent_id, .. } = viewing(1, Gaze::There);
        let looking = Looking::begin((&hub, &bus), team, conversation_id, agent_id);
        assert_eq!(first.take_views(), [viewing(1, Gaze::There)]);
        assert!(first.take_views().is_empty());
        let mut later = hub.follow(team, &bell);
        assert_eq!(later.take_views(), [viewing(1, Gaze::There)]);
        drop(looking);
        assert_eq!(later.take_views(), [viewing(1, Gaze::Gone)]);
        assert!(hub.follow(team, &bell).take_views().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_heard_of_again_does_not_look_any_more() {
        let (hub, _bus, team) = world();
        let bell = Bell::default();
        let _holds = hub.follow(team, &bell);
        hub.viewing(team, viewing(1, Gaze::There));
        tokio::time::advance(HOLDS).await;
        assert!(hub.follow(team, &bell).take_views().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_of_an_agents_windows_ends_it() {
        let (hub, bus, team) = world();
        let mut follower = hub.follow(team, &Bell::default());
        let Viewing { conversation_id, agent_id, .. } = viewing(1, Gaze::There);
        let one = Looking::begin((&hub, &bus), team, conversation_id, agent_id);
        let two = Looking::begin((&hub, &bus), team, conversation_id, agent_id);
        drop(one);
        assert!(follower.take_views().iter().all(|it| it.gaze == Gaze::There));
        drop(two);
        assert_eq!(follower.take_views(), [viewing(1, Gaze::Gone)]);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_missed_much_is_told_who_looks_now_and_nothing_grows() {
        let mut views = Views::default();
        let now = Instant::now();
        let mut seen = None;
        views.since(&mut seen, now);
        for _ in 0..1_000 {
            views.hear(viewing(1, Gaze::There), now);
            views.hear(viewing(1, Gaze::Gone), now);
        }
        views.hear(viewing(2, Gaze::There), now);
        assert_eq!(views.since(&mut seen, now), [viewing(2, Gaze::There)]);
        assert_eq!((views.recent.len(), views.looking.len()), (RECENT, 1));
        assert!(!views.hear(viewing(1, Gaze::Gone), now), "nobody was told that they look");
    }
}
