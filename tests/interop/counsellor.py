#!/usr/bin/env python3
"""An independent counsellor. Commands and replies: see README.md."""

from lykta1 import KIND_ANSWER, Anchors, Greeting, Seat, Session, bare, body, described, serve


class Counsellor:
    def setup(self, centre, root, min_epoch, ticket, kind, chain, key, staff, certificate):
        self.anchors = Anchors(bytes.fromhex(centre), [bytes.fromhex(root)], int(min_epoch))
        self.occasion = dict(kind=int(kind), name=bytes.fromhex(ticket), chain=bytes.fromhex(chain), epoch=0)
        self.seat = Seat(bytes.fromhex(key), bytes.fromhex(staff), bytes.fromhex(certificate))
        return "ready"

    def hello(self, envelope):
        hello = bytes.fromhex(envelope)[8:8 + 1232]
        answer, epoch = Greeting(False, self.anchors, seat=self.seat, **self.occasion).answer(hello)
        self.session = Session(False, self.anchors, epoch, seat=self.seat)
        return bare(KIND_ANSWER, answer).hex()

    def open(self, envelope):
        opened = self.session.open(bytes.fromhex(envelope))
        if opened[0] == "note" and opened[2] == 3:
            self.rekey1 = opened[4]
        return described(opened)

    def rekey(self):
        return self.session.rekey_answer(self.rekey1).hex()

    def seal(self, kind, flags, text):
        return self.session.seal(int(kind), int(flags), body(text)).hex()

    def beat(self, flags, ending):
        return self.session.beat(int(flags), int(ending)).hex()


me = Counsellor()
serve({name: getattr(me, name) for name in ("setup", "hello", "open", "rekey", "seal", "beat")})
