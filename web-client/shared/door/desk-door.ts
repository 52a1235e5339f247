// A desk's door: what the visitor's page never reads, and need not carry.

import { Reader } from './bytes.ts'
import { Door } from './door.ts'
import { readView, type OtherSeat, type Rec } from './records.ts'

const HELLO = 2072
const CERTIFICATE = 109
/** Six groups of five digits with spaces between. */
const WORDS = 35

/** For `decode`. */
export function deskRecord(kind: number, payload: Reader): Rec | null {
  switch (kind) {
    case 5: {
      const view = readView(payload)
      const asking = {
        kind: payload.u8(), consent: payload.flag(), comes: payload.flag(), asked: payload.u8(), guest: payload.flag(),
      }
      return { kind: 'view', view: { ...view, asking } }
    }
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
    case 23: {
      const seats: OtherSeat[] = []
      while (payload.left > 0) {
        const [seat, role, ready] = [payload.bytes(16), payload.u8(), payload.flag()]
        seats.push({ seat, role, ready, chats: payload.u8(), capacity: payload.u8() })
      }
      return { kind: 'seats', seats }
    }
    case 24: {
      const staffKey = payload.bytes(32)
      const bytes = payload.rest()
      const one = new Reader(bytes)
      const seat = one.bytes(16)
      one.bytes(32)
      return { kind: 'colleague', staffKey, seat, role: one.u8(), name: one.text(one.left), bytes }
    }
    case 25:
      return { kind: 'gone', seat: payload.bytes(16) }
    case 26:
      return { kind: 'letter', seat: payload.bytes(16), invitation: payload.rest() }
    case 27:
      return { kind: 'heard', seat: payload.bytes(16), text: payload.text(payload.left) }
    case 28:
      return { kind: 'told', seat: payload.bytes(16), id: payload.u32(), reason: payload.u8() }
    case 29:
      return { kind: 'opened', seat: payload.bytes(16), upTo: payload.u32() }
    default:
      return null
  }
}

export class DeskDoor extends Door {
  protected override other(kind: number, payload: Reader): Rec | null {
    return deskRecord(kind, payload)
  }
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
