//! Several nodes on one PostgreSQL: what passes between them, and what becomes of it when something in between breaks.

mod crossing;
mod outage;
mod people;
mod presence;
mod rates;
mod revocation;
mod rolling;
