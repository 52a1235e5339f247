// A machine that says what a test tells it to: for the tests of the pages' own code, never shipped.
// Plain JavaScript, so that a browser can be given it as it stands.

const MAILBOX = 65_536

/** Bytes of one record. */
export function record(kind, payload = []) {
  const length = payload.length
  return [kind, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255, ...payload]
}

const be = (value, bytes) => {
  const out = []
  let left = BigInt(value)
  for (let i = 0; i < bytes; i += 1) {
    out.unshift(Number(left & 255n))
    left >>= 8n
  }
  return out
}
export const u16 = (value) => be(value, 2)
export const u32 = (value) => be(value, 4)
export const u64 = (value) => be(value, 8)
export const utf8 = (text) => Array.from(new TextEncoder().encode(text))

/** The VIEW record; what is not given is 0. `ofSeat`: a chat's, with what only a counsellor is shown.
 * `room`: the bytes of who is offered and who is in the room. */
export function view(given = {}) {
  const v = { phase: 1, link: 2, alias: '', ...given }
  const alias = utf8(v.alias)
  return record(5, [
    v.phase, v.link, ...u32(v.place ?? 0), v.openState ?? 0, v.closingSoon ?? 0, v.peer ?? 0,
    ...u64(v.peerSince ?? 0), v.peerTyping ?? 0, v.peerCovered ?? 0, v.silence ?? 0, v.held ?? 0,
    ...u16(v.unsent ?? 0), v.ending ?? 0, v.refusal ?? 0, v.about ?? 0, alias.length, ...alias, v.role ?? 0, v.wait ?? 0, v.returning ?? 0,
    v.numbers ? 2 : (v.compare ?? 0), ...(v.numbers ?? []).flatMap(u16), ...(v.room ?? [0, 0]),
    ...(v.ofSeat ? [0, 0, 0, 0, 0] : []),
  ])
}

export function said(id, from, text, at = 1_000) {
  return record(6, [...u32(id), from, ...u64(at), ...utf8(text)])
}

/** `answer(op, fields)` gives the bytes of all records; fields are what stands behind op, time and seed. */
export class FakeDoor {
  constructor(answer) {
    this.answer = answer
    this.memory = { buffer: new ArrayBuffer(MAILBOX + 1024) }
    this.commands = []
  }

  mailbox() {
    return 1024
  }

  step(length) {
    const box = new Uint8Array(this.memory.buffer, 1024, MAILBOX)
    const op = box[0]
    const fields = box.slice(137, length)
    this.commands.push({ op, fields, seed: box.slice(9, 137) })
    const out = this.answer(op, fields)
    if (typeof out === 'number') return out
    box.set(out)
    return out.length
  }
}
