//! Which roles are on duty, for professionals who think of asking: roles, never persons.
//!
//! The store knows every living seat of every relay, with the role its certificate proves. Nothing of it is said while the
//! store does not answer, or when it has more seats on duty than it knows roles of (it lost its memory, and the consoles
//! introduce themselves again within seconds): a list with somebody missing would send people away.

use lykta_trust::Role;
use lykta_wire::{SeatEntry, limits};

use crate::clock::Moment;
use crate::line::Line;

/// Codes of the roles, rising, each once. A counsellor is on duty while they take tickets; interpreters and experts, of
/// whatever profession, never do, and are on duty while they sit and can be asked into a chat. Empty: nobody, or it is not known.
pub async fn roles(line: &dyn Line, ready_seats: u32, now: Moment) -> Vec<u8> {
    let seats = line.seats(limits::SEATS_SHOWN, now).await.unwrap_or_default();
    said(&seats, ready_seats)
}

fn said(seats: &[SeatEntry], ready: u32) -> Vec<u8> {
    let counsellors = seats.iter().filter(|seat| seat.ready).count();
    let may_be_more = seats.len() >= limits::SEATS_SHOWN || u32::try_from(counsellors) != Ok(ready);
    // Whoever can come as a guest comes to a counsellor's chat.
    if may_be_more || ready == 0 {
        return Vec::new();
    }
    let guest = |seat: &SeatEntry| Role::from_code(seat.role).is_ok_and(Role::only_a_guest);
    let mut roles: Vec<u8> =
        seats.iter().filter(|seat| seat.ready || guest(seat)).map(|seat| seat.role).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use lykta_wire::SeatId;

    use super::*;

    const COUNSELLOR: u8 = Role::Counsellor.code();
    const EXPERT: u8 = Role::Expert.code();

    fn seat(number: u8, role: u8, ready: bool) -> SeatEntry {
        let (seat, certificate) = (SeatId([number; 16]), [number; 32]);
        SeatEntry { seat, certificate, role, ready, chats: 0, capacity: 1 }
    }

    #[test]
    fn a_role_is_said_once_however_many_have_it() {
        let seats = [
            seat(1, EXPERT, false),
            seat(2, COUNSELLOR, true),
            seat(3, COUNSELLOR, true),
            seat(4, EXPERT, false),
        ];
        assert_eq!(said(&seats, 2), [COUNSELLOR, EXPERT]);
    }

    #[test]
    fn professions_are_said_by_number_and_a_coordinator_is_none() {
        let (police, coordinator) = (Role::Police.code(), Role::Coordinator.code());
        let seats = [seat(1, police, false), seat(2, COUNSELLOR, true), seat(3, coordinator, false)];
        assert_eq!(said(&seats, 1), [COUNSELLOR, police]);
    }

    #[test]
    fn a_counsellor_who_rests_is_not_on_duty() {
        assert_eq!(said(&[seat(1, COUNSELLOR, true), seat(2, COUNSELLOR, false)], 1), [COUNSELLOR]);
        assert_eq!(
            said(&[seat(1, COUNSELLOR, false), seat(2, EXPERT, false)], 0),
            [0; 0],
            "nobody to ask them in"
        );
    }

    #[test]
    fn nothing_is_said_while_a_seat_on_duty_has_not_shown_its_role() {
        assert_eq!(said(&[seat(1, COUNSELLOR, true)], 2), [0; 0]);
        let many: Vec<SeatEntry> = (0..64).map(|number| seat(number, COUNSELLOR, true)).collect();
        assert_eq!(said(&many, 64), [0; 0], "there may be more than are shown");
        assert_eq!(said(&many[..63], 63), [COUNSELLOR]);
    }
}
