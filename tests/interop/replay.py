#!/usr/bin/env python3
"""Makes every byte of the vectors again from their seeds, both ends of each conversation, and compares.

One thing is taken from the vectors instead of made: the ML-KEM ciphertext of an answer, because this library
draws its randomness itself. It is opened with the key of the hello's seed.
"""

import json
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import rooms
from lykta1 import LATE, Anchors, Greeting, PairGreeting, Seat, Session, h, hkdf, signed

VECTORS = pathlib.Path(__file__).parent / "../../protocol/manual/vectors"
WORDS, GOODBYE, ALIAS, CONFIRM, LEFT_FAST = 1, 2, 5, 6, 3


class Vectors:
    """One file; counts what was compared, and knows what was not used."""

    def __init__(self, name):
        self.name = name
        self.values = json.loads((VECTORS / name).read_text())
        self.unused = set(self.values)
        self.compared = 0

    def text(self, key):
        self.unused.discard(key)
        return self.values[key]

    def __getitem__(self, key):
        return bytes.fromhex(self.text(key))

    def same(self, key, made):
        made = made.hex() if isinstance(made, bytes) else made
        assert self.text(key) == made, f"{self.name}: {key} differs"
        self.compared += 1

    def done(self):
        assert not self.unused, f"{self.name}: nobody looked at {sorted(self.unused)}"
        print(f"{self.name:<20} {self.compared} values made again, every one the same")


def sign(seed, label, *parts):
    text = bytes([len(label)]) + label + b"".join(parts)
    return Ed25519PrivateKey.from_private_bytes(seed).sign(text)


def public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def trust():
    v = Vectors("trust.json")
    centre, root = v["centre_id"], v["root_seed"]
    for who in ("root", "next_root", "staff", "door"):
        v.same(f"{who}_public", public(v[f"{who}_seed"]))
    roots = [v["root_public"], v["next_root_public"]]
    anchors = Anchors(centre, roots, 3)
    v.same("anchors_fingerprint_current_next", anchors.fingerprint())

    number = {key: int(v.text(key)) for key in v.values if v.values[key].isdecimal() and len(v.values[key]) < 12}
    number["seat_caps"] = int(v.text("seat_caps"), 16)
    head = struct.pack(">BBHII32sB", 1, number["staff_role"], number["staff_roster_epoch"],
                       number["staff_not_before"], number["staff_not_after"], v["staff_public"], 0)
    staff = head + sign(root, b"lykta/1 staff", centre, head)
    v.same("staff_certificate", staff)
    head = v["seat_serial"] + struct.pack(">IIH", number["seat_not_before"], number["seat_not_after"],
                                          number["seat_caps"]) + v["seat_alias_id"]
    seat = head + sign(v["staff_seed"], b"lykta/1 seat", h(staff), v["seat_public"], head)
    v.same("seat_certificate", seat)
    anchors.check(staff, seat, v["seat_public"], {1}, 1_795_000_000, LATE)
    head = struct.pack(">BBHII32sB", 1, number["police_role"], number["staff_roster_epoch"],
                       number["staff_not_before"], number["staff_not_after"], v["next_root_public"], 0)
    v.same("police_certificate", head + sign(root, b"lykta/1 staff", centre, head))

    origin = v.text("origin").encode()
    delegation = sign(v["staff_seed"], b"lykta/1 door", h(seat), v["door_public"])
    admission = sign(v["door_seed"], b"lykta/1 admit", v["challenge"], struct.pack(">H", len(origin)), origin, h(seat))
    v.same("admission", staff + v["seat_public"] + seat + v["door_public"] + delegation + admission)

    entries = []
    for role, key, name, passkey in ((1, v["staff_public"], "Aïcha Öberg", bytes([7]) * 40),
                                     (2, v["next_root_public"], "Bo", b"")):
        head = struct.pack(">BBHII32sB", 1, role, number["staff_roster_epoch"], number["staff_not_before"],
                           number["staff_not_after"], key, 0)
        name = name.encode()
        entries.append(head + sign(root, b"lykta/1 staff", centre, head) + bytes([len(name)]) + name
                       + struct.pack(">H", len(passkey)) + passkey)
    roster = struct.pack(">BIHH", 1, number["roster_version"], number["roster_epoch"], 2) + b"".join(entries)
    roster += sign(root, b"lykta/1 roster", centre, roster)
    v.same("roster", roster)
    assert signed(roots[0], roster[-64:], b"lykta/1 roster", centre, roster[:-64])
    v.done()


def ends(v):
    anchors = Anchors(v["centre_id"], [v["root_public"]], int(v.text("min_roster_epoch")))
    key = v["seat_seed"]
    v.same("seat_public", X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw())
    return anchors, Seat(key, v["staff_certificate"], v["seat_certificate"]), int(v.text("now"))


def known(hello_seed, answer):
    """What encapsulation gave: its ciphertext as frozen, and the secret that the hello's key opens it to."""
    return MLKEM768PrivateKey.from_seed_bytes(hello_seed[32:96]).decapsulate(answer[:1088]), answer[:1088]


