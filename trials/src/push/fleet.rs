//! Many phones, and what their push services do to each.

use std::net::SocketAddr;

use anyhow::Context as _;
use bytes::Bytes;
use hyper::Method;
use serde_json::json;
use tidings_protocol::Seq;
use tidings_protocol::id::{AppId, ConversationId};
use tidings_standins::{Fault, Reply};

use super::Stand;
use crate::clock;
use crate::phone::Phone;

/// What a service does to one phone: busy, out of order and breaking, with every other push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// Too many.
    Busy,
    /// Out of order.
    Outage,
    /// It takes a push and breaks the exchange.
    Reset,
    /// The token is dead.
    Dead,
    /// It takes its time with each.
    Slow,
    /// It never answers.
    Silence,
}

impl Trouble {
    /// A quarter of the phones, evenly over the kinds and over both services.
    pub(super) fn of(number: usize) -> Self {
        match number % 40 {
            0 | 1 => Self::Busy,
            8 | 9 => Self::Outage,
            16 | 17 => Self::Reset,
            24 | 25 => Self::Dead,
            32 | 33 => Self::Slow,
            _ => Self::None,
        }
    }

    fn reply(self, service: Service) -> Option<Reply> {
        Some(match (self, service) {
            (Self::None, _) => return None,
            (Self::Busy, Service::Apns) => Reply::refuse(429, "TooManyRequests").retry_after("1").times(1),
            (Self::Busy, Service::Fcm) => {
                let busy = Reply::refuse(429, "QUOTA_EXCEEDED").retry_after("1").times(1);
                busy.message("Quota exceeded for this device.")
            }
            (Self::Outage, Service::Apns) => Reply::refuse(503, "ServiceUnavailable").times(1),
            (Self::Outage, Service::Fcm) => Reply::refuse(503, "UNAVAILABLE").retry_after("1").times(1),
            (Self::Reset, _) => Reply::fault(Fault::Reset).times(1),
            (Self::Dead, Service::Apns) => Reply::refuse(410, "Unregistered"),
            (Self::Dead, Service::Fcm) => Reply::refuse(404, "UNREGISTERED"),
            (Self::Slow, _) => Reply { delay_ms: 1_500, ..Reply::default() },
            (Self::Silence, _) => Reply::fault(Fault::Silence),
        })
    }
}

/// Through which service a phone is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Apns,
    Fcm,
}

/// A signed-in phone.
pub(super) struct Handset {
    pub(super) token: String,
    pub(super) threads: Vec<Thread>,
    pub(super) trouble: Trouble,
    service: Service,
    phone: Phone,
}

/// A thread of the phone's user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thread {
    pub(super) id: ConversationId,
    /// How many messages an agent has written into it.
    pub(super) said: Seq,
    /// Up to where the user has read, and when the server had acknowledged that, in unix milliseconds.
    pub(super) read: Option<(Seq, i64)>,
}

impl Handset {
    /// Where the message of a round goes: from one thread to the other, so that they are told of one by one; with every
    /// eighth phone into the same, which makes a burst.
    pub(super) fn take_turn(&mut self, number: usize, round: usize) -> ConversationId {
        let place = if number % 8 == 3 { 0 } else { round % self.threads.len() };
        let thread = &mut self.threads[place];
        thread.said += 1;
        thread.id
    }
}

pub(super) struct Fleet {
    pub(super) handsets: Vec<Handset>,
}

impl Fleet {
    /// Signs phones in, half with each service, each with two threads.
    pub(super) async fn gather(
        address: SocketAddr,
        app: AppId,
        count: usize,
        name: &'static str,
    ) -> anyhow::Result<Self> {
        const AT_ONCE: usize = 16;
        let mut joining = tokio::task::JoinSet::new();
        for first in 0..AT_ONCE.min(count) {
            joining.spawn(async move {
                let mut joined = Vec::new();
                for number in (first..count).step_by(AT_ONCE) {
                    joined.push((number, join(address, app, number, name).await?));
                }
                anyhow::Ok(joined)
            });
        }
        let mut all = Vec::with_capacity(count);
        while let Some(joined) = joining.join_next().await {
            all.extend(joined??);
        }
        all.sort_by_key(|(number, _)| *number);
        Ok(Self { handsets: all.into_iter().map(|(_, handset)| handset).collect() })
    }

    /// Tells the services what to do to each, for so many messages.
    pub(super) fn script(&mut self, stand: &Stand, messages: usize, trouble: impl Fn(usize) -> Trouble) {
        for (number, handset) in self.handsets.iter_mut().enumerate() {
            handset.trouble = trouble(number);
            let Some(reply) = handset.trouble.reply(handset.service) else { continue };
            let tell = |reply| match handset.service {
                Service::Apns => stand.apns.reply(&handset.token, reply),
                Service::Fcm => stand.fcm.reply(&handset.token, reply),
            };
            if reply.times.is_none() {
                tell(reply);
                continue;
            }
            for _ in 0..messages {
                tell(reply.clone());
                tell(Reply::default().times(1));
            }
        }
    }

    /// Where the next message of each phone goes.
    pub(super) fn turn(&mut self, round: usize) -> Vec<ConversationId> {
        let phones = self.handsets.iter_mut().enumerate();
        phones.map(|(number, handset)| handset.take_turn(number, round)).collect()
    }

    /// Every third user reads all there is: of each kind of trouble some do.
    pub(super) async fn read_some(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        for handset in self.handsets.iter_mut().skip(1).step_by(3) {
            let mut phone = handset.phone.beside(address)?;
            for thread in &mut handset.threads {
                let path = format!("/app/v1/conversations/{}/receipt", thread.id);
                let body = json!({ "read_seq": i64::MAX });
                let header: tidings_protocol::conversation::Conversation =
                    phone.connection().send(Method::PUT, &path, &body).await?;
                thread.read = Some((header.receipts.user_read_seq, clock::now().unix_ms()));
            }
        }
        Ok(())
    }
}

async fn join(address: SocketAddr, app: AppId, number: usize, name: &str) -> anyhow::Result<Handset> {
    let mut phone = Phone::anonymous(address, app).await?;
    let service = if number.is_multiple_of(2) { Service::Apns } else { Service::Fcm };
    let (provider, token) = match service {
        // APNs takes hexadecimal only.
        Service::Apns => {
            let mark: u32 = name.bytes().fold(0, |mark, byte| mark << 4 ^ u32::from(byte));
            ("apns", format!("{mark:08x}{number:056x}"))
        }
        Service::Fcm => ("fcm", format!("{name}-{number}")),
    };
    let body = json!({ "push": { "provider": provider, "token": token } });
    let body = Bytes::from(serde_json::to_vec(&body)?);
    phone
        .connection()
        .call(Method::PUT, "/app/v1/device", body)
        .await?
        .success()
        .context("the push token")?;
    let mut threads = Vec::new();
    for _ in 0..2 {
        let id = phone.open_conversation(None).await?;
        threads.push(Thread { id, said: 0, read: None });
    }
    Ok(Handset { token, threads, trouble: Trouble::None, service, phone })
}
