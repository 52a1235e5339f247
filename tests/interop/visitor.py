#!/usr/bin/env python3
"""An independent visitor. Commands and replies: see README.md."""

from lykta1 import KIND_HELLO, LATE, Anchors, Greeting, Session, bare, body, described, serve


class Visitor:
    def setup(self, centre, root, min_epoch, ticket, kind, chain, now):
        self.anchors = Anchors(bytes.fromhex(centre), [bytes.fromhex(root)], int(min_epoch))
        self.occasion = dict(kind=int(kind), name=bytes.fromhex(ticket), chain=bytes.fromhex(chain), epoch=0)
        self.now = int(now)
        return "ready"

    def greet(self):
        self.greeting = Greeting(True, self.anchors, **self.occasion)
        return bare(KIND_HELLO, self.greeting.hello()).hex()

    def answer(self, envelope):
        answer = bytes.fromhex(envelope)[8:8 + 1504]
        role, seat, epoch = self.greeting.finish(answer, self.now, lambda _: LATE)
        self.session = Session(True, self.anchors, epoch, first=(role, seat))
        return f"verified {role} {seat.hex()}"

    def open(self, envelope):
        opened = self.session.open(bytes.fromhex(envelope))
        if opened[0] == "note" and opened[2] == 4:
            self.rekey2 = opened[4]
        return described(opened)

    def rekey(self):
        return self.session.rekey_begin().hex()

    def finish(self):
        role, seat = self.session.rekey_finish(self.rekey2, self.now)
        return f"verified {role} {seat.hex()}"

    def seal(self, kind, flags, text):
        return self.session.seal(int(kind), int(flags), body(text)).hex()

    def beat(self, flags, ending):
        return self.session.beat(int(flags), int(ending)).hex()


me = Visitor()
serve({name: getattr(me, name) for name in ("setup", "greet", "answer", "open", "rekey", "finish", "seal", "beat")})
