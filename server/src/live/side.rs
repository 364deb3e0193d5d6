//! The two sides that a socket can have: an app's user, or an agent with their teams.

use std::time::Duration;

use tidings_protocol::frame::{
    AppFrame, AppServerFrame, CloseCode, Hello, InboxFrame, InboxServerFrame, ReconnectWindow, TeamChanges,
    TeamSideTyping, TeamSideViewing, UserSideTyping,
};
use tidings_protocol::id::{AppId, ConversationId, FeedId, TeamId, UserId};
use tidings_protocol::limits;
use tidings_protocol::time::Timestamp;
use tidings_store::agents::AgentSession;
use tidings_store::feeds::{self, After};
use tidings_store::{Error, team_feed, user_feed};
use tokio::time::Instant;

use super::hub::{Attachment, Bell, Follower, Typing, Typist};
use super::line::{Line, Page};
use super::presence::{Foreground, Somebody};
use super::session::{ClientFrame, Closing};
use super::tail::More;
use super::views::{Gaze, Looking, Viewing};
use crate::app::App;
use crate::auth::role::{Act, may};
use crate::auth::{TokenHash, token_hash};

/// What a socket follows once its first frame was accepted.
pub(super) struct Begun {
    pub(super) lines: Vec<Line>,
    pub(super) attachment: Attachment,
    pub(super) expires_at: Timestamp,
}

/// For so long what comes after `hello` is waited for.
const GREETING: Duration = Duration::from_secs(1);

/// An agent who goes through the list is told of where they stay: one conversation in so long.
const LOOKS_APART: Duration = Duration::from_millis(500);
/// That somebody still looks is said on this often at most; the inbox says it with each ping.
const LOOKS_ON: Duration = Duration::from_secs(10);

/// One side of the product, as its sockets see it.
pub(super) trait Side: Send + 'static {
    type Frame: ClientFrame + Send;

    /// The first frame: who is this, and what do they follow?
    fn begin(
        &mut self,
        app: &App,
        bell: &Bell,
        frame: Self::Frame,
    ) -> impl Future<Output = Result<Begun, Closing>> + Send;

    /// Any later frame.
    fn act(&mut self, app: &App, frame: Self::Frame) -> impl Future<Output = Result<(), Closing>> + Send;

    /// Reads the next page of a line.
    fn page(&self, app: &App, line: &Line) -> impl Future<Output = Result<Page, Error>> + Send;

    /// What to say of somebody who writes; nothing to those who write themselves.
    fn typing(&self, typing: Typing) -> Option<String>;

    /// What to say of an agent who looks at a conversation, or does no more; nothing to themselves.
    fn viewing(&self, viewing: Viewing) -> Option<String>;

    /// What to say when somebody of a team went away or is back.
    fn availability() -> Option<String>;

    fn hello(hello: Hello) -> String;

    /// What else to say once, after `hello`.
    fn greeting(&self, app: &App) -> impl Future<Output = Vec<String>> + Send;

    /// Whether the app looks different since this was last asked.
    fn looks_different(&mut self) -> bool;

    /// What to say of the look of the app.
    fn look(&self, app: &App) -> impl Future<Output = Option<String>> + Send;

    fn goodbye(reconnect: ReconnectWindow) -> String;
    fn pong() -> String;
}

fn json(frame: &impl serde::Serialize) -> String {
    // Frames are plain data: writing them to a string cannot fail.
    serde_json::to_string(frame).unwrap_or_default()
}

/// Registers a socket of a session, unless it has too many already: whoever holds one token must not take every
/// place of the node.
fn attach(app: &App, session: TokenHash, bell: &Bell) -> Result<Attachment, Closing> {
    let attachment = app.hub.attach(session, bell);
    if attachment.siblings() > limits::SOCKETS_PER_SESSION {
        return Err(Closing::new(CloseCode::RateLimited, "more than 50 sockets of one session"));
    }
    Ok(attachment)
}

/// What a failure of the store means for a socket.
pub(super) fn closing(error: &Error) -> Closing {
    match error {
        Error::Unavailable | Error::Full => {
            Closing::new(CloseCode::Unavailable, "the database is out of reach")
        }
        other => {
            tracing::error!(error = %other, "a socket could not read the store");
            Closing::new(CloseCode::Unavailable, "the server made a mistake")
        }
    }
}

