//! Each fault planted once, and recognised.

use std::sync::Arc;
use std::time::Duration;

use tidings_protocol::push::{PushPrivacy, PushProvider};
use tidings_server::push::doctor::{Diagnosis, Doctor, Hop, State};
use tidings_server::push::seal::Seals;
use tidings_standins::Reply;
use tidings_store::ledger::NotePushReceipt;

use crate::world::{Person, World};
use crate::{ANDROID, DEVICE};

async fn phone(provider: PushProvider) -> (Arc<World>, Person) {
    let world = World::start_now(PushPrivacy::Opaque).await;
    let token = if provider == PushProvider::Apns { DEVICE } else { ANDROID };
    let person = world.person(provider, token).await;
    (Arc::new(world), person)
}

async fn examine(world: &World, person: Person) -> Diagnosis {
    let doctor =
        Doctor::new(&world.stand.config, Seals::none(), world.db.clone(), world.clock.clone()).unwrap();
    doctor.examine(person.device_id, Duration::from_millis(300)).await.unwrap().unwrap()
}

fn broken(diagnosis: &Diagnosis) -> Option<Hop> {
    diagnosis.broken().map(|finding| {
        assert!(finding.fix.is_some(), "{finding:?}");
        finding.hop
    })
}

#[tokio::test]
async fn a_push_that_the_sdk_acknowledges_is_all_good() {
    let (world, person) = phone(PushProvider::Apns).await;
    let sdk = tokio::spawn({
        let world = world.clone();
        async move {
            let push = world.stand.apns.wait_for(1).await.remove(0);
            assert_eq!(push.payload["tidings"]["kind"], "test");
            let message_id = serde_json::from_value(push.payload["tidings"]["message_id"].clone()).unwrap();
            let Person { user_id, device_id, .. } = person;
            let now = world.clock.now();
            let note = NotePushReceipt { user_id, device_id, message_id, shown: false, now };
            world.db.write(note).await.unwrap();
        }
    });
    let doctor =
        Doctor::new(&world.stand.config, Seals::none(), world.db.clone(), world.clock.clone()).unwrap();
    let diagnosis = doctor.examine(person.device_id, Duration::from_secs(10)).await.unwrap().unwrap();
    sdk.await.unwrap();
    let hops: Vec<_> = diagnosis.findings.iter().map(|finding| (finding.hop, finding.state)).collect();
    let all = [Hop::Device, Hop::Key, Hop::Network, Hop::Clock, Hop::Token, Hop::Service, Hop::Phone];
    assert_eq!(hops, all.map(|hop| (hop, State::Good)), "{diagnosis:?}");
}

#[tokio::test]
async fn a_phone_that_says_nothing_is_named() {
    let (world, person) = phone(PushProvider::Fcm).await;
    let diagnosis = examine(&world, person).await;
    let last = diagnosis.findings.last().unwrap();
    assert_eq!((last.hop, last.state), (Hop::Phone, State::Doubtful), "{diagnosis:?}");
    assert_eq!(broken(&diagnosis), None);
}

#[tokio::test]
async fn each_fault_of_apns_is_named_by_its_hop() {
    for (reason, status, hop) in [
        ("InvalidProviderToken", 403, Hop::Key),
        ("TopicDisallowed", 400, Hop::Key),
        ("BadEnvironmentKeyIdInToken", 403, Hop::Key),
        ("ExpiredProviderToken", 403, Hop::Clock),
        ("BadDeviceToken", 400, Hop::Token),
        ("DeviceTokenNotForTopic", 400, Hop::Token),
        ("Unregistered", 410, Hop::Token),
        ("PayloadTooLarge", 413, Hop::Service),
    ] {
        let (world, person) = phone(PushProvider::Apns).await;
        world.stand.apns.reply(DEVICE, Reply::refuse(status, reason));
        let diagnosis = examine(&world, person).await;
        assert_eq!(broken(&diagnosis), Some(hop), "{reason}: {diagnosis:?}");
        assert!(diagnosis.broken().unwrap().what.contains(reason));
    }
}

#[tokio::test]
async fn each_fault_of_fcm_is_named_by_its_hop() {
    for (code, status, hop) in [
        ("UNREGISTERED", 404, Hop::Token),
        ("SENDER_ID_MISMATCH", 403, Hop::Token),
        ("THIRD_PARTY_AUTH_ERROR", 401, Hop::Key),
    ] {
        let (world, person) = phone(PushProvider::Fcm).await;
        world.stand.fcm.reply(ANDROID, Reply::refuse(status, code));
        assert_eq!(broken(&examine(&world, person).await), Some(hop), "{code}");
    }
    let (world, person) = phone(PushProvider::Fcm).await;
    world.stand.fcm.reply_to_grants(Reply::refuse(400, "invalid_grant"));
    assert_eq!(broken(&examine(&world, person).await), Some(Hop::Key));
}

#[tokio::test]
async fn a_wrong_team_an_unreadable_key_and_none_are_the_key_s_fault() {
    let (world, person) = phone(PushProvider::Apns).await;
    let mut wrong = world.stand.apns_credential();
    wrong.team_id = "TEAM999999".try_into().unwrap();
    for config in [serde_json::to_string(&wrong).unwrap(), "not json".to_owned()] {
        world.set_credential(PushProvider::Apns, config).await;
        assert_eq!(broken(&examine(&world, person).await), Some(Hop::Key));
    }
    let web = world.sign_in(person.user_id, "customer-0").await;
    world.register(web, PushProvider::Webhook, "token").await;
    assert_eq!(broken(&examine(&world, Person { device_id: web, ..person }).await), Some(Hop::Key));
}

#[tokio::test]
async fn a_service_out_of_reach_and_a_wrong_clock_are_named() {
    let (world, person) = phone(PushProvider::Apns).await;
    let mut config = world.stand.config.clone();
    config.apns_url = "https://localhost:1".to_owned();
    let doctor = Doctor::new(&config, Seals::none(), world.db.clone(), world.clock.clone()).unwrap();
    let diagnosis = doctor.examine(person.device_id, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(broken(&diagnosis), Some(Hop::Network), "{diagnosis:?}");
    world.advance(3 * 60 * 60);
    assert_eq!(broken(&examine(&world, person).await), Some(Hop::Clock));
}

#[tokio::test]
async fn a_device_without_a_token_and_an_old_token_are_named() {
    let (world, person) = phone(PushProvider::Apns).await;
    let silent = world.sign_in(person.user_id, "customer-0").await;
    let diagnosis = examine(&world, Person { device_id: silent, ..person }).await;
    assert_eq!(broken(&diagnosis), Some(Hop::Device), "{diagnosis:?}");
    world.advance(271 * 24 * 60 * 60);
    let old = examine(&world, person).await;
    let token = old.findings.iter().find(|finding| finding.hop == Hop::Token);
    assert!(token.is_none_or(|token| token.state == State::Doubtful), "{old:?}");
}
