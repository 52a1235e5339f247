#!/usr/bin/env python3
"""An independent seat: in a chat with others, and on the staff channel. Commands and replies: see README.md."""

import os

from lykta1 import (KIND_ANSWER, KIND_HELLO, Anchors, Fatal, Greeting, PairGreeting, Seat, Session, bare, body, described,
                    h, serve)
from rooms import (ASK, INVITATION, OCCASION, OFFER, WORDS, SeatsRoom, invitation, offer, opened_invitation)


class OneSeat:
    def setup(self, centre, root, min_epoch, now, key, staff, certificate):
        self.anchors = Anchors(bytes.fromhex(centre), [bytes.fromhex(root)], int(min_epoch))
        self.seat = Seat(bytes.fromhex(key), bytes.fromhex(staff), bytes.fromhex(certificate))
        self.now, self.own = int(now), h(self.seat.certificate)
        self.sessions, self.greetings, self.asked = {}, {}, None
        return "ready"

    # ---- the visitor ----

    def takes(self, ticket, envelope):
        return self._answers(1, bytes.fromhex(ticket), 1, bytes(32), envelope)

    def comes(self, envelope):
        """Answers the visitor's hello under the secret of the *ask* opened last."""
        _, kind, ticket, _, member, secret = self.asked
        return self._answers(OCCASION[kind], ticket, member, secret, envelope)

    def _answers(self, kind, ticket, member, chain, envelope):
        greeting = Greeting(False, self.anchors, kind, ticket, chain, 0, seat=self.seat)
        answer, epoch = greeting.answer(bytes.fromhex(envelope)[8:8 + 1232])
        self.sessions["visitor"] = Session(False, self.anchors, epoch, seat=self.seat)
        self.room = SeatsRoom(ticket, member, self.own)
        return bare(KIND_ANSWER, answer).hex()

    def invite(self, kind, member, seat, role, name):
        """Two notes under one fresh secret: the offer, and the ask on the staff channel."""
        kind, member, role, seat, secret = int(kind), int(member), int(role), bytes.fromhex(seat), os.urandom(32)
        offered = self.sessions["visitor"].seal(OFFER, 0, offer(1, kind, member, role, seat, secret, name))
        ask = invitation(ASK, kind, self.room.ticket, 1, member, secret)
        return f"{offered.hex()} {self.sessions['staff'].seal(INVITATION, 0, ask).hex()}"

    # ---- another seat: `who` is `staff`, or its number in the room ----

    def _pair(self, who, initiator, theirs=None):
        if who != "staff":
            begins, answers, room = self.room.pair(int(who))
            if (begins == self.own) != initiator:
                raise Fatal("the other one begins")
            return PairGreeting(initiator, self.anchors, begins, answers, self.seat, room=room)
        theirs = bytes.fromhex(theirs)
        ends = (self.own, theirs) if initiator else (theirs, self.own)
        return PairGreeting(initiator, self.anchors, *ends, self.seat)

    def begin(self, who, theirs=None):
        self.greetings[who] = self._pair(who, True, theirs)
        return bare(KIND_HELLO, self.greetings[who].hello()).hex()

    def hello(self, who, envelope, theirs=None):
        self.greetings[who] = self._pair(who, False, theirs)
        return bare(KIND_ANSWER, self.greetings[who].answer(bytes.fromhex(envelope)[8:8 + 1232])).hex()

    def answer(self, who, envelope):
        proof, epoch = self.greetings[who].finish(bytes.fromhex(envelope)[8:8 + 1504], self.now)
        self._opened(who, epoch, True)
        return bare(KIND_HELLO, proof, 1).hex()

    def proof(self, who, envelope):
        self._opened(who, self.greetings[who].proven(bytes.fromhex(envelope)[8:8 + 384], self.now), False)
        return "open"

    def _opened(self, who, epoch, initiator):
        session = self.sessions[who] = Session(initiator, self.anchors, epoch, seat=self.seat)
        if who != "staff":
            session.mark = self.sessions["visitor"].mark

    # ---- notes ----

    def seal(self, who, kind, flags, text):
        return self.sessions[who].seal(int(kind), int(flags), body(text)).hex()

    def open(self, who, envelope):
        session = self.sessions[who]
        opened = session.open(bytes.fromhex(envelope))
        reply = described(opened)
        if opened[0] != "note":
            return reply
        note, text = opened[2], opened[4]
        if who == "visitor":
            new = self.room.hears_visitor(session, note, text)
            if new is not None:
                for member in self.room.members:
                    if str(member) in self.sessions:
                        self.sessions[str(member)].mark = session.mark
                reply += " new " + " ".join(str(member) for member in new)
        elif who == "staff":
            if note == INVITATION:
                self.asked = opened_invitation(text)
        elif self.room.hears_seat(int(who), session) is None:
            reply = "waits"
        return reply

    def say(self, text):
        """The same words, sealed once for everybody else in the room."""
        to = ["visitor"] + [str(member) for member in sorted(self.room.members)]
        return " ".join(f"{who} {self.sessions[who].seal(WORDS, 0, bytes.fromhex(text)).hex()}" for who in to)


me = OneSeat()
serve({name: getattr(me, name) for name in ("setup", "takes", "comes", "invite", "begin", "hello", "answer", "proof", "seal",
                                            "open", "say")})
