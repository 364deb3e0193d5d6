//! Proof that the parts hold together: whole stories with the real server, kill loops, load.
//!
//! Everything here looks at Tidings from outside: a process to start and kill, and the protocol. The tests lie in
//! `tests/`; `tour` is the demo, `bench` measures.

pub mod agent;
pub mod artefact;
pub mod backend;
pub mod checker;
pub mod clock;
pub mod cluster;
pub mod crowd;
pub mod front;
pub mod furnish;
pub mod handset;
pub mod history;
pub mod http;
pub mod kill;
pub mod load;
pub mod net;
pub mod options;
pub mod phone;
pub mod planted;
pub mod postgres;
pub mod power;
pub mod push;
pub mod redis;
pub mod report;
pub mod scene;
pub mod seed;
pub mod server;
pub mod signal;
pub mod socket;
pub mod wait;
