//! Whatever is said, read and muted, whatever services answer, and wherever a process dies: nobody is told twice, nor of
//! what they have read; the badge is what a recount gives; dead addresses go once, and live ones stay.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use tidings_protocol::id::{ConversationId, DeviceId, MessageId};
use tidings_protocol::push::{PushKind, PushPayload, PushPrivacy, PushProvider};
use tidings_protocol::time::Timestamp;
use tidings_server::push::Dispatcher;
use tidings_standins::{Fault, Reply};
use tidings_store::notifications::SetNotifications;

use crate::world::{Person, World};

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// An agent writes into a thread.
    Say(usize),
    /// The user reads a thread, on one of the devices.
    Read(usize, usize),
    /// The user mutes a thread, or has it told of again.
    Mute(usize),
    /// What the service will answer to the next push to a device.
    Script(usize, Answer),
    /// The app registers its address anew.
    Register(usize),
    /// Seconds pass.
    Wait(i64),
    /// What is due is done.
    Run,
    /// Jobs are claimed, so many of them done, and the process dies before it writes the end of any down.
    Die(usize),
}

/// What a service may say to one push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Busy,
    OutOfOrder,
    /// The push is taken, and the answer gets lost.
    Lost,
    /// Nothing was done with it.
    Refused,
    Dead,
    Suspect,
    Wrong,
    BadKey,
}

impl Answer {
    fn reply(self, service: PushProvider) -> Reply {
        let apns = service == PushProvider::Apns;
        let refuse = |status, of_apns, of_fcm| Reply::refuse(status, if apns { of_apns } else { of_fcm });
        let reply = match self {
            Self::Busy => refuse(429, "TooManyRequests", "QUOTA_EXCEEDED")
                .message("Quota of the device")
                .retry_after("7"),
            Self::OutOfOrder => refuse(503, "ServiceUnavailable", "UNAVAILABLE").retry_after("3"),
            Self::Lost => Reply::fault(Fault::Reset),
            Self::Refused => Reply::fault(Fault::RefuseStream),
            Self::Dead if apns => Reply::refuse(410, "Unregistered"),
            Self::Dead => Reply::refuse(404, "UNREGISTERED"),
            Self::Suspect if apns => Reply::refuse(400, "DeviceTokenNotForTopic"),
            Self::Suspect => Reply::refuse(403, "SENDER_ID_MISMATCH"),
            Self::Wrong if apns => Reply::refuse(413, "PayloadTooLarge"),
            Self::Wrong => Reply::refuse(400, "").message("Invalid value at 'message.data'"),
            Self::BadKey if apns => Reply::refuse(403, "InvalidProviderToken"),
            Self::BadKey => Reply::refuse(403, "").message("Permission denied"),
        };
        reply.times(1)
    }

