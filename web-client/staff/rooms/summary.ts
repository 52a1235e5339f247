// What a counsellor wants a newcomer to know. The visitor reads it first, as a message of the chat; it is passed on when the
// visitor and the newcomer have both said yes, and otherwise to nobody. The newcomer hears at once that there is one: should
// the counsellor vanish before it is passed on, they know what to ask for. No document.

import type { Asking } from '../../shared/door/records.ts'

/** The first character of a staff text that is a summary; the ticket's name follows, in hex. */
const STX = '\u0002'
const TICKET = 64
/** So many characters at most: a summary, not a transcript. */
export const SUMMARY_MOST = 1_000

/** That there will be one has no text. */
export const packSummary = (ticket: string, text: string): string => STX + ticket + text

/** Null for any other text. */
export function readSummary(text: string): { ticket: string; text: string } | null {
  if (!text.startsWith(STX) || text.length < 1 + TICKET) return null
  return { ticket: text.slice(1, 1 + TICKET), text: text.slice(1 + TICKET) }
}

/** One chat's summary, from the moment the visitor was shown it to the moment it is passed on or dropped. */
export class Summary {
  #waiting: { to: string; text: string } | null = null
  /** The machine has begun to ask: what it said of an earlier question counts no more. */
  #asked = false

  shown(to: string, text: string): void {
    this.#waiting = text === '' ? null : { to, text }
    this.#asked = false
  }

  /** What is to be passed on now, once. */
  follow(asking: Asking | undefined): { to: string; text: string } | null {
    const waiting = this.#waiting
    if (!waiting || !asking) return null
    if (asking.kind !== 0) this.#asked = true
    const yes = asking.kind !== 0 ? asking.consent && asking.comes : this.#asked && asking.asked === CAME
    if (yes || (asking.kind === 0 && this.#asked)) this.drop()
    return yes ? waiting : null
  }

  drop(): void {
    this.#waiting = null
  }
}

/** As `Asking.asked` has it. */
const CAME = 1
