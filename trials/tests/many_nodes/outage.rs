//! PostgreSQL crashes and comes back, and nobody has to do anything about it.

use std::time::Duration;

use anyhow::ensure;
use tidings_protocol::id::MessageId;
use tidings_trials::clock;
use tidings_trials::cluster::Cluster;
use tidings_trials::phone::Sent;
use tidings_trials::postgres::Postgres;
use tidings_trials::scene::Scene;
use tidings_trials::wait;

use crate::people::{AT_ONCE, Crossing};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn two_nodes_get_over_a_crash_of_postgres() -> anyhow::Result<()> {
    let mut postgres = Postgres::new()?;
    postgres.start().await?;
    let scene = Scene::at(&postgres.url())?;
    let cluster = Cluster::start(scene, [None, None]).await?;
    cluster.wait_bus("postgres").await?;
    let mut people = Crossing::between(&cluster).await?;
    people.cross(2, AT_ONCE, "before").await?;

    postgres.crash()?;
    let id = clock::new_id(MessageId::from_parts);
    let sent = people.phone.send(people.conversation, id, "into the outage").await?;
    ensure!(sent == Sent::Unknown, "acknowledged without a database");
    cluster.wait_bus("disconnected").await?;
    postgres.start().await?;

    let mut attempts = 1;
    while people.phone.send(people.conversation, id, "into the outage").await? == Sent::Unknown {
        attempts += 1;
        ensure!(attempts < 100, "the database is back, and nothing is acknowledged");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("acknowledged at attempt {attempts}");
    // The socket may have been closed meanwhile, or have waited.
    let agent = tokio::sync::Mutex::new(cluster.scene.agent().await?.beside(cluster.two.address())?);
    // A node that has not written since may find connections that PostgreSQL has closed: it says 503, and is asked again.
    let open = || async { Ok(agent.lock().await.socket().await.ok()) };
    people.inbox = wait::until("socket after the outage", SOON, open).await?;
    cluster.wait_bus("postgres").await?;
    people.cross(3, SOON, "after").await?;
    people.cross(3, AT_ONCE, "later").await?;
    let messages = people.phone.all_messages(people.conversation).await?;
    let copies = messages.iter().filter(|message| message.id == id).count();
    ensure!(copies == 1, "the message of the outage is there {copies} times");
    cluster.stop().await
}
