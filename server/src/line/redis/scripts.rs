//! One script per verb, each atomic in one slot. What its arguments and answers are is said in its file.

use std::sync::LazyLock;

/// A script, and the hash under which Redis remembers it.
pub(super) struct Script {
    pub(super) code: &'static str,
    pub(super) hash: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

macro_rules! scripts {
    ($($name:ident = $($part:literal)+;)+) => {$(
        pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new(concat!($(include_str!(concat!("../scripts/", $part, ".lua")), "\n"),+))
        });
    )+};
}

// In the centre's slot.
scripts! {
    JOIN = "centre" "join";
    KEEP = "centre" "keep";
    STAND_AGAIN = "centre" "stand_again";
    ABSENT = "centre" "absent";
    HELLO = "centre" "hello";
    GREETING_LOST = "centre" "greeting_lost";
    SIT = "centre" "sit";
    CHATS = "centre" "chats";
    TAKE = "centre" "take";
    PUT_BACK = "centre" "put_back";
    END = "centre" "end";
    WHOSE = "centre" "whose";
    LEAVE = "centre" "leave";
    TURN_AWAY = "centre" "turn_away";
    RESTORE_VISITOR = "centre" "halves" "restore_visitor";
    RESTORE_MEMBER = "centre" "halves" "restore_member";
    INTRODUCE = "centre" "introduce";
    SEATS = "centre" "seats";
    INVITE = "centre" "invite";
    REPLY = "centre" "reply";
    WITHDRAW = "centre" "withdraw";
    PART = "centre" "part";
    SWITCH = "centre" "switch";
    DISMISS = "centre" "dismiss";
    MEMBERS = "centre" "members";
    CONFIRM = "centre" "confirm";
    KEEP_RETURN = "centre" "keep_return";
    FORGET_RETURN = "centre" "forget_return";
    COME_BACK = "centre" "come_back";
    RETURNED = "centre" "returned";
    RECOUNT = "centre" "recount";
    COOL = "centre" "cool";
    GATHER = "centre" "gather";
    LOOK = "centre" "look";
    COUNT = "centre" "count";
    TIME = "centre" "time";
    RIGHTS = "rights";
}

// In a ticket's slot, or a seat's; the boxes of the staff channel lie in their reader's, sheets in the centre's.
scripts! {
    PROVE = "ticket" "prove";
    NEWEST = "ticket" "newest";
    GREET = "ticket" "greet";
    GREETING = "ticket" "greeting";
    PUT = "ticket" "put";
    SPOKEN = "ticket" "spoken";
    BEAT = "ticket" "beat";
    FETCH = "ticket" "fetch";
    SENDERS = "ticket" "senders";
    GOT = "ticket" "got";
    GOODBYE = "ticket" "goodbye";
    RENEW = "ticket" "renew";
    WIPE = "ticket" "wipe";
    PIN = "ticket" "pin";
    PINNED = "ticket" "pinned";
}
