// What the console shows for what is true: pure.

import { About, Ending, LinkState, Peer, Phase, Refusal, Returning, Trouble } from '../shared/door/words.ts'
import type { LineEntry, SeatView, View } from '../shared/door/records.ts'

const PROFESSIONAL = 2

export interface Words {
  key: string
  values?: Record<string, string | number>
}

/** The truth about the visitor's connection; a guess is never shown as a fact. */
export function contactWords(view: View | null): Words {
  if (!view || view.phase !== Phase.Talking) return { key: 'chat.connecting' }
  if (view.link !== LinkState.Up) return { key: 'chat.link' }
  switch (view.peer) {
    case Peer.Here:
      return { key: 'chat.here' }
    case Peer.Gone:
      return { key: 'chat.gone', values: { time: clock(view.peerSince) } }
    case Peer.Lost:
      return { key: 'chat.lost', values: { time: clock(view.peerSince) } }
    case Peer.LeftFast:
      return { key: 'chat.left' }
    case Peer.Unsure:
      return { key: 'chat.unsure' }
    default:
      return { key: 'chat.connecting' }
  }
}

/**
 * For whom the visitor writes, as they said before the chat; null when there is nothing to say: for themselves,
 * not heard yet, or not in a chat.
 */
export function aboutWords(view: View | null): string | null {
  if (view?.phase !== Phase.Talking) return null
  return view.about === About.Other || view.about === About.Work ? `about.${view.about}` : null
}

/**
 * Whether this visitor is known: by return words, and by nothing else. Null while nobody talks, and for a seat that
 * was asked in, as a guest or to take over: what was said of that stayed with who asked.
 */
export function knownWords(view: View | null, askedIn = false): string | null {
  if (view?.phase !== Phase.Talking || askedIn) return null
  return view.returning === Returning.CameBack || view.returning === Returning.Kept ? `known.${view.returning}` : 'known.0'
}

/** "Left fast" only when the visitor's own sealed goodbye said so; the relay's word alone is lost contact. */
export function overWords(view: View | null, putBack: boolean): string {
  if (putBack) return 'over.back'
  if (view?.peer === Peer.LeftFast) return 'over.3'
  switch (view?.ending) {
    case Ending.Helped:
      return 'over.1'
    case Ending.LeftFast:
    case Ending.LeftLine:
    case Ending.LostContact:
      return 'over.4'
    case Ending.EndedByCounsellor:
      return 'over.6'
    case Ending.Failed:
      return 'over.7'
    default:
      return 'over.other'
  }
}

export function notTakenWords(refusal: number): string {
  return refusal >= 7 && refusal <= 10 ? `not.taken.${refusal}` : 'not.taken.other'
}

/** Why the seat is not let in; null when it is, or when trying again helps. */
export function seatRefusedWords(refusal: number): string | null {
  if (refusal === Refusal.NotAdmitted) return 'refused.admission'
  if (refusal === Trouble.ClockWrong) return 'refused.clock'
  return refusal >= Trouble.NotTrusted ? 'refused.trust' : null
}

/** Whole minutes: a counsellor needs no more, and a list that ticks is restless. */
export function waitedWords(seconds: number): Words {
  return seconds < 60 ? { key: 'line.justnow' } : { key: 'line.minutes', values: { n: Math.floor(seconds / 60) } }
}

/** Who works with this and has waited so long that every seat is shown it: the lane that is never first. */
export function waitsTooLong(entry: LineEntry, sinceSeconds: number, shownAfter: number): boolean {
  return entry.lane === PROFESSIONAL && (entry.waitedSeconds + sinceSeconds) * 1000 >= shownAfter
}

/**
 * Those of the line that are shown while the number is hidden: who is next, who has waited too long, and whoever is
 * under a hand just now. The number could else be counted.
 */
export function shownRows(entries: LineEntry[], all: boolean, keep: (entry: LineEntry) => boolean): LineEntry[] {
  if (all) return entries
  const next = entries.find((entry) => entry.present) ?? entries[0]
  return entries.filter((entry) => entry === next || keep(entry))
}

/** 10.42, the way Swedish writes it. */
export function clock(at: number): string {
  const time = new Date(at)
  return `${String(time.getHours()).padStart(2, '0')}.${String(time.getMinutes()).padStart(2, '0')}`
}

export function mayTake(seat: SeatView | null, hasRoom: boolean, entries: LineEntry[]): boolean {
  return seat !== null && seat.admitted && seat.ready && hasRoom && entries.some((entry) => entry.present)
}

/** Tickets that were not there before: what the bell rings for. */
export function newcomers(before: ReadonlySet<string>, now: Iterable<string>): string[] {
  return [...now].filter((ticket) => !before.has(ticket))
}
