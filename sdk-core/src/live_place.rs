//! Sharing where one is for a while: an app must switch it on ([`Locations::Live`](crate::Locations::Live)), the person
//! begins it, and it goes on only as long as the app feeds positions. Nothing here measures one.

use std::sync::Arc;

use tidings_protocol::id::{ConversationId, MessageId};
use tidings_protocol::message::{KnownPart, LiveLocation, MoveLivePlace, Part};
use tidings_protocol::time::Timestamp;

use crate::cache::{self, Durability, Said};
use crate::compose::{self, Point};
use crate::config::Locations;
use crate::error::{Error, ErrorCode, Fault};
use crate::item::Discarded;
use crate::session::Session;

/// For how long a place is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareFor {
    /// 15 minutes.
    QuarterHour,
    /// An hour.
    Hour,
    /// 8 hours.
    WorkingDay,
}

impl ShareFor {
    const fn seconds(self) -> i64 {
        match self {
            Self::QuarterHour => 15 * 60,
            Self::Hour => 60 * 60,
            Self::WorkingDay => 8 * 60 * 60,
        }
    }
}

/// A place that this phone shares now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveShare {
    /// The message that shows it.
    pub message_id: MessageId,
    /// The thread it stands in.
    pub conversation_id: ConversationId,
    /// When it ends by itself, in unix milliseconds, by this phone's clock.
    pub ends_at_ms: i64,
}

/// Less than this is the noise of a measurement, in metres.
const STEP_M: f64 = 5.0;
/// A circle that is so much smaller is news, however near the place is.
const SHARPER: f64 = 0.75;
/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_200.0;

/// Whether a position is another one than the last, or the same known much better.
pub(crate) fn has_moved(last: &MoveLivePlace, here: &MoveLivePlace) -> bool {
    let north = (here.latitude - last.latitude) * DEGREE_M;
    // The short way round, over the date line too.
    let degrees = (here.longitude - last.longitude + 540.0).rem_euclid(360.0) - 180.0;
    let east = degrees * DEGREE_M * here.latitude.to_radians().cos();
    let is_sharper = match (last.accuracy_m, here.accuracy_m) {
        (None, Some(_)) => true,
        (Some(last), Some(here)) => here < last * SHARPER,
        (_, None) => false,
    };
    north.hypot(east) >= STEP_M || is_sharper
}

fn switched_off() -> Error {
    Error::new(ErrorCode::SwitchedOff, "this app has live locations switched off")
}

fn check_switch(session: &Session) -> Result<(), Error> {
    if session.around.app.locations == Locations::Live { Ok(()) } else { Err(switched_off()) }
}

/// Begins a share: its message is on disk when this returns.
pub(crate) async fn begin(
    session: &Arc<Session>,
    conversation: ConversationId,
    time: ShareFor,
) -> Result<MessageId, Error> {
    check_switch(session)?;
    let live = LiveLocation::for_seconds(time.seconds());
    let parts = compose::sendable(vec![Part::Known(KnownPart::LiveLocation(live))])?;
    let begun = session.disk(move |session| {
        let host = &session.around.host;
        let now_ms = host.clock.wall_ms();
        session.cache.write(Durability::Power, |write| {
            let running = cache::shares(write, now_ms)?;
            if running.iter().any(|share| share.conversation_id == conversation) {
                return Ok(None);
            }
            let id = host.message_id();
            let said = Said { parts, quote: None, context: session.around.whereabouts.context() };
            cache::enqueue_message(write, conversation, id, said, now_ms)?;
            cache::begin_share(write, conversation, id, now_ms + time.seconds() * 1_000)?;
            Ok(Some(id))
        })
    });
    let id = begun.await?.ok_or_else(|| {
        Error::new(ErrorCode::InvalidInput, "this phone shares its place in this conversation already")
    })?;
    session.ask(|asked| {
        asked.outbox = true;
        asked.chores = true;
    });
    Ok(id)
}