/// Rings the bells of both sides of a conversation: the other side shows it, the writer's own sockets skip it.
async fn announce_typing(app: &App, route: &mut Route, conversation_id: ConversationId, typist: Typist) {
    if let Some((user, team)) = route.find(app, conversation_id).await {
        let typing = Typing { conversation_id, typist };
        app.bus.typing(&app.hub, user, &typing);
        app.bus.typing(&app.hub, team, &typing);
    }
}

/// The feeds of the conversation that somebody writes in; remembered, because they say so every few seconds.
#[derive(Default)]
struct Route(Option<(ConversationId, FeedId, FeedId)>);

impl Route {
    async fn find(&mut self, app: &App, conversation: ConversationId) -> Option<(FeedId, FeedId)> {
        if let Some((known, user, team)) = self.0
            && known == conversation
        {
            return Some((user, team));
        }
        // A failed look-up costs a "…" on somebody's screen, no more.
        let (user, team) = app.db.conversation_owners(conversation).await.ok().flatten()?;
        self.0 = Some((conversation, user_feed(user), team_feed(team)));
        Some((user_feed(user), team_feed(team)))
    }
}

/// An app's user.
#[derive(Default)]
pub(super) struct UserSide {
    /// Who, once it is known.
    user: Option<UserId>,
    /// Of which app.
    app: Option<AppId>,
    /// The hold on its look.
    look: Option<Follower>,
    foreground: Option<Foreground>,
    route: Route,
}

impl UserSide {
    fn set_foreground(&mut self, app: &App, foreground: bool) {
        self.foreground =
            self.user.filter(|_| foreground).map(|user| app.hub.enter_foreground(Somebody::User(user)));
    }

    /// Who is not told keeps what was known: no socket ends for it, and no change waits long.
    async fn answering(&self, app: &App) -> Option<String> {
        let asked = app.expectations.of_app(&app.db, self.app?, app.clock.now());
        let answering = tokio::time::timeout(GREETING, asked).await.ok()?.ok()?;
        Some(json(&AppServerFrame::Answering(answering)))
    }
}

impl Side for UserSide {
    type Frame = AppFrame;

    async fn begin(&mut self, app: &App, bell: &Bell, frame: AppFrame) -> Result<Begun, Closing> {
        let AppFrame::Authenticate { token, cursor, foreground } = frame else {
            return Err(Closing::new(CloseCode::NotAuthenticated, "expected `authenticate`"));
        };
        let hash = token_hash(&token);
        // Attached before it is checked: a session that ends in between closes this socket.
        let attachment = attach(app, hash, bell)?;
        let session = app.db.session(hash, app.clock.now()).await.map_err(|error| closing(&error))?;
        let Some(session) = session else {
            return Err(Closing::new(
                CloseCode::TokenInvalid,
                "the session's token is not, or no longer, valid",
            ));
        };
        let line = Line::new(&app.hub, bell, user_feed(session.user_id), cursor);
        let expires_at = session.expires_at;
        self.user = Some(session.user_id);
        self.app = Some(session.app_id);
        // Followed first and read afterwards: what changes in between rings.
        self.look = Some(app.hub.follow_look(session.app_id, bell));
        self.set_foreground(app, foreground);
        Ok(Begun { lines: vec![line], attachment, expires_at })
    }

    async fn act(&mut self, app: &App, frame: AppFrame) -> Result<(), Closing> {
        match frame {
            AppFrame::Foreground { foreground } => self.set_foreground(app, foreground),
            AppFrame::Typing { conversation_id } => {
                let Some(user) = self.user else { return Ok(()) };
                let theirs = self.route.find(app, conversation_id).await;
                if theirs.is_some_and(|(feed, _)| feed == user_feed(user)) {
                    announce_typing(app, &mut self.route, conversation_id, Typist::User).await;
                }
            }
            AppFrame::Authenticate { .. } | AppFrame::Ping {} => {}
        }
        Ok(())
    }

