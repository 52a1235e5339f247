// What comes out of the machines: `kind u8 | len u32 | payload`, repeated.

import { Reader } from './bytes.ts'
import { Compare } from './words.ts'

/** Everything a conversation shows, apart from its messages. */
export interface View {
  phase: number
  link: number
  /** 1 is next in line; 0 unknown. */
  place: number
  openState: number
  closingSoon: boolean
  peer: number
  /** Wall clock, milliseconds; 0 unless the peer is gone. */
  peerSince: number
  peerTyping: boolean
  peerCovered: boolean
  silence: number
  held: boolean
  unsent: number
  ending: number
  refusal: number
  /** For whom the visitor writes (`About`), by their sealed word; 0 unknown. On the desk only, while the chat lasts. */
  about: number
  alias: string
  /** Role of the peer's certificate; 0 unknown. */
  role: number
  /** Return words (`Returning`). */
  returning: number
  /** How long the line may take (`waitMinutes`); 0 unknown. */
  wait: number
  /** Words to compare (`Compare`). */
  compare: number
  /** The three numbers, when they are there. */
  numbers: number[]
}

export interface Message {
  id: number
  /** 0 the visitor, 1 the counsellor, 2 and up guests. */
  from: number
  at: number
  text: string
}

export interface LineEntry {
  ticket: Uint8Array<ArrayBuffer>
  lane: number
  present: boolean
  waitedSeconds: number
  languages: string[]
}

export interface Taken {
  ticket: Uint8Array<ArrayBuffer>
  claim: number
  lane: number
  languages: string[]
  hello: Uint8Array<ArrayBuffer>
  /** What to answer under when the visitor came back with return words, else empty. Secret: overwrite it. */
  key: Uint8Array<ArrayBuffer>
}

export interface SeatView {
  link: number
  admitted: boolean
  ready: boolean
  state: number
  refusal: number
}

/** Somebody of the staff, by the word of the root. */
export interface Person {
  role: number
  /** 0: the staff key is in a key file. */
  keyGeneration: number
  /** Unix seconds. */
  notBefore: number
  notAfter: number
  certificate: Uint8Array<ArrayBuffer>
  name: string
}

export type Rec =
  | { kind: 'open' }
  | { kind: 'close' }
  | { kind: 'send'; frame: Uint8Array<ArrayBuffer> }
  | { kind: 'wake'; at: number }
  | { kind: 'view'; view: View }
  | { kind: 'said'; message: Message }
  | { kind: 'delivered'; upTo: number }
  | { kind: 'leave'; body: Uint8Array<ArrayBuffer> }
  | { kind: 'notSaid'; reason: number }
  | { kind: 'emptied' }
  | { kind: 'seat'; bundle: Uint8Array<ArrayBuffer> }
  | { kind: 'line'; state: number; total: number; entries: LineEntry[] }
  | { kind: 'taken'; taken: Taken }
  | { kind: 'notTaken'; refusal: number }
  | { kind: 'seatView'; seat: SeatView }
  | { kind: 'retry'; at: number }
  | { kind: 'person'; person: Person }
  | { kind: 'request'; words: string; text: string }
  /** From a chat, for the seat: return words. Secret: overwrite it. */
  | { kind: 'keep'; words: Uint8Array<ArrayBuffer> }
  | { kind: 'forget' }
  /** From the seat, for the chat of this ticket: its visitor's return words are kept. */
  | { kind: 'kept'; ticket: Uint8Array<ArrayBuffer> }
  | { kind: 'more' }

const HELLO = 2072
const CERTIFICATE = 109
/** Six groups of five digits with spaces between. */
const WORDS = 35

/**
 * Reads a whole mailbox. Kinds a later machine may add are skipped; a record cut short throws RangeError,
 * which means that page and module do not belong together.
 */
