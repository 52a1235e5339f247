//! Stories in which something breaks: relays, Redis, the network between them. `README.md` lists them.

mod failover;
mod hours;
mod list;
mod on_duty;
mod pair;
mod redis_breaks;
mod redis_holds;
mod relay_dies;
mod relay_sleeps;
mod rolling;
mod rooms;
mod rows;
mod several;
mod table;

/// The relay's program, built with these stories.
const RELAY: &str = env!("CARGO_BIN_EXE_fault-relay");
