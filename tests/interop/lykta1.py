"""`lykta/1`, written from protocol/manual/e2ee.md and from nothing else.

Not for use with people: it erases nothing. It exists so that the manual and the Rust crate have somebody to
disagree with.
"""

import hashlib
import os
import struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from noise.connection import Keypair, NoiseConnection

NAME = b"Noise_NXpsk2_25519_ChaChaPoly_SHA256"
STAFF_NAME = b"Noise_XXpsk3_25519_ChaChaPoly_SHA256"
BUCKETS = (512, 2048, 4096)
KIND_HELLO, KIND_ANSWER, KIND_KEPT, KIND_BEAT = 1, 2, 3, 4
ROLES = set(range(1, 11))
IN_CHATS = ROLES - {4}
OCCASION_ROLES = {1: {1}, 2: ROLES, 3: {1}, 4: {1}, 5: IN_CHATS, 6: ROLES, 7: IN_CHATS}
MARKED = 0x02
DAY, LATE, LATE_RUNNING = 86_400, 600, 5_400


class Drop(Exception):
    """Say nothing, count."""


class Refused(Exception):
    """Not the centre's."""


class Fatal(Exception):
    """The chat is over."""


def h(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf(salt, ikm, info):
    return HKDF(hashes.SHA256(), 32, salt=salt, info=info).derive(ikm)


def signed(public, signature, label, *parts):
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, bytes([len(label)]) + label + b"".join(parts))
        return True
    except (InvalidSignature, ValueError):
        return False


class Anchors:
    def __init__(self, centre, roots, min_epoch):
        self.centre, self.roots, self.min_epoch = centre, roots, min_epoch

    def fingerprint(self):
        return h(self.centre, bytes([len(self.roots)]), *self.roots)

    def check(self, staff, seat, key, roles, now, late):
        """Section 1 of the manual, in its order."""
        ver, role, epoch, start, end, person, flags = struct.unpack(">BBHII32sB", staff[:45])
        if ver != 1 or flags != 0:
            raise Refused("layout")
        if not any(signed(r, staff[45:], b"lykta/1 staff", self.centre, staff[:45]) for r in self.roots):
            raise Refused("root")
        if now + DAY < start or now > min(end, start + 35 * DAY) + late:
            raise Refused("staff dates")
        if epoch < self.min_epoch:
            raise Refused("epoch")
        if role not in roles:
            raise Refused("role")
        if not signed(person, seat[42:], b"lykta/1 seat", h(staff), key, seat[:42]):
            raise Refused("seat")
        start, end = struct.unpack(">II", seat[16:24])
        if now + DAY < start or now > min(end, start + 36_000) + late:
            raise Refused("seat dates")
        return role


def payload(seat, rs):
    filled = bytes([1]) + bytes(7) + seat.staff + seat.certificate + rs
    return filled + bytes(320 - len(filled))


def opened_payload(plain):
    if len(plain) != 320 or plain[0] != 1 or any(plain[255:]):
        raise Refused("payload")
    return plain[8:117], plain[117:223], plain[223:255]


class Greeting:
    """One end of a greeting of any kind. `seed`: the random bytes of section 2, where they must be known."""

    def __init__(self, initiator, anchors, kind, name, chain, epoch, seat=None, seed=None):
        self.anchors, self.kind, self.chain, self.epoch, self.seat = anchors, kind, chain, epoch, seat
        self.seed = seed
        ctx = h(b"lykta/1 ctx", bytes([kind]), name)
        self.noise = NoiseConnection.from_name(STAFF_NAME if kind in (6, 7) else NAME)
        self.noise.set_prologue(b"lykta/1" + bytes([kind]) + struct.pack(">H", epoch) + ctx + anchors.fingerprint())
        if initiator:
            self.noise.set_as_initiator()
        else:
            self.noise.set_as_responder()
        if seat is not None:
            self.noise.set_keypair_from_private_bytes(Keypair.STATIC, seat.key)
        if seed is not None:
            self.noise.set_keypair_from_private_bytes(Keypair.EPHEMERAL, seed[:32])
        self.noise.set_psks(bytes(32))  # the real one is known later
        self.noise.start_handshake()

    def _set_psk(self, secret, ek, ct):
        psk = hkdf(self.chain, secret, b"lykta/1 psk" + h(ek, ct))
        self.noise.noise_protocol.psks = [psk]

    def hello(self):
        if self.seed is None:
            self.dk = MLKEM768PrivateKey.generate()
        else:
            self.dk = MLKEM768PrivateKey.from_seed_bytes(self.seed[32:96])
        self.ek = self.dk.public_key().public_bytes_raw()
        return bytes(self.noise.write_message(self.ek))

    def _encapsulated(self, hello, known):
        ek = bytes(self.noise.read_message(hello))
        secret, ct = known or MLKEM768PublicKey.from_public_bytes(ek).encapsulate()
        self._set_psk(secret, ek, ct)
        self.rs = os.urandom(32) if self.seed is None else self.seed[64:96]
        return ct

    def answer(self, hello, known=None):
        """`known`: secret and ciphertext of ML-KEM, because this library cannot be given the randomness."""
        ct = self._encapsulated(hello, known)
        answer = ct + bytes(self.noise.write_message(payload(self.seat, self.rs)))
        return answer, Epoch(self.noise, self.epoch, self.rs, initiator=False)

    def finish(self, answer, now, late):
        secret = self.dk.decapsulate(answer[:1088])
        self._set_psk(secret, self.ek, answer[:1088])
        handshake = self.noise.noise_protocol.handshake_state
        try:
            plain = bytes(self.noise.read_message(answer[1088:]))
        except InvalidTag:
            raise Refused("answer") from None
        key = handshake.rs.public_bytes
        staff, seat, rs = opened_payload(plain)
        late = late(h(seat))
        role = self.anchors.check(staff, seat, key, OCCASION_ROLES[self.kind], now, late)
        return role, h(seat), Epoch(self.noise, self.epoch, rs, initiator=True)


