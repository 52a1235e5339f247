//! Stories with people in them, over real sockets on the loopback interface.

mod first_visit;
mod lost_wire;
