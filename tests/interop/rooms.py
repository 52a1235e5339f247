"""Rooms of `lykta/1`: section 9 of protocol/manual/e2ee.md, and the notes it needs from section 4."""

import os
import struct

from lykta1 import Fatal, h

OFFER, CONSENT, INVITATION, LET_GO, ROOM, PART = 0x07, 0x08, 0x0E, 0x0F, 0x10, 0x11
CONFIRM, ALIAS, WORDS = 0x06, 0x05, 0x01
GUEST, HAND_OVER = 1, 2
ASK, YES, NO, TAKEN_BACK = 1, 2, 3, 4
# What a greeting after an offer is.
OCCASION = {HAND_OVER: 4, GUEST: 5}


def offer(number, kind, member, role, seat, secret, name):
    name = name.encode()
    return struct.pack(">IBBB32s32sB", number, kind, member, role, seat, secret, len(name)) + name


def opened_offer(body):
    number, kind, member, role, seat, secret, length = struct.unpack(">IBBB32s32sB", body[:72])
    if kind not in (1, 2) or not 1 <= member <= 7 or len(body) != 72 + length or length > 64:
        raise Fatal("offer")
    return number, kind, member, role, seat, secret, body[72:].decode()


def consent(number, yes):
    return struct.pack(">IB", number, yes)


def opened_consent(body):
    number, yes = struct.unpack(">IB", body)
    if yes > 1:
        raise Fatal("consent")
    return number, bool(yes)


def invitation(step, kind, ticket, claim, member, secret=b""):
    return struct.pack(">BB32sIB", step, kind, ticket, claim, member) + secret


def opened_invitation(body):
    step, kind, ticket, claim, member = struct.unpack(">BB32sIB", body[:39])
    if not 1 <= step <= 4 or kind not in (1, 2) or len(body) != 39 + (32 if step == ASK else 0):
        raise Fatal("invitation")
    return step, kind, ticket, claim, member, body[39:]


class Round:
    """What a *room* note says. `members`: (member, role, H(seat certificate)), by rising number."""

    def __init__(self, number, secret, members):
        self.number, self.secret, self.members = number, secret, members

    def _list(self):
        return bytes([len(self.members)]) + b"".join(bytes([m, role]) + seat for m, role, seat in self.members)

    def body(self):
        return struct.pack(">H", self.number) + self.secret + self._list()

    def mark(self, ticket):
        return h(b"lykta/1 room", ticket, struct.pack(">H", self.number), self._list())[:4]

    @staticmethod
    def opened(body):
        number, secret, count = struct.unpack(">H32sB", body[:35])
        entries = [body[at:at + 34] for at in range(35, len(body), 34)]
        members = [(e[0], e[1], e[2:]) for e in entries]
        numbers = [m for m, _, _ in members]
        rising = numbers == sorted(set(numbers)) and all(1 <= n <= 7 for n in numbers)
        if len(body) != 35 + 34 * count or not 1 <= count <= 3 or not rising:
            raise Fatal("room")
        return Round(number, secret, members)


class Marks:
    """The rooms there have been, and which of them each other end has shown last."""

    def __init__(self):
        self.known, self.shown = [], {}

    def hears(self, who, mark, latest=False):
        """Whether `who` may say something under `mark`. None: not known here yet. `latest`: no older one will do."""
        at = self.shown.get(who, 0)
        if mark is None:
            return at == 0 and not (latest and self.known)
        if mark not in self.known:
            return None
        place = len(self.known) - self.known[::-1].index(mark)
        if place < at or (latest and place < len(self.known)):
            return False
        self.shown[who] = place
        return True


def differs():
    raise Fatal("not everybody saw the same people")


class VisitorsRoom:
    """The visitor's part: lets people in, and tells everybody who is in it."""

    def __init__(self, ticket):
        self.ticket, self.marks, self.round, self.inside = ticket, Marks(), 0, {}

    def enters(self, member, role, seat, session):
        self.inside[member] = (role, seat, session)

    def leaves(self, member):
        return self.inside.pop(member)[2]

    def hears(self, member, session):
        """After each note that opened."""
        if not self.marks.hears(member, session.heard_mark):
            differs()

    def announce(self, secret=None):
        """The *room* note of a new round, for everybody in it."""
        self.round += 1
        members = [(m, role, seat) for m, (role, seat, _) in sorted(self.inside.items())]
        said = Round(self.round, secret or os.urandom(32), members)
        mark = said.mark(self.ticket)
        self.marks.known.append(mark)
        envelopes = []
        for member, (_, _, session) in sorted(self.inside.items()):
            session.mark = mark
            envelopes.append((member, session.seal(ROOM, 0, said.body())))
        return envelopes

    def say(self, text):
        return [(m, session.seal(WORDS, 0, text)) for m, (_, _, session) in sorted(self.inside.items())]


class SeatsRoom:
    """A seat's part: `me` is its number, `own` the hash of its certificate."""

    def __init__(self, ticket, me, own):
        self.ticket, self.me, self.own, self.marks = ticket, me, own, Marks()
        self.round, self.members, self.secrets, self.named_since = 0, {}, {}, None
        self.waiting = []

    def hears_visitor(self, session, note, body):
        """After each note of the visitor's that opened. For a *room* note: who is new in it."""
        fresh = None
        if note == ROOM:
            fresh = self._enter(Round.opened(body), session)
        if not self.marks.hears("visitor", session.heard_mark, latest=True):
            differs()
        return fresh

    def _enter(self, said, session):
        if said.number <= self.round or (self.me, self.own) not in [(m, seat) for m, _, seat in said.members]:
            differs()
        self.round = said.number
        mark = said.mark(self.ticket)
        self.marks.known.append(mark)
        session.mark = mark
        others = {m: (role, seat) for m, role, seat in said.members if m != self.me}
        for member in [m for m in self.members if m not in others]:
            del self.members[member]
        new = [m for m in others if m not in self.members]
        for member in new:
            # Of this round, and kept: a hello may come late.
            self.members[member], self.secrets[member] = others[member], said.secret
        return new

    def begins(self, member):
        return self.me < member

    def pair(self, member):
        """(who begins, who answers, (ticket, secret)) for the greeting with that seat."""
        theirs = self.members[member][1]
        ends = (self.own, theirs) if self.begins(member) else (theirs, self.own)
        return *ends, (self.ticket, self.secrets[member])

    def hears_seat(self, member, session):
        """None: it waits, with all behind it, for the visitor's next *room* note."""
        fits = self.marks.hears(member, session.heard_mark)
        if fits is False:
            differs()
        return fits