/// Ends a share now. Its message stays, without a place; one that has not set off goes away.
pub(crate) async fn end(
    session: &Arc<Session>,
    conversation: ConversationId,
    message: MessageId,
) -> Result<(), Error> {
    let ended = session.disk(move |session| {
        let now_ms = session.around.host.clock.wall_ms();
        let stopped = session
            .cache
            .write(Durability::Power, |write| cache::stop_share(write, conversation, message, now_ms))?;
        if !stopped {
            return Err(Fault::NotFound("live place of one's own"));
        }
        withdraw(session, conversation, message)
    });
    ended.await?;
    session.ask(|asked| {
        asked.outbox = true;
        asked.chores = true;
    });
    Ok(())
}

/// Throws the message of a share that is over away, if it has not set off.
pub(crate) fn withdraw(
    session: &Session,
    conversation: ConversationId,
    message: MessageId,
) -> Result<(), Fault> {
    let removed = session.unless_sending(message, || {
        session.cache.write(Durability::Power, |write| match cache::discard(write, conversation, message) {
            Ok(Discarded::Removed) => cache::share_over(write, message),
            // The server has it: it is told of the end.
            Ok(Discarded::TooLate) | Err(Fault::NotFound(_)) => Ok(()),
            Err(fault) => Err(fault),
        })
    });
    removed.unwrap_or(Ok(()))
}

/// The shares of this phone that run.
pub(crate) async fn running(session: &Arc<Session>) -> Result<Vec<LiveShare>, Error> {
    let read = session.disk(|session| {
        let now_ms = session.around.host.clock.wall_ms();
        session.cache.read(|connection| cache::shares(connection, now_ms))
    });
    Ok(read.await?)
}

/// The person is here now. Answers how many shares run.
pub(crate) async fn feed(
    session: &Arc<Session>,
    point: Point,
    measured_at_ms: Option<i64>,
) -> Result<usize, Error> {
    check_switch(session)?;
    let Point { latitude, longitude, accuracy_m } = compose::checked(point)?;
    let measured_at = measured_at_ms.map(Timestamp::from_unix_ms);
    let here = MoveLivePlace { number: 1, latitude, longitude, accuracy_m, measured_at };
    let running = session
        .disk(move |session| {
            let now_ms = session.around.host.clock.wall_ms();
            session.cache.write(Durability::Crash, |write| cache::move_shares(write, here, now_ms))
        })
        .await?;
    if running > 0 {
        session.ask(|asked| asked.chores = true);
    }
    Ok(running)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64, accuracy_m: Option<f64>) -> MoveLivePlace {
        MoveLivePlace { number: 1, latitude, longitude, accuracy_m, measured_at: None }
    }

    #[test]
    fn five_metres_are_a_move_and_noise_is_none() {
        let bern = at(46.948, 7.4474, Some(10.0));
        assert!(!has_moved(&bern, &bern));
        assert!(!has_moved(&bern, &at(46.948_04, 7.4474, Some(10.0))), "4.4 m north");
        assert!(has_moved(&bern, &at(46.948_05, 7.4474, Some(10.0))), "5.6 m north");
        assert!(!has_moved(&bern, &at(46.948, 7.447_46, Some(10.0))), "4.6 m east, so far from the equator");
        assert!(has_moved(&bern, &at(46.948, 7.447_47, Some(10.0))));
    }

    #[test]
    fn the_date_line_is_no_journey_around_the_world() {
        let west = at(0.0, 179.999_99, None);
        assert!(!has_moved(&west, &at(0.0, -179.999_99, None)), "2 m");
        assert!(has_moved(&west, &at(0.0, -179.999, None)));
    }

    #[test]
    fn the_same_place_known_much_better_is_news() {
        let vague = at(46.948, 7.4474, Some(100.0));
        assert!(!has_moved(&vague, &at(46.948, 7.4474, Some(80.0))));
        assert!(has_moved(&vague, &at(46.948, 7.4474, Some(20.0))));
        assert!(has_moved(&at(46.948, 7.4474, None), &vague));
        assert!(!has_moved(&vague, &at(46.948, 7.4474, None)));
    }
}