def note(v, key, sender, receiver, kind, flags, body):
    envelope = sender.seal(kind, flags, body)
    v.same(key, envelope)
    what, number, *rest = receiver.open(envelope)
    assert (what, number, rest) == ("note", sender.sealed - 1, [kind, flags, body]), key


def beat(v, key, sender, receiver, flags, ending=0):
    envelope = sender.beat(flags, ending)
    v.same(key, envelope)
    assert receiver.open(envelope)[-2:] == (flags, ending), key


def conversation(v, name, visitor, counsellor):
    for turn in range(1, 6):
        text = "å" * 400 if turn == 5 else f"fråga {turn}"
        note(v, f"{name}.visitor.{turn}", visitor, counsellor, WORDS, 0, text.encode())
        text = "ö" * 1500 if turn == 5 else f"svar {turn}"
        note(v, f"{name}.counsellor.{turn}", counsellor, visitor, WORDS, 0, text.encode())
    beat(v, f"{name}.visitor.beat", visitor, counsellor, 0x02 | 0x04)
    beat(v, f"{name}.counsellor.beat", counsellor, visitor, 0x08 | 0x20)


def greeted(v, name, anchors, seat, now, occasion, hello_seed, answer_seed):
    """Two sessions out of one greeting of which every byte was compared."""
    visitor = Greeting(True, anchors, seed=hello_seed, **occasion)
    hello = visitor.hello()
    v.same(f"{name}.hello", hello)
    counsellor = Greeting(False, anchors, seat=seat, seed=answer_seed, **occasion)
    answer, theirs = counsellor.answer(hello, known(hello_seed, v[f"{name}.answer"]))
    v.same(f"{name}.answer", answer)
    role, fingerprint, ours = visitor.finish(answer, now, lambda _: LATE)
    visitor = Session(True, anchors, ours, first=(role, fingerprint))
    return visitor, Session(False, anchors, theirs, seat=seat)


def chat():
    v = Vectors("e2ee.json")
    anchors, seat, now = ends(v)
    occasion = dict(kind=1, name=v["ticket_name"], chain=bytes(32), epoch=0)
    seeds = v["new.hello_seed"], v["new.answer_seed"]
    visitor, counsellor = greeted(v, "new", anchors, seat, now, occasion, *seeds)
    first = visitor.newest.hash
    note(v, "new.visitor.confirm", visitor, counsellor, CONFIRM, 0, b"")
    name = "Kim".encode()
    body = bytes([len(name)]) + name + "samtalsstöd".encode()
    note(v, "new.counsellor.alias", counsellor, visitor, ALIAS, 0, body)
    conversation(v, "new", visitor, counsellor)

    a, b = v["sas.nonce_a"], v["sas.nonce_b"]
    v.same("sas.commitment", h(b"lykta/1 sas", a))
    bits = int.from_bytes(hkdf(first, a + b, b"lykta/1 sas words")[:5], "big") >> 1
    v.same("sas.numbers", " ".join(str(1000 + (bits >> shift & 0x1FFF)) for shift in (26, 13, 0)))

    hello_seed, answer_seed = v["rekey.hello_seed"], v["rekey.answer_seed"]
    envelope = visitor.rekey_begin(hello_seed)
    v.same("rekey.visitor.rekey1", envelope)
    hello = counsellor.open(envelope)[-1]
    v.same("rekey.hello", hello)
    envelope = counsellor.rekey_answer(hello, answer_seed, known(hello_seed, v["rekey.answer"]))
    v.same("rekey.counsellor.rekey2", envelope)
    answer = visitor.open(envelope)[-1]
    v.same("rekey.answer", answer)
    visitor.rekey_finish(answer, now)
    conversation(v, "rekey", visitor, counsellor)
    envelope = visitor.seal(GOODBYE, 0, bytes([LEFT_FAST]))
    v.same("goodbye.visitor.note", envelope)
    beat(v, "goodbye.visitor.beat", visitor, counsellor, 0x10, LEFT_FAST)
    v.done()


def chained():
    v = Vectors("e2ee-chained.json")
    anchors, seat, now = ends(v)
    for name, kind in (("return", 3), ("transfer", 4), ("invite", 5)):
        occasion = dict(kind=kind, name=v["ticket_name"], chain=v["chain_secret"], epoch=0)
        visitor, counsellor = greeted(v, name, anchors, seat, now, occasion, v["hello_seed"], v["answer_seed"])
        note(v, f"{name}.visitor.confirm", visitor, counsellor, CONFIRM, 0, b"")
    v.done()


def staff():
    v = Vectors("e2ee-staff.json")
    anchors, begins, now = ends(v)
    v.unused.discard("ticket_name")  # a channel between seats has no ticket
    answers = other_seat(v)
    names = h(begins.certificate), h(answers.certificate)
    one = PairGreeting(True, anchors, *names, begins, v["staff_seed"])
    two = PairGreeting(False, anchors, *names, answers, v["answer_seed"])
    hello = one.hello()
    v.same("staff.hello", hello)
    answer = two.answer(hello, known(v["staff_seed"], v["staff.answer"]))
    v.same("staff.answer", answer)
    proof, ours = one.finish(answer, now)
    v.same("staff.proof", proof)
    theirs = two.proven(proof, now)
    conversation(v, "staff", Session(True, anchors, ours), Session(False, anchors, theirs, seat=answers))
    v.done()