    fn of(reply: &Reply) -> Self {
        match (reply.fault, reply.status, reply.reason.as_str()) {
            (Some(Fault::RefuseStream), ..) => Self::Refused,
            (Some(_), ..) => Self::Lost,
            (None, 410, _) | (None, 404, "UNREGISTERED") => Self::Dead,
            (None, 429, _) => Self::Busy,
            (None, 503, _) => Self::OutOfOrder,
            (None, _, "DeviceTokenNotForTopic" | "SENDER_ID_MISMATCH") => Self::Suspect,
            (None, 403, _) => Self::BadKey,
            _ => Self::Wrong,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![
        2 => Just(Answer::Busy),
        3 => Just(Answer::OutOfOrder),
        4 => Just(Answer::Lost),
        2 => Just(Answer::Refused),
        2 => Just(Answer::Dead),
        1 => Just(Answer::Suspect),
        1 => Just(Answer::Wrong),
        1 => Just(Answer::BadKey),
    ];
    let one = || 0..2_usize;
    prop_oneof![
        8 => one().prop_map(Step::Say),
        3 => (one(), one()).prop_map(|(thread, device)| Step::Read(thread, device)),
        1 => one().prop_map(Step::Mute),
        5 => (one(), answer).prop_map(|(device, answer)| Step::Script(device, answer)),
        1 => one().prop_map(Step::Register),
        3 => (1..90_i64).prop_map(Step::Wait),
        1 => (90..30_000_i64).prop_map(Step::Wait),
        8 => Just(Step::Run),
        3 => (0..4_usize).prop_map(Step::Die),
    ]
}

struct Thread {
    id: ConversationId,
    said: i64,
    read: i64,
    is_muted: bool,
    was_muted: bool,
}

struct Device {
    id: DeviceId,
    service: PushProvider,
    token: String,
    /// None: its address is dead, and the server knows.
    registered_at: Option<Timestamp>,
    /// Replies of the service that have been looked at.
    judged: usize,
    suspected: usize,
    /// Whether a service refused what nobody will try again.
    was_refused: bool,
}

/// What must be true of one user with two threads and two phones.
struct Model<'w> {
    world: &'w World,
    dispatcher: Dispatcher,
    person: Person,
    threads: Vec<Thread>,
    devices: Vec<Device>,
    /// Pushes that have been looked at, of each service.
    judged: HashMap<PushProvider, usize>,
    /// The last push of each message to each phone: whether its answer arrived.
    told: HashMap<(String, MessageId), bool>,
    /// Messages that each phone was told of, alone or with others: thread and number.
    told_of: Vec<(String, ConversationId, i64, PushKind)>,
}

/// A push that somebody sees, or one that clears.
struct Arrival {
    token: String,
    payload: PushPayload,
    is_answered: bool,
}

impl<'w> Model<'w> {
    async fn new(world: &'w World, number: u32) -> Self {
        world.stand.apns.clear();
        world.stand.fcm.clear();
        let person = world.person(PushProvider::Apns, &format!("{number:08x}aa")).await;
        let customer = format!("customer-{number}");
        let tablet = world.sign_in(person.user_id, &customer).await;
        world.register(tablet, PushProvider::Fcm, &format!("tablet-{number}")).await;
        let second = world.open(person.user_id).await;
        let thread = |id| Thread { id, said: 0, read: 0, is_muted: false, was_muted: false };
        let now = Some(world.clock.now());
        let device = |id, service, token| Device {
            id,
            service,
            token,
            registered_at: now,
            judged: 0,
            suspected: 0,
            was_refused: false,
        };
        // One at least, since what is known of phones is asked for with a message.
        world.say(person.conversation_id, "Hello").await;
        world.advance(1);
        Self {
            world,
            dispatcher: world.dispatcher(),
            person,
            threads: vec![Thread { said: 1, ..thread(person.conversation_id) }, thread(second)],
            devices: vec![
                device(person.device_id, PushProvider::Apns, format!("{number:08x}aa")),
                device(tablet, PushProvider::Fcm, format!("tablet-{number}")),
            ],
            judged: HashMap::new(),
            told: HashMap::new(),
            told_of: Vec::new(),
        }
    }

    fn unread(&self) -> i64 {
        self.threads.iter().map(|thread| thread.said - thread.read).sum()
    }

    async fn play_all(&mut self, steps: Vec<Step>) -> Result<(), TestCaseError> {
        for step in steps {
            self.play(step).await?;
        }
        self.end().await
    }

    async fn play(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Say(thread) => {
                let thread = &mut self.threads[thread];
                self.world.say(thread.id, "Hello").await;
                thread.said += 1;
            }
            Step::Read(thread, device) => {
                let (thread, device) = (&mut self.threads[thread], &self.devices[device]);
                if thread.said > 0 {
                    let person = Person { conversation_id: thread.id, ..self.person };
                    self.world.read(person, device.id, thread.said).await;
                    thread.read = thread.said;
                }
            }
            Step::Mute(thread) => self.mute(thread).await,
            Step::Script(device, answer) => {
                let device = &self.devices[device];
                let reply = answer.reply(device.service);
                match device.service {
                    PushProvider::Apns => self.world.stand.apns.reply(&device.token, reply),
                    _ => self.world.stand.fcm.reply(&device.token, reply),
                }
            }
            Step::Register(device) => {
                let device = &mut self.devices[device];
                self.world.register(device.id, device.service, &device.token).await;
                device.registered_at = Some(self.world.clock.now());
            }
            Step::Wait(seconds) => self.world.advance(seconds),
            Step::Run => {
                self.world.run_all(&self.dispatcher).await;
                self.judge().await?;
            }
            Step::Die(done) => {
                for job in self.world.claim().await.iter().take(done) {
                    self.dispatcher.work(job, None).await;
                }
                self.dispatcher = self.world.dispatcher();
                self.judge().await?;
            }
        }
        Ok(())
    }

    async fn mute(&mut self, thread: usize) {
        let thread = &mut self.threads[thread];
        thread.is_muted = !thread.is_muted;
        thread.was_muted = true;
        let muted = self.threads.iter().filter(|thread| thread.is_muted);
        let muted: Vec<_> = muted.map(|thread| json!({ "conversation_id": thread.id })).collect();
        let wishes = serde_json::from_value(json!({ "muted": muted })).unwrap();
        self.world.db.write(SetNotifications { user_id: self.person.user_id, wishes }).await.unwrap();
    }

