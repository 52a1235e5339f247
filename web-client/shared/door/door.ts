// One WASM instance: one fixed memory, one mailbox, wiped whole.

import { Writer, type Reader } from './bytes.ts'
import { DRAIN, type Command } from './commands.ts'
import { decode, type Rec } from './records.ts'

/** What every module exports. */
export interface DoorExports {
  memory: { readonly buffer: ArrayBufferLike }
  mailbox(): number
  step(length: number): number
}

/** The machine met a bug of its own; nothing in it may be used any more. */
export class DoorFailed extends Error {}

const MAILBOX = 65_536
const SEED = 128
const FAILED = 0xffff_ffff

export class Door {
  #exports: DoorExports | null
  readonly #now: () => number
  readonly #fillRandom: (bytes: Uint8Array<ArrayBuffer>) => void

  constructor(
    exports: DoorExports,
    now: () => number = Date.now,
    fillRandom: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => crypto.getRandomValues(bytes),
  ) {
    this.#exports = exports
    this.#now = now
    this.#fillRandom = fillRandom
  }

  get wiped(): boolean {
    return this.#exports === null
  }

  /** One step and all its records. After a wipe nothing happens. Throws DoorFailed; then wipe. */
  step(command: Command): Rec[] {
    let records = this.#once(command)
    while (records.at(-1)?.kind === 'more') {
      records.pop()
      records = records.concat(this.#once(DRAIN))
    }
    return records
  }

  /** Overwrites everything the machine ever held, then lets go of it. */
  wipe(): void {
    const exports = this.#exports
    this.#exports = null
    if (exports) new Uint8Array(exports.memory.buffer).fill(0)
  }

  /** Records that only one of the doors has. */
  protected other(_kind: number, _payload: Reader): Rec | null {
    return null
  }

  #once(command: Command): Rec[] {
    const exports = this.#exports
    if (!exports) return []
    try {
      const at = exports.mailbox()
      const box = new Uint8Array(exports.memory.buffer as ArrayBuffer, at, MAILBOX)
      const writer = new Writer(box)
      writer.u8(command.op).u64(this.#now())
      // Straight into the machine's memory, so that no seed lies on the page's own heap.
      this.#fillRandom(writer.room(SEED) as Uint8Array<ArrayBuffer>)
      command.write?.(writer)
      const given = writer.length
      const length = exports.step(given) >>> 0
      if (length === FAILED || length > MAILBOX) throw new DoorFailed(`step ${command.op} failed`)
      const records = decode(box.subarray(0, length), (kind, payload) => this.other(kind, payload))
      box.fill(0, 0, Math.max(given, length))
      return records
    } catch (error) {
      // A trap of the module, a field too long for the mailbox, a record cut short: all the same to us.
      throw error instanceof DoorFailed ? error : new DoorFailed(String(error))
    }
  }
}
