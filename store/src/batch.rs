//! Applying the commands of one batch inside one transaction, so that each stands or falls alone.

use std::collections::HashMap;

use uuid::Uuid;

use crate::append::append;
use crate::db::Connected;
use crate::error::{Meaning, Result};
use crate::thread::Opening;
use crate::together::{goes_together, together};
use crate::tx::{Collected, Tx};
use crate::writer::{ATTEMPTS, Applied, Job};

/// Commands that are committed together.
pub(crate) type Batch = Vec<Box<dyn Job>>;

/// Commands that are applied one after the other, or all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) length: usize,
}

/// What a run is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Messages to append: all at once.
    Appends,
    /// Anything else: one after the other.
    Others,
}

/// How carefully a batch is applied. Refusals are rare, so the first try trusts; whatever it finds out is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Without savepoints, which on PostgreSQL cost a round trip each and slow every reader down when a
    /// transaction has many.
    Trust,
    /// Each command in a savepoint, except messages, whose refusals write nothing.
    Savepoints,
    /// Messages in savepoints too: one of them cannot be stored, and its neighbours can.
    Alone,
}

/// Puts a batch in order and cuts it into runs, so that there are few of them: messages that nothing of their
/// conversation comes before, then what else there is, then messages that follow upon that, and so on. Inside a run
/// conversations are in the order of their ids, which is that of their locks. Commands of one lane keep theirs.
pub(crate) fn arrange(batch: &mut Batch) -> Vec<Run> {
    batch.sort_by_key(|job| job.lane());
    let mut rounds: HashMap<Uuid, usize> = HashMap::new();
    let mut round = |job: &mut Box<dyn Job>| {
        let odd = usize::from(job.as_append().is_none());
        // Even rounds append.
        let Some(lane) = job.lane() else { return odd };
        let round = rounds.entry(lane).or_insert(odd);
        *round += usize::from(*round % 2 != odd);
        *round
    };
    let mut tagged: Vec<_> = batch.drain(..).map(|mut job| (round(&mut job), job)).collect();
    tagged.sort_by_key(|(round, _)| *round);
    let runs = tagged.chunk_by(|a, b| a.0 == b.0).map(|run| Run {
        kind: if run[0].0 % 2 == 0 { Kind::Appends } else { Kind::Others },
        length: run.len(),
    });
    let runs = runs.collect();
    batch.extend(tagged.into_iter().map(|(_, job)| job));
    runs
}

/// Applies all commands; none when there is nothing to commit.
pub(crate) async fn apply(
    connected: &mut Connected,
    batch: &mut Batch,
    runs: &[Run],
    care: Care,
    opening: Opening,
) -> Result<Option<Collected>, Meaning> {
    let mut collected = Collected::default();
    if care == Care::Trust {
        match apply_runs(connected, batch, runs, care, opening, &mut collected).await? {
            Applied::Done if is_idle(runs, &collected) => return Ok(None),
            Applied::Done => return Ok(Some(collected)),
            Applied::Refused if batch.len() == 1 => return Ok(None),
            Applied::Broken(meaning) if batch.len() == 1 => return Err(meaning),
            Applied::Refused | Applied::Broken(_) => connected.conn().run("ROLLBACK").await?,
        }
        connected.begin().await?;
        collected = Collected::default();
    }
    let care = if care == Care::Trust { Care::Savepoints } else { care };
    apply_runs(connected, batch, runs, care, Opening::Begun, &mut collected).await?;
    Ok(Some(collected))
}

/// Whether messages were all that was asked for, and none is to be written.
fn is_idle(runs: &[Run], collected: &Collected) -> bool {
    runs.iter().all(|run| run.kind == Kind::Appends) && collected.is_empty()
}

