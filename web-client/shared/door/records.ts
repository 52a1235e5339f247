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
  /** What the visitor is asked; on their page only. */
  offer: Offer | null
  /** Who else is in the room, by number. */
  room: InRoom[]
  /** On the desk only. */
  asking?: Asking
}

/** Somebody who may come. */
export interface Offer {
  /** `Invite`. */
  kind: number
  /** The visitor has said yes. */
  called: boolean
  role: number
  name: string
}

/** Somebody else in the room. */
export interface InRoom {
  member: number
  role: number
  /** Heard of lately. */
  here: boolean
  typing: boolean
  name: string
}

/** Whom the counsellor asks in, and how it stands. */
export interface Asking {
  /** `Invite`; 0 nobody. */
  kind: number
  consent: boolean
  comes: boolean
  /** How the last one ended: 0 not, 1 came, 2 visitor's no, 3 colleague's no, 4 nothing came of it, 5 refused. */
  asked: number
  /** The chat is another seat's. */
  guest: boolean
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

/** Another counsellor's place on duty. */
export interface OtherSeat {
  seat: Uint8Array<ArrayBuffer>
  role: number
  ready: boolean
  chats: number
  capacity: number
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
  /** The other seats, by the relay's word. */
  | { kind: 'seats'; seats: OtherSeat[] }
  /** Has proven who they are. `bytes` is what an invitation takes. */
  | { kind: 'colleague'; staffKey: Uint8Array<ArrayBuffer>; seat: Uint8Array<ArrayBuffer>; role: number; name: string; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'gone'; seat: Uint8Array<ArrayBuffer> }
  /** About a chat: to a seat from one of our chats, from a seat otherwise. Secret: overwrite it. */
  | { kind: 'letter'; seat: Uint8Array<ArrayBuffer>; invitation: Uint8Array<ArrayBuffer> }
  /** A colleague's words. */
  | { kind: 'heard'; seat: Uint8Array<ArrayBuffer>; text: string }
  /** Own words to a colleague: taken with this id, or not (`NotSaid`). */
  | { kind: 'told'; seat: Uint8Array<ArrayBuffer>; id: number; reason: number }
  /** A colleague has opened everything up to these own words. */
  | { kind: 'opened'; seat: Uint8Array<ArrayBuffer>; upTo: number }
  | { kind: 'more' }

/** Reads the records of one door that the other has not. */
export type Other = (kind: number, payload: Reader) => Rec | null

/**
 * Reads a whole mailbox. Kinds a later machine may add are skipped; a record cut short throws RangeError,
 * which means that page and module do not belong together.
 */
export function decode(bytes: Uint8Array, other: Other = () => null): Rec[] {
  const reader = new Reader(bytes)
  const records: Rec[] = []
  while (reader.left > 0) {
    const kind = reader.u8()
    const payload = reader.bytes(reader.u32())
    const record = other(kind, new Reader(payload)) ?? decodeOne(kind, new Reader(payload))
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
    case 255:
      return { kind: 'more' }
    default:
      return null
  }
}

/** As both doors have it. */
export function readView(payload: Reader): View {
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
  const kind = payload.u8()
  const offer = kind ? { kind, called: payload.flag(), role: payload.u8(), name: payload.text(payload.u8()) } : null
  const room = Array.from({ length: payload.u8() }, () => {
    const [member, role, flags] = [payload.u8(), payload.u8(), payload.u8()]
    return { member, role, here: flags % 2 === 1, typing: flags > 1, name: payload.text(payload.u8()) }
  })
  return { ...view, ...who, returning, wait, compare, numbers, offer, room }
}