    async fn page(&self, app: &App, line: &Line) -> Result<Page, Error> {
        let Some(user) = self.user else { return Ok(Page::Nothing) };
        Ok(match app.db.user_page(user, line.cursor, line.limit()).await? {
            After::Reset => Page::Reset { json: json(&AppServerFrame::Reset) },
            After::Page(read) if read.page.changes.is_empty() => Page::Nothing,
            After::Page(feeds::Page { page, as_of }) => {
                let (upto, more) = (page.cursor.seq, if page.more { More::Yes } else { More::No });
                Page::Frame { json: json(&AppServerFrame::Changes(page)), upto, as_of, more }
            }
        })
    }

    fn typing(&self, typing: Typing) -> Option<String> {
        let Typist::Agent { name, .. } = typing.typist else { return None };
        let frame = UserSideTyping { conversation_id: typing.conversation_id, agent_name: name };
        Some(json(&AppServerFrame::Typing(frame)))
    }

    /// Which agents look is nothing for users.
    fn viewing(&self, _: Viewing) -> Option<String> {
        None
    }

    fn availability() -> Option<String> {
        None
    }

    fn hello(hello: Hello) -> String {
        json(&AppServerFrame::Hello(hello))
    }

    async fn greeting(&self, app: &App) -> Vec<String> {
        [self.answering(app).await, self.look(app).await].into_iter().flatten().collect()
    }

    fn looks_different(&mut self) -> bool {
        self.look.as_mut().is_some_and(Follower::take_move)
    }

    async fn look(&self, app: &App) -> Option<String> {
        let asked = app.looks.of_app(&app.db, self.app?, app.hub.looks(), app.clock.now());
        let look = tokio::time::timeout(GREETING, asked).await.ok()?.ok()?;
        Some(json(&AppServerFrame::Appearance(look)))
    }

    fn goodbye(reconnect: ReconnectWindow) -> String {
        json(&AppServerFrame::Goodbye { reconnect })
    }

    fn pong() -> String {
        json(&AppServerFrame::Pong)
    }
}

/// An agent, who follows the feeds of their teams.
pub(super) struct AgentSide {
    session: AgentSession,
    /// While one of the pages of this socket has the focus.
    focus: Option<Foreground>,
    /// Which conversation the page of this socket shows.
    looking: Option<Looking>,
    /// When it was last heard that it shows one.
    looked_at: Option<Instant>,
    route: Route,
}

impl AgentSide {
    pub(super) fn new(session: AgentSession) -> Self {
        Self { session, focus: None, looking: None, looked_at: None, route: Route::default() }
    }

    /// The page shows a conversation, or none any more.
    async fn look_at(&mut self, app: &App, conversation: Option<ConversationId>) {
        let kept = self.looking.take().filter(|looking| conversation.is_some_and(|id| looking.is_at(id)));
        let apart = if kept.is_some() { LOOKS_ON } else { LOOKS_APART };
        self.looking = kept;
        let Some(id) = conversation else { return };
        if self.looked_at.is_some_and(|at| at.elapsed() < apart) {
            return;
        }
        self.looked_at = Some(Instant::now());
        if let Some(looking) = &self.looking {
            return looking.renew();
        }
        let theirs = self.route.find(app, id).await.filter(|(_, feed)| self.team_of(*feed).is_some());
        let agent_id = self.session.agent.id;
        self.looking = theirs.map(|(_, feed)| Looking::begin((&app.hub, &app.bus), feed, id, agent_id));
    }

    fn team_of(&self, feed: FeedId) -> Option<TeamId> {
        self.session.team_ids.iter().copied().find(|team| team_feed(*team) == feed)
    }
}

impl Side for AgentSide {
    type Frame = InboxFrame;

