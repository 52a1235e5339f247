#!/usr/bin/env python3
"""An independent visitor with more than one seat in the chat. Commands and replies: see README.md."""

from lykta1 import KIND_HELLO, LATE, Anchors, Greeting, Refused, Session, bare, described, serve
from rooms import (CONFIRM, CONSENT, HAND_OVER, OCCASION, OFFER, PART, VisitorsRoom, consent, opened_offer)


def envelopes(pairs):
    return " ".join(f"{member} {envelope.hex()}" for member, envelope in pairs) or "nobody"


class Visitor:
    def setup(self, centre, root, min_epoch, ticket, now):
        self.anchors = Anchors(bytes.fromhex(centre), [bytes.fromhex(root)], int(min_epoch))
        self.ticket, self.now = bytes.fromhex(ticket), int(now)
        self.room = VisitorsRoom(self.ticket)
        self.sessions, self.offer = {}, None
        return "ready"

    def _hello(self, kind, chain):
        self.greeting = Greeting(True, self.anchors, kind=kind, name=self.ticket, chain=chain, epoch=0)
        return bare(KIND_HELLO, self.greeting.hello()).hex()

    def _answered(self, envelope):
        answer = bytes.fromhex(envelope)[8:8 + 1504]
        role, seat, epoch = self.greeting.finish(answer, self.now, lambda _: LATE)
        return role, seat, Session(True, self.anchors, epoch, first=(role, seat))

    def _enters(self, member, role, seat, session):
        self.sessions[member] = session
        self.room.enters(member, role, seat, session)
        return (member, session.seal(CONFIRM, 0, b""))

    def greet(self):
        return self._hello(1, bytes(32))

    def answer(self, envelope):
        self.owner = 1
        return envelopes([self._enters(1, *self._answered(envelope))])

    def open(self, member, envelope):
        session = self.sessions[int(member)]
        opened = session.open(bytes.fromhex(envelope))
        if opened[0] == "note":
            self.room.hears(int(member), session)
            if opened[2] == OFFER and int(member) == self.owner:
                self.offer = opened_offer(opened[4])
        return described(opened)

    def consent(self, yes):
        """The tap: the note, and after a yes the hello."""
        number, kind, member, _, _, secret, _ = self.offer
        said = envelopes([(self.owner, self.sessions[self.owner].seal(CONSENT, 0, consent(number, yes == "yes")))])
        return f"{said} {member} {self._hello(OCCASION[kind], secret)}" if yes == "yes" else said

    def called(self, envelope):
        """The answer of who was offered: who comes, and what everybody is told."""
        _, kind, member, role, seat, _, _ = self.offer
        found_role, found_seat, session = self._answered(envelope)
        if (found_role, found_seat) != (role, seat):
            raise Refused("another seat than was offered")
        self.offer = None
        said = []
        if kind == HAND_OVER:
            said.append((self.owner, self.room.leaves(self.owner).seal(PART, 0, b"")))
            self.owner = member
        said.append(self._enters(member, role, seat, session))
        return envelopes(said + self.room.announce())

    def lets_go(self, member):
        said = [(int(member), self.room.leaves(int(member)).seal(PART, 0, b""))]
        return envelopes(said + self.room.announce())

    def say(self, text):
        return envelopes(self.room.say(bytes.fromhex(text)))


me = Visitor()
serve({name: getattr(me, name) for name in ("setup", "greet", "answer", "open", "consent", "called", "lets_go", "say")})