class PairGreeting(Greeting):
    """Two seats: a staff channel (section 8), or, under a round's secret, a pair of one room (section 9)."""

    def __init__(self, initiator, anchors, begins, answers, seat, seed=None, room=None):
        """`begins`, `answers`: H(seat certificate). `room`: the ticket's name and the round's secret."""
        kind, name, chain = 6, h(b"lykta/1 staff channel", begins, answers), bytes(32)
        if room is not None:
            ticket, chain = room
            kind, name = 7, h(b"lykta/1 room pair", ticket, begins, answers)
        super().__init__(initiator, anchors, kind, name, chain, 0, seat, seed)
        self.meant = answers if initiator else begins

    def _checked(self, message, now):
        handshake = self.noise.noise_protocol.handshake_state
        try:
            staff, seat, rs = opened_payload(bytes(self.noise.read_message(message)))
        except InvalidTag:
            raise Refused("message") from None
        if h(seat) != self.meant:
            raise Refused("seat")
        self.role = self.anchors.check(staff, seat, handshake.rs.public_bytes, OCCASION_ROLES[self.kind], now, LATE)
        return rs

    def answer(self, hello, known=None):
        ct = self._encapsulated(hello, known)
        # The psk set above waits for the proof.
        return ct + bytes(self.noise.write_message(payload(self.seat, self.rs)))

    def finish(self, answer, now):
        theirs = self._checked(answer[1088:], now)
        self._set_psk(self.dk.decapsulate(answer[:1088]), self.ek, answer[:1088])
        own = os.urandom(32) if self.seed is None else self.seed[96:128]
        proof = bytes(self.noise.write_message(payload(self.seat, own)))
        return proof, Epoch(self.noise, 0, theirs + own, initiator=True)

    def proven(self, proof, now):
        theirs = self._checked(proof, now)
        return Epoch(self.noise, 0, self.rs + theirs, initiator=False)


class Epoch:
    """The keys of one epoch."""

    def __init__(self, noise, number, rs, initiator):
        self.number = number
        self.hash = bytes(noise.get_handshake_hash())
        self.next = hkdf(self.hash, rs, b"lykta/1 next")
        beats = hkdf(self.hash, rs, b"lykta/1 beat v"), hkdf(self.hash, rs, b"lykta/1 beat c")
        self.beat_seal, self.beat_open = beats if initiator else reversed(beats)
        self.kept_seal = noise.noise_protocol.cipher_state_encrypt
        self.kept_open = noise.noise_protocol.cipher_state_decrypt


class Seat:
    def __init__(self, key, staff, certificate):
        self.key, self.staff, self.certificate = key, staff, certificate


def header(kind, epoch, number):
    return struct.pack(">BBHI", 1, kind, epoch, number)


def bare(kind, body, number=0):
    """Hello and answer on the wire; a proof has kind 1 and number 1."""
    return header(kind, 0, number) + body + bytes(2064 - len(body))


