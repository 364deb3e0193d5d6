//! Several nodes on one PostgreSQL: what passes between them, and what becomes of it when something in between breaks.

mod cluster;
mod crossing;
mod outage;
mod presence;
mod rates;
mod revocation;
mod rolling;
