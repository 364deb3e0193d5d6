//! A WebSocket to the server.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::header::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens it; `headers` travel with the upgrade.
    pub async fn open(address: SocketAddr, path: &str, headers: &HeaderMap) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Self::over(stream, address, path, headers).await
    }

    /// Opens it on a connection that exists.
    pub async fn over(
        stream: TcpStream,
        address: SocketAddr,
        path: &str,
        headers: &HeaderMap,
    ) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(name, HeaderValue::from_bytes(value.as_bytes())?);
        }
        // Thousands of sockets wait in one process: nothing is read ahead, nothing is kept back.
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(0);
        let (stream, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
            .await
            .context("no upgrade")?;
        Ok(Self { stream })
    }

    /// Sends one frame.
    pub async fn send(&mut self, frame: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string(frame)?;
        Ok(self.stream.send(Message::text(text)).await?)
    }

    /// The next frame's text; pings are answered on the way. A close is an error that names its code.
    pub async fn text(&mut self) -> anyhow::Result<String> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => bail!("the server closed the socket: {frame:?}"),
                // Tungstenite itself answers pings while we read.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).context("the socket broke"),
                None => bail!("the socket ended"),
            }
        }
    }

    /// The next frame.
    pub async fn frame<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        let text = self.text().await?;
        serde_json::from_str(&text).with_context(|| format!("unexpected frame: {text}"))
    }

    /// Reads on until the server closes, and gives the code that it closed with: 1005 without one, 1006 when it only
    /// hung up.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map_or(1005, |frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            }
        }
    }

    /// Reads frames until one is what is waited for, at most `limit`.
    pub async fn wait_for<T: DeserializeOwned, R>(
        &mut self,
        what: &str,
        limit: Duration,
        mut matches: impl FnMut(T) -> Option<R>,
    ) -> anyhow::Result<R> {
        let wait = async {
            loop {
                if let Some(found) = matches(self.frame().await?) {
                    return anyhow::Ok(found);
                }
            }
        };
        tokio::time::timeout(limit, wait).await.with_context(|| format!("no {what} within {limit:?}"))?
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // The other side may be gone already.
        let _ = self.stream.close(None).await;
    }
}
