//! One suite that runs every public method on both databases, and the laws of delivery.
//!
//! PostgreSQL is taken from `TIDINGS_TEST_POSTGRES`, an address such as
//! `postgres://postgres@127.0.0.1:5432/postgres`; each test has a schema of its own there.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has failed")]

#[macro_use]
mod trial;
mod access;
mod agents;
mod alerts;
mod amend;
mod appearance;
mod apps;
mod archive;
mod assigning;
mod audit;
mod availability;
mod batch;
mod card_sources;
mod contexts;
mod conversations;
mod devices;
mod doctor;
mod drafts;
mod erase;
mod fallback;
mod feeds;
mod files;
mod fixtures;
mod held;
mod hours;
mod jobs;
mod laws;
mod ledger;
mod live_places;
mod mentions;
mod merge;
mod merging;
mod messages;
mod migrate;
mod news;
mod notes;
mod outage;
mod passkeys;
mod receipts;
mod reports;
mod retention;
mod satisfaction;
mod saved_replies;
mod saved_views;
mod search;
mod second_factors;
mod set_up;
mod shifts;
mod single_sign_on;
mod staff;
mod tag_changes;
mod teams;
mod triage;
mod user_devices;
mod users;
mod webhooks;
mod writer;