export function decode(bytes: Uint8Array): Rec[] {
  const reader = new Reader(bytes)
  const records: Rec[] = []
  while (reader.left > 0) {
    const kind = reader.u8()
    const payload = reader.bytes(reader.u32())
    const record = decodeOne(kind, new Reader(payload))
    // Plain text and secrets passed through here; what was read out lives on in the record alone.
    payload.fill(0)
    if (record) records.push(record)
  }
  return records
}

function decodeOne(kind: number, payload: Reader): Rec | null {
  switch (kind) {
    case 1:
      return { kind: 'open' }
    case 2:
      return { kind: 'close' }
    case 3:
      return { kind: 'send', frame: payload.rest() }
    case 4:
      return { kind: 'wake', at: payload.u64() }
    case 5:
      return { kind: 'view', view: readView(payload) }
    case 6:
      return {
        kind: 'said',
        message: { id: payload.u32(), from: payload.u8(), at: payload.u64(), text: payload.text(payload.left) },
      }
    case 7:
      return { kind: 'delivered', upTo: payload.u32() }
    case 8:
      return { kind: 'leave', body: payload.rest() }
    case 9:
      return { kind: 'notSaid', reason: payload.u8() }
    case 10:
      return { kind: 'emptied' }
    case 11:
      return { kind: 'seat', bundle: payload.rest() }
    case 12:
      return readLine(payload)
    case 13:
      return {
        kind: 'taken',
        taken: {
          ticket: payload.bytes(32),
          claim: payload.u32(),
          lane: payload.u8(),
          languages: readTags(payload),
          hello: payload.bytes(HELLO),
          key: payload.rest(),
        },
      }
    case 14:
      return { kind: 'notTaken', refusal: payload.u8() }
    case 15:
      return {
        kind: 'seatView',
        seat: {
          link: payload.u8(),
          admitted: payload.flag(),
          ready: payload.flag(),
          state: payload.u8(),
          refusal: payload.u8(),
        },
      }
    case 16:
      return { kind: 'retry', at: payload.u64() }
    case 17:
      return {
        kind: 'person',
        person: {
          role: payload.u8(),
          keyGeneration: payload.u16(),
          notBefore: payload.u32(),
          notAfter: payload.u32(),
          certificate: payload.bytes(CERTIFICATE),
          name: payload.text(payload.u8()),
        },
      }
    case 18:
      return { kind: 'request', words: payload.text(WORDS), text: payload.text(payload.left) }
    case 20:
      return { kind: 'keep', words: payload.rest() }
    case 21:
      return { kind: 'forget' }
    case 22:
      return { kind: 'kept', ticket: payload.bytes(32) }
    case 255:
      return { kind: 'more' }
    default:
      return null
  }
}

function readView(payload: Reader): View {
  const view = {
    phase: payload.u8(),
    link: payload.u8(),
    place: payload.u32(),
    openState: payload.u8(),
    closingSoon: payload.flag(),
    peer: payload.u8(),
    peerSince: payload.u64(),
    peerTyping: payload.flag(),
    peerCovered: payload.flag(),
    silence: payload.u8(),
    held: payload.flag(),
    unsent: payload.u16(),
    ending: payload.u8(),
    refusal: payload.u8(),
    about: payload.u8(),
  }
  const who = { alias: payload.text(payload.u8()), role: payload.u8() }
  const wait = payload.u8()
  const returning = payload.u8()
  const compare = payload.u8()
  const numbers = Array.from({ length: compare === Compare.Numbers ? 3 : 0 }, () => payload.u16())
  return { ...view, ...who, returning, wait, compare, numbers }
}

function readLine(payload: Reader): Rec {
  const state = payload.u8()
  const total = payload.u32()
  const entries = Array.from({ length: payload.u8() }, () => ({
    ticket: payload.bytes(32),
    lane: payload.u8(),
    present: payload.flag(),
    waitedSeconds: payload.u32(),
    languages: readTags(payload),
  }))
  return { kind: 'line', state, total, entries }
}

function readTags(payload: Reader): string[] {
  return Array.from({ length: payload.u8() }, () => payload.text(8).replace(/\0+$/, ''))
}
