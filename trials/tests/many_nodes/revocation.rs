//! Whoever is shut out loses their sockets on every node within five seconds, also while there is no bus at all.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hyper::Method;
use hyper::header::{AUTHORIZATION, HeaderMap};
use tidings_protocol::frame::CloseCode;
use tidings_trials::agent::Agent;
use tidings_trials::cluster::Cluster;
use tidings_trials::furnish;
use tidings_trials::http::Connection;
use tidings_trials::phone::Phone;
use tidings_trials::scene::{Database, Scene};
use tidings_trials::server::Server;
use tidings_trials::socket::Socket;

/// What the laws promise.
const PROMISED: Duration = Duration::from_secs(5);

/// Who is shut out.
const BEN: &str = "ben@example.com";

#[tokio::test]
async fn law_9_who_is_shut_out_on_one_node_is_out_on_the_other_with_redis_and_when_it_was_killed()
-> anyhow::Result<()> {
    let (cluster, mut redis) = Cluster::with_redis().await?;
    another_administrator(&cluster.scene)?;
    user_app_and_agent(&cluster).await.context("with Redis")?;
    redis.kill()?;
    user_app_and_agent(&cluster).await.context("as Redis goes")?;
    cluster.wait_bus("postgres").await?;
    user_app_and_agent(&cluster).await.context("without Redis")?;
    cluster.stop().await
}

/// The command line tells nobody: the node finds it.
#[tokio::test]
async fn law_9_who_is_shut_out_by_the_command_line_is_out() -> anyhow::Result<()> {
    let scene = Scene::new(Database::Sqlite)?;
    let server = scene.start().await?;
    let mut phone = scene.phone().await?;
    let mut socket = live(&mut phone).await?;
    let mut inbox = scene.agent().await?.socket().await?;
    another_administrator(&scene)?;
    for words in [
        vec!["user", "block", &phone.user_id.to_string()],
        vec!["agent", "disable", &scene.installation.email],
    ] {
        let output = scene.plan.command_line(&words).output()?;
        ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let begun = Instant::now();
    closed(&mut socket, begun).await.context("the user's")?;
    closed(&mut inbox, begun).await.context("the agent's")?;
    let output = scene.plan.command_line(&["user", "block", "nobody-at-all"]).output()?;
    ensure!(output.status.code() == Some(3), "{:?}", output.status);
    ensure!(server.stop().await?.success(), "the server failed");
    Ok(())
}

/// Somebody must be left who administers: without another, the first one cannot be shut out. Nor can the first one be by
/// a server key, as they are an owner; this one can.
fn another_administrator(scene: &Scene) -> anyhow::Result<()> {
    let who = ["--name", "Ben", "--email", BEN, "--role", "admin"];
    let arguments = [&["agent", "add", "--json", "--password-stdin"][..], &who].concat();
    furnish::tidings(&scene.plan, &arguments, furnish::PASSWORD).map(drop)
}

/// Signs that administrator in.
async fn ben(cluster: &Cluster) -> anyhow::Result<Agent> {
    Agent::sign_in(cluster.one.address(), BEN, furnish::PASSWORD).await
}

async fn user_app_and_agent(cluster: &Cluster) -> anyhow::Result<()> {
    let mut backend = Connection::new(cluster.one.address(), server_key(cluster)?)?;

    let mut phone = phone_on(cluster, &cluster.two).await?;
    let mut socket = live(&mut phone).await?;
    let path = format!("/admin/v1/users/{}/blocked", phone.user_id);
    call(&mut backend, Method::PUT, &path).await?;
    closed(&mut socket, Instant::now()).await.context("a blocked user's")?;
    ensure!(live(&mut phone).await.is_err(), "a blocked user came in again");

    let mut phone = phone_on(cluster, &cluster.two).await?;
    let mut socket = live(&mut phone).await?;
    let path = format!("/admin/v1/apps/{}/disabled", cluster.scene.app_id());
    call(&mut backend, Method::PUT, &path).await?;
    closed(&mut socket, Instant::now()).await.context("a disabled app's user's")?;
    call(&mut backend, Method::DELETE, &path).await?;
    // What a node had found out about the session may count for a moment.
    tokio::time::sleep(Duration::from_secs(3)).await;
    live(&mut phone).await.context("after the app was opened again")?.close().await;

    let mut agent = ben(cluster).await?;
    let mut inbox = agent.beside(cluster.two.address())?.socket().await?;
    let path = format!("/admin/v1/agents/{}/disabled", agent.me.id);
    call(&mut backend, Method::PUT, &path).await?;
    closed(&mut inbox, Instant::now()).await.context("a disabled agent's")?;
    ensure!(ben(cluster).await.is_err(), "a disabled agent signed in");
    call(&mut backend, Method::DELETE, &path).await?;
    ben(cluster).await.context("after the agent was let in again").map(drop)
}

fn server_key(cluster: &Cluster) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let key = format!("Bearer {}", cluster.scene.installation.server_key);
    headers.insert(AUTHORIZATION, key.parse()?);
    Ok(headers)
}

async fn call(backend: &mut Connection, method: Method, path: &str) -> anyhow::Result<()> {
    backend.call(method, path, bytes::Bytes::new()).await?.success().map(drop)
}

async fn phone_on(cluster: &Cluster, node: &Server) -> anyhow::Result<Phone> {
    Phone::anonymous(node.address(), cluster.scene.app_id()).await
}

async fn live(phone: &mut Phone) -> anyhow::Result<Socket> {
    let cursor = phone.bootstrap().await?.cursor;
    phone.socket(cursor, true).await
}

/// Waits until the server closes the socket, and says that the session was revoked.
async fn closed(socket: &mut Socket, since: Instant) -> anyhow::Result<()> {
    let end = async {
        loop {
            if let Err(end) = socket.text().await {
                return end;
            }
        }
    };
    let end = tokio::time::timeout(PROMISED, end).await.context("still open after five seconds")?;
    println!("closed after {:?}", since.elapsed());
    let code = CloseCode::Revoked.code().to_string();
    ensure!(format!("{end:#}").contains(&code), "closed otherwise: {end:#}");
    Ok(())
}