class Session:
    """Sections 3 to 5 of the manual, for either end."""

    def __init__(self, initiator, anchors, epoch, seat=None, first=None):
        self.initiator, self.anchors, self.seat, self.first = initiator, anchors, seat, first
        self.newest = epoch
        self.kept_seal = self.beat_seal = epoch
        self.kept_open = [epoch]  # oldest first; at most two
        self.beat_open = [epoch]
        self.sealed = self.wanted = self.beats = 0
        self.beat_seen = -1
        self.greeting = None
        self.mark = None  # of the room that our notes are sealed in
        self.heard_mark = None  # of the one that the note opened last was sealed in

    def seal(self, kind, flags, body):
        marked = body if self.mark is None else self.mark + body
        flags |= 0 if self.mark is None else MARKED
        plain = struct.pack(">BBH", kind, flags, len(body)) + marked
        bucket = next(b for b in BUCKETS if b >= len(plain))
        head = header(KIND_KEPT, self.kept_seal.number, self.sealed)
        cipher = self.kept_seal.kept_seal
        sealed = cipher.encrypt_with_ad(head, plain + bytes(bucket - len(plain)))
        cipher.rekey()
        self.sealed += 1
        return head + sealed

    def open(self, envelope):
        if len(envelope) not in (536, 2072, 4120) or envelope[0] != 1:
            raise Drop("malformed")
        kind, epoch, number = struct.unpack(">xBHI", envelope[:8])
        if kind == KIND_KEPT:
            return self._open_kept(envelope, epoch, number)
        if kind == KIND_BEAT and len(envelope) == 536:
            return self._open_beat(envelope, epoch, number)
        raise Drop("malformed")

    def _open_kept(self, envelope, epoch, number):
        if number != self.wanted:
            raise Drop("old" if number < self.wanted else "gap")
        keys = next((k for k in self.kept_open if k.number == epoch), None)
        if keys is None:
            raise Drop("forged")
        try:
            plain = bytes(keys.kept_open.decrypt_with_ad(envelope[:8], envelope[8:]))
        except InvalidTag:
            raise Drop("forged") from None
        keys.kept_open.rekey()
        self.wanted += 1
        while self.kept_open[0] is not keys:
            self.kept_open.pop(0)
            if not self.initiator:
                self.beat_open = [keys]
                self.beat_seal = keys
        note, flags, length = struct.unpack(">BBH", plain[:4])
        begin = 8 if flags & MARKED else 4
        if begin + length > len(plain) or any(plain[begin + length:]):
            raise Fatal("padding")
        self.heard_mark = plain[4:8] if flags & MARKED else None
        return ("note", number, note, flags & ~MARKED, plain[begin:begin + length])

    def beat(self, flags, ending):
        head = header(KIND_BEAT, self.beat_seal.number, self.beats)
        plain = struct.pack(">IHBB", self.wanted, self.kept_open[0].number, flags, ending) + bytes(504)
        nonce = bytes(4) + struct.pack("<Q", self.beats)
        self.beats += 1
        return head + ChaCha20Poly1305(self.beat_seal.beat_seal).encrypt(nonce, plain, head)

    def _open_beat(self, envelope, epoch, number):
        if number <= self.beat_seen:
            raise Drop("old")
        keys = next((k for k in self.beat_open if k.number == epoch), None)
        if keys is None:
            raise Drop("forged")
        nonce = bytes(4) + struct.pack("<Q", number)
        try:
            plain = ChaCha20Poly1305(keys.beat_open).decrypt(nonce, envelope[8:], envelope[:8])
        except InvalidTag:
            raise Drop("forged") from None
        self.beat_seen = number
        if keys is not self.beat_open[0]:
            self.beat_open = [keys]
            if not self.initiator:
                self.beat_seal = keys
        if any(plain[8:]):
            raise Fatal("padding")
        wanted, epoch, flags, ending = struct.unpack(">IHBB", plain[:8])
        return ("beat", number, wanted, epoch, flags, ending)

    def _occasion(self):
        return dict(kind=2, name=self.newest.hash, chain=self.newest.next, epoch=self.newest.number + 1)

    def rekey_begin(self, seed=None):
        self.greeting = Greeting(True, self.anchors, seed=seed, **self._occasion())
        return self.seal(3, 0, self.greeting.hello())

    def rekey_answer(self, hello, seed=None, known=None):
        greeting = Greeting(False, self.anchors, seat=self.seat, seed=seed, **self._occasion())
        answer, epoch = greeting.answer(hello, known)
        envelope = self.seal(4, 0, answer)
        self.newest = self.kept_seal = epoch
        self.kept_open.append(epoch)
        self.beat_open.append(epoch)
        return envelope

    def rekey_finish(self, answer, now):
        first_role, first_seat = self.first

        def late(seat):
            return LATE_RUNNING if seat == first_seat else LATE

        role, seat, epoch = self.greeting.finish(answer, now, late)
        if role != first_role:
            raise Refused("role")
        self.greeting = None
        self.newest = self.kept_seal = self.beat_seal = epoch
        self.kept_open = [epoch]
        self.beat_open = [self.beat_open[-1], epoch]
        return role, seat


def serve(commands):
    """One command per line on standard input, one reply per line on standard output."""
    import sys

    for line in sys.stdin:
        word, *arguments = line.split()
        try:
            reply = commands[word](*arguments)
        except Drop as drop:
            reply = f"drop {drop}"
        except Refused as refused:
            reply = f"refused {refused}"
        except Fatal as fatal:
            reply = f"fatal {fatal}"
        print(reply, flush=True)


def described(opened):
    what, *values = opened
    values = [v.hex() or "-" if isinstance(v, bytes) else str(v) for v in values]
    return " ".join([what, *values])


def body(text):
    return b"" if text == "-" else bytes.fromhex(text)