async fn apply_runs(
    connected: &mut Connected,
    batch: &mut Batch,
    runs: &[Run],
    care: Care,
    mut opening: Opening,
    collected: &mut Collected,
) -> Result<Applied, Meaning> {
    let lanes = if runs.len() > 1 { lanes(connected, batch) } else { Vec::new() };
    let mut rest = batch.as_mut_slice();
    let mut also = lanes.as_slice();
    for run in runs {
        let (jobs, others) = rest.split_at_mut(run.length);
        rest = others;
        if run.kind == Kind::Appends && care != Care::Alone {
            append_all(&mut Tx::new(connected.conn(), collected), jobs, also, opening).await?;
            (also, opening) = (&[], Opening::Begun);
            continue;
        }
        Tx::new(connected.conn(), collected).flush().await.map_err(unraced)?;
        if care == Care::Trust {
            match apply_in_trust(connected, jobs, collected).await? {
                Applied::Done => {}
                spoilt => return Ok(spoilt),
            }
        } else {
            apply_in_savepoints(connected, jobs, collected).await?;
        }
    }
    Ok(Applied::Done)
}

/// The conversations of a batch, to be locked before any of them is touched. On SQLite there is one lock.
fn lanes(connected: &Connected, batch: &Batch) -> Vec<Uuid> {
    match connected {
        Connected::Sqlite(_) => Vec::new(),
        Connected::Postgres(_) => batch.iter().filter_map(|job| job.lane()).collect(),
    }
}

/// A constraint that was met by what several commands wrote is nobody's answer: the batch is applied again, and then
/// sees the row that was committed meanwhile.
pub(crate) fn unraced(error: crate::Error) -> Meaning {
    match error.into() {
        Meaning::Raced => Meaning::Collision,
        meaning => meaning,
    }
}

async fn append_all(
    tx: &mut Tx<'_>,
    jobs: &mut [Box<dyn Job>],
    also: &[Uuid],
    opening: Opening,
) -> Result<(), Meaning> {
    // What was appended before must be seen.
    tx.flush().await.map_err(unraced)?;
    let mut queued: Vec<_> = jobs.iter_mut().filter_map(|job| job.as_append()).collect();
    let commands: Vec<_> = queued.iter().map(|queued| &queued.command).collect();
    let outcomes = append(tx, &commands, also, opening).await?;
    for (queued, outcome) in queued.iter_mut().zip(outcomes) {
        queued.outcome = Some(outcome);
    }
    Ok(())
}

/// Applies commands until one does not stand; then the transaction is spoilt.
async fn apply_in_trust(
    connected: &mut Connected,
    jobs: &mut [Box<dyn Job>],
    collected: &mut Collected,
) -> Result<Applied, Meaning> {
    let are_several = jobs.len() > 1;
    if are_several && let Err(error) = together(&mut connected.conn(), jobs).await {
        return match error.meaning() {
            None | Some(Meaning::Mistake | Meaning::Raced) => Ok(Applied::Refused),
            Some(meaning) => Err(meaning),
        };
    }
    for job in jobs {
        if are_several && goes_together(job.as_mut()) {
            continue;
        }
        match job.apply(&mut Tx::new(connected.conn(), collected)).await {
            Applied::Done => {}
            Applied::Broken(meaning) if meaning != Meaning::Raced => return Err(meaning),
            spoilt => return Ok(spoilt),
        }
    }
    Ok(Applied::Done)
}

async fn apply_in_savepoints(
    connected: &mut Connected,
    jobs: &mut [Box<dyn Job>],
    collected: &mut Collected,
) -> Result<(), Meaning> {
    for job in jobs {
        connected.conn().run("SAVEPOINT command").await?;
        apply_in_savepoint(connected, job.as_mut(), collected).await?;
        connected.conn().run("RELEASE SAVEPOINT command").await?;
    }
    Ok(())
}

/// A command that meets a row committed meanwhile is applied again and then sees it. When that does not help, the
/// constraint is its answer.
async fn apply_in_savepoint(
    connected: &mut Connected,
    job: &mut dyn Job,
    collected: &mut Collected,
) -> Result<(), Meaning> {
    let mark = collected.mark();
    for _ in 0..ATTEMPTS {
        let applied = job.apply(&mut Tx::new(connected.conn(), collected)).await;
        match applied {
            Applied::Done => return Ok(()),
            Applied::Refused | Applied::Broken(Meaning::Raced) => {
                connected.conn().run("ROLLBACK TO SAVEPOINT command").await?;
                collected.rewind(mark);
            }
            Applied::Broken(meaning) => return Err(meaning),
        }
        if applied == Applied::Refused {
            break;
        }
    }
    Ok(())
}
