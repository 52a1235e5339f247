// Plays a frozen chat (protocol/manual/vectors/doors*.json) through modules. Plain JavaScript, so that a browser can
// be given it as it stands.

const MAILBOX = 65_536
/** `op u8 | now u64 | seed 128` */
const HEAD = 137

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
export const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/**
 * @param {{ steps: { door: string, op: number, now: number, seed: number, fields: string, answer: string }[] }} vector
 * @param {(module: 'visit' | 'desk') => import('../shared/door/door.ts').DoorExports} fresh
 */
export function* replay(vector, fresh) {
  const doors = {}
  for (const step of vector.steps) {
    const door = (doors[step.door] ??= fresh(step.door.startsWith('visit') ? 'visit' : 'desk'))
    const box = new Uint8Array(door.memory.buffer, door.mailbox(), MAILBOX)
    const view = new DataView(box.buffer, box.byteOffset, HEAD)
    const fields = unhex(step.fields)
    view.setUint8(0, step.op)
    view.setBigUint64(1, BigInt(step.now))
    for (let n = 0; n < 16; n += 1) {
      view.setBigUint64(9 + 8 * n, BigInt.asUintN(64, BigInt(step.seed) * 1_000_003n + BigInt(n * 7_919)))
    }
    box.set(fields, HEAD)
    const seed = box.slice(9, HEAD)
    const length = door.step(HEAD + fields.length) >>> 0
    if (length > MAILBOX) throw new Error(`step ${step.at} failed`)
    const answer = hex(box.subarray(0, length))
    box.fill(0, 0, Math.max(HEAD + fields.length, length))
    yield { step, door, doors, seed, answer }
  }
}