    /// The pushes that have arrived since the last look.
    fn arrivals(&mut self) -> Vec<Arrival> {
        let stand = &self.world.stand;
        let payload = |value| serde_json::from_value::<PushPayload>(value).unwrap();
        let apns = stand.apns.received().into_iter().map(|push| Arrival {
            payload: payload(push.payload["tidings"].clone()),
            token: push.token,
            is_answered: push.answered_at.is_some(),
        });
        let fcm = stand.fcm.received().into_iter().map(|push| Arrival {
            payload: serde_json::from_str(push.message["data"]["tidings"].as_str().unwrap()).unwrap(),
            token: push.token,
            is_answered: push.answered_at.is_some(),
        });
        let (apns, fcm): (Vec<_>, Vec<_>) = (apns.collect(), fcm.collect());
        let seen = |judged: &mut HashMap<_, usize>, service, now| judged.insert(service, now).unwrap_or(0);
        let of_apns = seen(&mut self.judged, PushProvider::Apns, apns.len());
        let of_fcm = seen(&mut self.judged, PushProvider::Fcm, fcm.len());
        apns.into_iter().skip(of_apns).chain(fcm.into_iter().skip(of_fcm)).collect()
    }

    /// Right after jobs were done, so what is true of user and threads now was true when they were.
    async fn judge(&mut self) -> Result<(), TestCaseError> {
        for arrival in self.arrivals() {
            let Arrival { token, payload, is_answered } = arrival;
            prop_assert_eq!(payload.badge, self.unread(), "the badge of {:?}", payload);
            if payload.kind == PushKind::Clear {
                continue;
            }
            let thread = self.threads.iter().find(|thread| thread.id == payload.conversation_id).unwrap();
            prop_assert!(payload.seq > thread.read, "after it was read: {:?}", payload);
            prop_assert!(!thread.is_muted, "muted: {:?}", payload);
            if let Some(count) = payload.count {
                prop_assert_eq!(count, thread.said - thread.read);
            }
            let before = self.told.insert((token.clone(), payload.message_id), is_answered);
            prop_assert!(before != Some(true), "a second one of {:?}", payload);
            self.told_of.push((token, payload.conversation_id, payload.seq, payload.kind));
        }
        self.judge_addresses().await
    }

    async fn judge_addresses(&mut self) -> Result<(), TestCaseError> {
        let now = self.world.clock.now();
        let held = self.world.tokens_held(self.person).await;
        for device in &mut self.devices {
            let given = match device.service {
                PushProvider::Apns => self.world.stand.apns.given(&device.token),
                _ => self.world.stand.fcm.given(&device.token),
            };
            for reply in &given[device.judged..] {
                match Answer::of(reply) {
                    // Registered in the same moment, it may be alive again.
                    Answer::Dead if device.registered_at < Some(now) => device.registered_at = None,
                    Answer::Suspect => device.suspected += 1,
                    Answer::Dead | Answer::Wrong => {}
                    _ => continue,
                }
                device.was_refused = true;
            }
            device.judged = given.len();
            let is_held = held.contains(&device.token);
            if device.suspected >= 3 && !is_held {
                device.registered_at = None;
            }
            let is_live = device.registered_at.is_some();
            prop_assert_eq!(is_held, is_live, "{} after {:?}", device.token, given);
        }
        Ok(())
    }

    /// Everybody is well again: whatever waits is done, and nobody was forgotten.
    async fn end(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..40 {
            if self.world.db.job_counts().await.unwrap().waiting == 0 {
                break;
            }
            self.world.advance(3_700);
            self.play(Step::Run).await?;
        }
        prop_assert_eq!(self.world.db.job_counts().await.unwrap().waiting, 0);
        let dead = self.world.db.job_counts().await.unwrap().dead;
        for device in &self.devices {
            let was_always_live = device.registered_at.is_some() && !device.was_refused;
            for thread in
                self.threads.iter().filter(|thread| !thread.was_muted && was_always_live && dead == 0)
            {
                for seq in thread.read + 1..=thread.said {
                    let is_told = self.told_of.iter().any(|(token, id, told, kind)| {
                        (token, *id) == (&device.token, thread.id)
                            && (*told == seq || (*told > seq && *kind == PushKind::Summary))
                    });
                    prop_assert!(is_told, "{} was never told of {} of {:?}", device.token, seq, thread.id);
                }
            }
        }
        Ok(())
    }
}

fn check(cases: u32, world: impl AsyncFn() -> World) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(world());
    let number = std::cell::Cell::new(0);
    // Each run has other cases; one that fails is shrunk and told.
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    });
    let steps = prop::collection::vec(step(), 1..40);
    let result = runner.run(&steps, |steps| {
        runtime.block_on(async {
            let mut model = Model::new(&world, number.replace(number.get() + 1)).await;
            let outcome = model.play_all(steps).await;
            world.forget_jobs().await;
            outcome
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn nobody_is_told_twice_or_late_on_sqlite() {
    check(40, || World::start(PushPrivacy::Generic));
}

#[test]
fn nobody_is_told_twice_or_late_on_postgres() {
    check(8, || World::start_on_postgres(PushPrivacy::Generic));
}