    async fn begin(&mut self, app: &App, bell: &Bell, frame: InboxFrame) -> Result<Begun, Closing> {
        let InboxFrame::Follow { teams } = frame else {
            return Err(Closing::new(CloseCode::NotAuthenticated, "expected `follow`"));
        };
        if teams.is_empty() || teams.len() > limits::TEAMS_PER_SOCKET {
            return Err(Closing::new(CloseCode::BadFrame, "follow 1 to 64 teams"));
        }
        let attachment = attach(app, self.session.token_hash, bell)?;
        // Asked again after attaching: the session, or a membership, may have ended since the upgrade.
        let session = app.db.agent_session(self.session.token_hash, app.clock.now()).await;
        let Some(session) = session.map_err(|error| closing(&error))? else {
            return Err(Closing::new(CloseCode::TokenInvalid, "the session has ended"));
        };
        if session.lacks_second_factor {
            return Err(Closing::new(CloseCode::TokenInvalid, "a second factor is required"));
        }
        self.session = session;
        let mut lines = Vec::with_capacity(teams.len());
        for team in teams {
            if !self.session.team_ids.contains(&team.team_id) {
                return Err(Closing::new(CloseCode::BadFrame, "there is no such team"));
            }
            lines.push(Line::new(&app.hub, bell, team_feed(team.team_id), team.cursor));
        }
        Ok(Begun { lines, attachment, expires_at: self.session.expires_at })
    }

    async fn act(&mut self, app: &App, frame: InboxFrame) -> Result<(), Closing> {
        match frame {
            InboxFrame::Focus { focused } => {
                let me = Somebody::Agent(self.session.agent.id);
                self.focus = focused.then(|| app.hub.enter_foreground(me));
            }
            // Whoever may not write to users does not seem to.
            InboxFrame::Typing { .. } if !may(self.session.agent.role, Act::Answer) => {}
            InboxFrame::Typing { conversation_id } => {
                let theirs = self.route.find(app, conversation_id).await;
                if theirs.is_some_and(|(_, feed)| self.team_of(feed).is_some()) {
                    let agent = &self.session.agent;
                    let typist = Typist::Agent { id: agent.id, name: agent.name.clone() };
                    announce_typing(app, &mut self.route, conversation_id, typist).await;
                }
            }
            InboxFrame::Viewing { conversation_id } => self.look_at(app, conversation_id).await,
            InboxFrame::Follow { .. } | InboxFrame::Ping {} => {}
        }
        Ok(())
    }

    async fn page(&self, app: &App, line: &Line) -> Result<Page, Error> {
        let Some(team_id) = self.team_of(line.feed) else { return Ok(Page::Nothing) };
        Ok(match app.db.team_page(team_id, line.cursor, line.limit()).await? {
            After::Reset => Page::Reset { json: json(&InboxServerFrame::Reset { team_id }) },
            After::Page(read) if read.page.changes.is_empty() => Page::Nothing,
            After::Page(feeds::Page { page, as_of }) => {
                let (upto, more) = (page.cursor.seq, if page.more { More::Yes } else { More::No });
                let json = json(&InboxServerFrame::Changes(TeamChanges { team_id, page }));
                Page::Frame { json, upto, as_of, more }
            }
        })
    }

    fn typing(&self, typing: Typing) -> Option<String> {
        let agent_id = match typing.typist {
            Typist::User => None,
            Typist::Agent { id, .. } if id == self.session.agent.id => return None,
            Typist::Agent { id, .. } => Some(id),
        };
        let frame = TeamSideTyping { conversation_id: typing.conversation_id, agent_id };
        Some(json(&InboxServerFrame::Typing(frame)))
    }

    fn viewing(&self, viewing: Viewing) -> Option<String> {
        let Viewing { conversation_id, agent_id, gaze } = viewing;
        let frame = TeamSideViewing { conversation_id, agent_id, left: gaze == Gaze::Gone };
        (agent_id != self.session.agent.id).then(|| json(&InboxServerFrame::Viewing(frame)))
    }

    fn availability() -> Option<String> {
        Some(json(&InboxServerFrame::Availability))
    }

    fn hello(hello: Hello) -> String {
        json(&InboxServerFrame::Hello(hello))
    }

    async fn greeting(&self, _: &App) -> Vec<String> {
        Vec::new()
    }

    fn looks_different(&mut self) -> bool {
        false
    }

    async fn look(&self, _: &App) -> Option<String> {
        None
    }

    fn goodbye(reconnect: ReconnectWindow) -> String {
        json(&InboxServerFrame::Goodbye { reconnect })
    }

    fn pong() -> String {
        json(&InboxServerFrame::Pong)
    }
}
