//! Every limit on the wire, with its unit and its because.

/// Sizes of a sealed envelope, bytes: 8 header + bucket (512, 2,048, 4,096) + 16 tag.
///
/// Three sizes only, so that length tells an eavesdropper at most log2(3) bits.
pub const ENVELOPE_SIZES: [usize; 3] = [536, 2_072, 4_120];

/// Bytes of an envelope's header: version 1, kind 1, epoch 2, number 4 (`e2ee.md`, section 3).
pub const ENVELOPE_HEADER: usize = 8;

/// The largest frame either side may send, bytes. The largest real one is a desk's `Put` of the largest
/// envelope (4,158) or a full [`LINE_SHOWN`] list; what is larger is refused before it is read.
pub const FRAME_MAX: usize = 8_192;

/// Envelopes one side may leave unconfirmed in a box. The clients' window is 32; twice that means a
/// well-behaved client never meets it.
pub const BOX_ENVELOPES: usize = 64;

/// Tickets of the line that are shown to a desk at most. A counsellor cannot use more, and the frame
/// stays small when a storm arrives; the total is told besides.
pub const LINE_SHOWN: usize = 40;

/// Seats that are shown to a desk at most: more than any centre has on duty, and the frame stays small.
pub const SEATS_SHOWN: usize = 64;

/// Languages a visitor may name, in order of preference: a frame's room (`wire.md`, section 2), not a rule about people.
pub const LANGUAGES: usize = 4;

/// Seats in one chat at once, beside the visitor: a counsellor and two guests (`e2ee.md`, section 9).
pub const SEATS_IN_CHAT: u8 = 3;

/// The highest number of a member. One claim gives a number to one seat only, so at most six seats can come
/// into a chat after the one who took it; four would do for two guests and two hand-overs.
pub const MEMBER_MAX: u8 = 7;
/// Counters that one piece of work consists of. With sixteen, one visitor in a thousand needs twice as long as
/// the middle one; with a single hard one it would be ten times.
pub const WORK_PARTS: usize = 16;

/// Zero bits that a relay may ask of each part at most: 16 x 2^14 hashes are about a second of a cheap phone.
pub const WORK_BITS_MAX: u8 = 14;