def other_seat(v):
    other = Seat(v["other_seat_seed"], v["other_staff_certificate"], v["other_seat_certificate"])
    v.same("other_seat_public", X25519PrivateKey.from_private_bytes(other.key).public_key().public_bytes_raw())
    return other


def guests():
    v = Vectors("e2ee-guests.json")
    anchors, host, now = ends(v)
    guest = other_seat(v)
    ticket, own = v["ticket_name"], (h(host.certificate), h(guest.certificate))
    said = rooms.Round(1, v["round_secret"], [(1, 1, own[0]), (2, 2, own[1])])
    mark = said.mark(ticket)
    v.same("mark", mark)
    for name, seat, kind, chain, role in (("host", host, 1, bytes(32), 1), ("guest", guest, 5, v["chain_secret"], 2)):
        occasion = dict(kind=kind, name=ticket, chain=chain, epoch=0)
        seeds = v[f"{name}.hello_seed"], v[f"{name}.answer_seed"]
        visitor, theirs = greeted(v, name, anchors, seat, now, occasion, *seeds)
        assert visitor.first == (role, h(seat.certificate))
        note(v, f"{name}.visitor.confirm", visitor, theirs, CONFIRM, 0, b"")
        assert theirs.heard_mark is None
        visitor.mark = mark
        room = rooms.SeatsRoom(ticket, role, h(seat.certificate))
        note(v, f"{name}.visitor.room", visitor, theirs, rooms.ROOM, 0, said.body())
        assert room.hears_visitor(theirs, rooms.ROOM, said.body()) == [3 - role]
        note(v, f"{name}.visitor.words", visitor, theirs, WORDS, 0, "fråga 1".encode())
        note(v, f"{name}.visitor.part", visitor, theirs, rooms.PART, 0, b"")
        assert theirs.mark == theirs.heard_mark == mark
        note(v, f"{name}.seat.words", theirs, visitor, WORDS, 0, "svar 1".encode())
        note(v, f"{name}.seat.part", theirs, visitor, rooms.PART, 0, b"")
        assert visitor.heard_mark == mark

    room = ticket, said.secret
    one = PairGreeting(True, anchors, *own, host, v["pair.seed"], room)
    two = PairGreeting(False, anchors, *own, guest, v["pair.answer_seed"], room)
    hello = one.hello()
    v.same("pair.hello", hello)
    answer = two.answer(hello, known(v["pair.seed"], v["pair.answer"]))
    v.same("pair.answer", answer)
    proof, ours = one.finish(answer, now)
    v.same("pair.proof", proof)
    theirs = Session(False, anchors, two.proven(proof, now), seat=guest)
    ours = Session(True, anchors, ours)
    ours.mark = theirs.mark = mark
    conversation(v, "pair", ours, theirs)
    assert theirs.heard_mark == mark
    v.done()


def room_notes():
    """A list of its own form: what each note is, and its plaintext without the zeros behind it."""
    name = "e2ee-room.json"
    mark, *lines = json.loads((VECTORS / name).read_text())
    ticket, secret, kim = bytes.fromhex(mark["ticket"]), bytes([0x5C]) * 32, bytes([0x22]) * 32
    said = rooms.Round(1, secret, [(1, 1, bytes([0x11]) * 32), (2, 2, kim)])
    assert said.mark(ticket).hex() == mark["hex"]
    made = {
        "offer": (rooms.OFFER, rooms.offer(1, rooms.HAND_OVER, 2, 1, kim, secret, "Kim")),
        "invitation, ask": (rooms.INVITATION, rooms.invitation(rooms.ASK, rooms.GUEST, ticket, 1, 2, secret)),
        "invitation, yes": (rooms.INVITATION, rooms.invitation(rooms.YES, rooms.GUEST, ticket, 1, 2)),
        "let go": (rooms.LET_GO, b"\x02"),
        "room": (rooms.ROOM, said.body()),
        "part": (rooms.PART, b""),
    }
    for line in lines:
        what, inside = line["what"].removesuffix(", in the room"), line["what"].endswith(", in the room")
        kind, body = made[what]
        plain = struct.pack(">BBH", kind, 2 if inside else 0, len(body)) + (said.mark(ticket) if inside else b"") + body
        assert (plain.hex(), 512) == (line["hex"], line["bucket"]), line["what"]
    assert {line["what"].removesuffix(", in the room") for line in lines} == set(made), "a note that nobody made"
    opened = rooms.Round.opened(said.body())
    assert (opened.number, opened.secret, opened.members) == (said.number, said.secret, said.members)
    print(f"{name:<20} {1 + len(lines)} values made again, every one the same")


for replay in (trust, chat, chained, staff, guests, room_notes):
    replay()
