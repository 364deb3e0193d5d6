//! The server of Tidings.

pub mod app;
pub mod auth;
pub mod bus;
pub mod clock;
pub mod config;
pub mod lifecycle;
pub mod live;
pub mod problem;
pub mod rates;
