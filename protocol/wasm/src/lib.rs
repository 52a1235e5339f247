//! The door between the client's machines and JavaScript: a raw C ABI, so that one page can hold many
//! instances (one for each chat), each with its own fixed memory that is wiped whole. Where WebAssembly is off
//! the same modules run as JavaScript, with the same exports.
//!
//! Four modules come from this crate, each by the feature of its name: `visit.wasm` (2 MiB) with a visitor's machine,
//! and for a console, 4 MiB each, `seat.wasm` with the seat, `chat.wasm` with one chat, and `pair.wasm` with this
//! seat's channels to other seats, those of the staff channel or those of one room, chosen by the first op. They import
//! nothing and export `memory`, `mailbox() -> pointer` and `step(length) -> length`.
//!
//! # A step
//!
//! The mailbox is one static buffer of [`MAILBOX`] bytes, used in both directions. JavaScript writes one
//! command, calls `step` with its length, and reads the returned number of bytes as records, copying out what
//! it keeps before the next step. A return of [`FAILED`], or a trap, is a bug in here: the page wipes
//! the memory and says that the chat failed. A command that is not in its layout is answered with no records.
//!
//! If the records do not fit, MORE ends them and op 0 (Drain; time and seed as ever) fetches the next.
//!
//! All integers are big-endian; `flag` is a byte, 0 or 1.
//!
//! ```text
//! command   op u8 | now_ms u64 (Date.now()) | seed 128 (fresh crypto.getRandomValues) | fields
//! record    kind u8 | length u32 | payload
//! ```
//!
//! # Records
//!
//! ```text
//!   1 OPEN                  open the socket (visitor /ws/visit, seat /ws/desk; subprotocol lykta.1,
//!                           binaryType arraybuffer), dropping an earlier one
//!   2 CLOSE                 close the socket; report nothing more of it. From a chat: close the seat's socket
//!                           and tell the seat CLOSED 1000
//!   3 SEND      bytes       one binary frame, if the socket is open
//!   4 WAKE      u64         tick no later than this wall-clock ms; 0: no need. In the answer to every command
//!                           but Drain, and replaces the one before
//!   5 VIEW      see below   the whole view, when it changed
//!   6 SAID      id u32 | from u8 | at_ms u64 | text utf8
//!                           one whole message, own or the other's, in order, each once.
//!                           from: 0 visitor, 1 the counsellor who took the chat, 2 and up seats that came into it
//!   7 DELIVERED up_to u32   own messages with this id or a lower one were opened by the other side
//!   8 LEAVE     bytes       body for sendBeacon('/leave')
//!   9 NOT_SAID  reason u8   keep the draft. 1 too long, 2 too much unsent, 3 not now (not begun, ending, over),
//!                           4 empty
//!  10 EMPTIED               the conversation is gone (put back, over): clear it from the screen
//!  11 SEAT      bytes       the seat bundle for chat instances. Secret: copy it there and overwrite it
//!  12 LINE      state u8 | total u32 | count u8 | count x entry
//!                           entry: ticket 32 | lane u8 | present flag | waited_s u32 | n u8 | n x tag 8
//!  13 TAKEN     ticket 32 | claim u32 | lane u8 | n u8 | n x tag 8 | hello 2072 | key 0 or 32
//!                           begin a chat instance with it. A key is there when the visitor came back with
//!                           return words. Secret: copy it there and overwrite it
//!  14 NOT_TAKEN refusal u8
//!  15 SEATVIEW  link u8 | admitted flag | ready flag | state u8 | refusal u8
//!                           when it changed. admitted 0 -> 1: LINKUP for every chat, every room and the staff channel;
//!                           1 -> 0: LINKDOWN
//!  16 RETRY     u64         the link is down, the next try comes at this wall-clock ms (for words only)
//!  17 PERSON    role u8 | key_generation u16 | not_before u32 | not_after u32 | staff certificate 109 |
//!                           name_len u8 | name utf8. key_generation 0: the staff key is in a key file
//!  18 REQUEST   words 35 (ASCII) | text utf8, the file for `lykta-root sign`
//!  20 KEEP      id 16 | key 32 | stays flag
//!                           from a chat: return words, for the seat's KEEP. Secret: overwrite it
//!  21 FORGET                from a chat: for the seat's FORGET
//!  22 KEPT      ticket 32   from the seat: for that chat's KEPT
//!  23 SEATS     n x (seat 16 | role u8 | ready flag | chats u8 | capacity u8)
//!                           the other seats, by the relay's word
//!  24 COLLEAGUE S 32 | seat 16 | H(seat certificate) 32 | role u8 | name utf8
//!                           has proven who they are: the answer to CALL, and when they called. From the seat on it is
//!                           what INVITE takes; the role is the certificate's, the name their own word, and S, the
//!                           staff key, finds the name the root wrote into the roster (PERSON)
//!  25 GONE      seat 16     cannot be reached, or not any more
//!  26 LETTER    seat 16 | invitation
//!                           from the staff channel: what a colleague says about a chat. From a chat: for its LETTER.
//!                           invitation: step u8 (1 ask, 2 yes, 3 no, 4 taken back) | kind u8 (1 to join, 2 to take
//!                           over) | ticket 32 | claim u32 | member u8, and secret 32 behind an ask: overwrite it
//!  27 HEARD     seat 16 | text utf8
//!                           a colleague says something, whole and in order. ENQ, ACK or NAK (U+0005, U+0006, U+0015)
//!                           as its first character: asks for a talk, answers "now", answers "later"; STX (U+0002)
//!                           and a ticket in hex: a summary of that chat
//!  28 TOLD      seat 16 | id u32 | reason u8
//!                           the answer to TELL: taken, with this id, or not taken (id 0), with a reason of NOT_SAID
//!  29 OPENED    seat 16 | up_to u32
//!                           own words with this id or a lower one were opened by that colleague
//!  30 ORDER     bytes       from a chat: for its room's ORDER, in order. The first one begins the room's instance. Secret:
//!                           overwrite it. What it says is `protocol/client/src/room.rs`'s
//!  31 REPORT    bytes       from a room: for its chat's REPORT, in order. Secret: overwrite it
//! 255 MORE                  further records wait: Drain
//! ```
//!
//! VIEW:
//!
//! ```text
//! phase u8           1 arriving, 2 joining, 3 waiting, 4 greeting, 5 talking, 6 over
//! link u8            0 down, 1 opening, 2 up
//! place u32          in the line, from 1; 0 unknown
//! open_state u8      of the wire: 1 open, 2 full, 3 away, 4 closing, 5 closed; 0 unknown
//! closing_soon flag
//! peer u8            0 unknown, 1 here, 2 gone (network), 3 lost past the grace (visitor: ask wait, front, stop),
//!                    4 the visitor left fast (chat only), 5 unsure (no beat for 90 s)
//! peer_since_ms u64  when gone began; 0 when not gone
//! peer_typing flag
//! peer_covered flag  the visitor covered the screen (chat only)
//! silence u8         0 none, 1 ask, 2 warn (visitor only)
//! held flag          the counsellor holds the silence clock
//! unsent u16         own messages the other side has not opened
//! ending u8          of the wire: 1 helped, 2 left_line, 3 left_fast, 4 lost_contact, 5 turned_away,
//!                    6 ended_by_counsellor, 7 failed; 0 none (also over after a put-back)
//! refusal u8         0 none; 1-14 the relay's (of the wire); 128 this device's clock is wrong; 129 the
//!                    counsellor's certificates are not the centre's; 130 keys or rules were broken; 131 very many
//!                    come at once and this device works for its place; 132 it waits for its turn (both joining)
//! about u8           for whom the visitor writes: 1 self, 2 somebody else, 3 in their work; 0 unknown, and
//!                    always on the visitor's door
//! alias_len u8 | alias utf8 | role u8 (of the certificate; 0 unknown)
//! wait u8            of the wire: how long the line may take, 0 unknown (visitor only)
//! returning u8       return words. Visitor: 0 none, 1 asked for, 2 kept, 3 on the way back with some. Chat: 0 a new
//!                    visitor, 2 who has some, 3 who came back with some: the same visitor, new keys
//! compare u8         words to compare: 0 none or closed, 1 under way, 2 followed by three numbers u16
//! offer u8           0 none, 1 somebody is to join, 2 to take over, both followed by (visitor only)
//!                    called flag (the visitor has said yes) | role u8 | name_len u8 | name utf8
//! n u8 | n x (member u8 | role u8 | flags u8 | name_len u8 | name utf8)
//!                    who else is in the room. flags: bit 0 heard of within 90 s, bit 1 writes
//! a chat's only:
//! asking u8 | consent flag | comes flag
//!                    whom the counsellor asks in: 0 nobody, 1 to join, 2 to take over; what visitor and colleague said
//! asked u8           how that ended: 0 not, 1 they came, 2 the visitor said no, 3 the colleague said no, 4 taken back or
//!                    nothing came of it, 5 the relay refused
//! guest flag         the chat is another seat's
//! ```
//!
//! SEATVIEW's `refusal` uses the same bytes: 14 the relay does not admit this seat (no further tries), 128 or
//! 129 a sign-in whose certificate is not good now, 130 one whose key or bundle does not fit.
//!
//! # Commands of `visit.wasm`
//!
//! ```text
//!  1 START    centre_id 16 | min_roster_epoch u16 | build_date u32 | count u8 | roots 32 each | flags u8
//!             build_date: Unix seconds. flags: bit 0 = beats say that the visitor writes
//!  2 JOIN     lane u8 (1 support, 2 professional) | about u8 (1 self, 2 other, 3 work) | n u8 | n x tag 8
//!             about is sealed for the counsellor; the relay is never told
//!  3 OPENED   4 CLOSED code u16   5 FRAME bytes   6 TICK
//!  7 SAY      utf8; while waiting too: kept on the device until somebody can read it
//!  8 TYPING   flag; again at least every 10 s while it lasts
//!  9 VISIBLE  flag; turning on does what WAKE does
//! 10 END      sealed goodbye in order, then over (at most 10 s later)
//! 11 LEAVE    LEAVE at once, the same as a SEND if the socket is open, then CLOSE. Then wipe
//! 12 FRONT    (peer 3) to the front of the line, with new keys
//! 13 HERE     the answer to silence 1 or 2
//! 14 COVERED  flag
//! 15 WAKE     page shown again, or online again
//! 16 CONSENT  flag; the answer to VIEW's offer
//! 17 SILENCE  ask u16 | warn u16 | close u16: seconds, rising; for chats that begin later. Without it 300, 600, 900
//! 20 COMPARE  flag; 1 begins the words to compare or shows them again, 0 closes them here
//! 21 RETURN   as JOIN, and behind it id 16 | key 32: instead of JOIN, to the counsellor who keeps these words
//! 22 KEEP     id 16 | key 32 | stays flag: return words; stays: also when the visitor leaves by hand
//! 23 FORGET   the words are to be forgotten
//! ```
//!
//! # Commands of `seat.wasm`
//!
//! ```text
//! 101 SIGNIN  staff_seed 32 | staff certificate 109 | centre_id 16 | n u8 | roots 32 each |
//!             min_roster_epoch u16 | build_date u32 | origin_len u16 | origin utf8 | capacity u8
//! 103 OPENED  104 CLOSED code u16   105 FRAME bytes   106 TICK   115 WAKE
//! 107 DUTY    ready flag | capacity u8
//! 108 ALIVE   as often as the centre's `seat_renew`, from the worker that the page feeds; nothing else renews the seat
//! 109 TAKE    ticket 32; zeros: the next
//! 110 BUNDLE  -> SEAT
//! 111 HOLD    n u8 | n x (ticket 32 | claim u32): the chats whose keys this console holds
//! 112 SIGNOUT
//! 121 KEEP    ticket 32 | id 16 | key 32 | stays flag: from a chat's record KEEP
//! 122 FORGET  ticket 32 | left flag: from a chat's record FORGET and after a put-back with 0; with 1 when a chat is
//!             over otherwise, unless by ending 4 or 7
//! 123 BACK    ticket 32: a chat that came back with words (returning 3) is talking
//!
//! before it (the instance stays free for it)
//! 130 PERSON  centre_id 16 | n u8 | roots 32 each | min_roster_epoch u16 | S 32 | signed roster
//!             -> PERSON if a pinned root signed the roster and S stands in it, else nothing
//! 131 REQUEST staff_seed 32 | centre_id 16 | made u32 | role u8 | name_len u8 | name utf8 |
//!             key_generation u16 | authenticator data; none of it: no passkey in the request, the one known stays
//!             -> REQUEST, or nothing when name or passkey are outside the limits
//! ```
//!
//! # Commands of `chat.wasm`
//!
//! ```text
//! 201 BEGIN   bundle_len u16 | bundle | ticket 32 | claim u32 | alias_len u8 | alias utf8 | hello 2072 |
//!             key 0 or 32, as TAKEN had it
//! 202 COME    bundle_len u16 | bundle | alias_len u8 | alias utf8 | invitation (an ask, as the LETTER had it)
//!             instead of BEGIN: into a colleague's chat. Tell the colleague yes with the staff channel's LETTER
//! 203 LINKUP  204 LINKDOWN   205 FRAME bytes   206 TICK
//! 207 SAY     utf8   208 TYPING flag   209 VISIBLE flag   210 END ending u8   211 PUTBACK   212 HOLD flag
//! 213 SILENCE as 17; the count begins anew
//! 220 COMPARE flag; as 20   221 KEPT: after the seat's KEPT for this ticket
//! 230 INVITE  kind u8 (1 to join, 2 to take over) | COLLEAGUE's payload without S
//! 231 REPLY   seat 16 | member u8 | yes flag: from the staff channel's LETTER
//! 232 TAKEBACK  233 LETGO member u8: that guest is to go   234 PART: leaves a chat that is not this seat's own
//! 235 REPORT  from the room's record REPORT
//! ```
//!
//! # Commands of `pair.wasm`
//!
//! ```text
//! the staff channel
//! 141 BEGIN   bundle_len u16 | bundle | build_date u32 | name utf8: how colleagues are to call this seat
//! 143 LINKUP  144 LINKDOWN   145 FRAME bytes   146 TICK
//! 154 CALL    seat 16: opens the channel to a colleague -> COLLEAGUE or GONE, later
//! 156 LETTER  seat 16 | invitation: from a chat's record LETTER, and the answer to a colleague's
//! 157 TELL    seat 16 | text utf8: to a colleague, on the channel, which is opened for it -> TOLD, or GONE
//!
//! the other seats of one chat; wiped with it, and as soon as it is over
//! 241 BEGIN   bundle_len u16 | bundle | ticket 32 | claim u32 | alias utf8
//! 243 LINKUP  244 LINKDOWN   245 FRAME bytes   246 TICK   249 VISIBLE flag
//! 250 ORDER   from the chat's record ORDER
//! ```
//!
//! Frames C6 to CB, D3 and D4 of the desk's socket go to the chat whose ticket stands in bytes 1 to 33, if there is one,
//! and then to its room; CE to D2 go to the staff channel; all others go to the seat.

#![cfg_attr(target_arch = "wasm32", no_std)]
#![cfg_attr(
    not(all(feature = "visit", feature = "seat", feature = "chat", feature = "pair")),
    allow(
        dead_code,
        reason = "each module uses the fields and records of its own doors, and none those of all"
    )
)]

extern crate alloc;

mod fields;
mod machine;
#[cfg(target_arch = "wasm32")]
mod module;
mod records;

#[cfg(feature = "chat")]
mod chat;
#[cfg(feature = "pair")]
mod pair;
#[cfg(feature = "seat")]
mod seat;
#[cfg(feature = "visit")]
mod visit;

#[cfg(feature = "chat")]
pub use chat::ChatDoor;
pub use machine::{Inside, Machine};
#[cfg(feature = "pair")]
pub use pair::PairDoor;
#[cfg(feature = "seat")]
pub use seat::SeatDoor;
#[cfg(feature = "visit")]
pub use visit::VisitDoor;

/// Bytes of the mailbox.
pub const MAILBOX: usize = 65_536;

/// What `step` returns when the machine cannot go on.
pub const FAILED: u32 = 0xFFFF_FFFF;
