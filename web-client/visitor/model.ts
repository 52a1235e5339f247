// What the page shows for what is true: pure, so that it can be tested without a page.

import {
  Ending, LinkState, Peer, Phase, Refusal, Returning, Silence, Trouble, WAIT_FREE, openState, waitMinutes, type OpenState,
} from '../shared/door/words.ts'
import type { View } from '../shared/door/records.ts'

export type Screen = 'safety' | 'who' | 'talk' | 'over'

/** Where the visitor is before the machine has anything to show. */
export type Step = 'safety' | 'who'

/** Why a chat is over where the machine's own word is not enough. */
export type OwnEnding = 'ended' | 'hidden' | 'failed' | null

export function screenOf(step: Step, view: View | null, own: OwnEnding): Screen {
  if (own) return 'over'
  switch (view?.phase) {
    case Phase.Joining:
    case Phase.Waiting:
    case Phase.Greeting:
    case Phase.Talking:
      return 'talk'
    case Phase.Over:
      return isRefusedAtDoor(view) ? 'who' : 'over'
    default:
      return step
  }
}

/** Refused before any place in line: the visitor stays where "Starta chatten" is and reads why. */
export function isRefusedAtDoor(view: View): boolean {
  return view.phase === Phase.Over && view.ending === Ending.TurnedAway && view.refusal !== Refusal.None
}

/** A text key and what is to be filled in. */
export interface Words {
  key: string
  values?: Record<string, string | number>
}

/** The one status line of the conversation. */
export function statusWords(view: View): Words {
  if (view.phase < Phase.Talking && view.returning === Returning.CameBack) {
    return { key: refusalWords(view.refusal) ?? 'return.joining' }
  }
  if (view.phase === Phase.Joining) return { key: refusalWords(view.refusal) ?? 'line.joining' }
  if (view.phase === Phase.Greeting) return { key: 'line.greeting' }
  if (view.phase === Phase.Talking) {
    return view.alias ? { key: 'talk.here.named', values: { name: view.alias } } : { key: 'talk.here' }
  }
  if (openState(view.openState) === 'away' && view.place > 0) return { key: 'line.away', values: { n: view.place } }
  if (view.place === 1 && view.wait !== WAIT_FREE) return { key: 'line.next' }
  if (view.place > 0) return { key: 'line.place', values: { n: view.place } }
  return { key: 'line.title' }
}

/** How long the line may take, in words: nothing but what is known. Null when the words about the place say it. */
export function waitWords(view: View): Words | null {
  if (view.phase !== Phase.Waiting || view.place === 0 || openState(view.openState) === 'away') return null
  if (view.wait === WAIT_FREE) return { key: 'line.free' }
  const minutes = waitMinutes(view.wait)
  if (!minutes) return view.place > 1 ? { key: 'line.asap' } : null
  const { from, to } = minutes
  if (to === null) return { key: 'line.over' }
  return from === 0 ? { key: 'line.within', values: { to } } : { key: 'line.between', values: { from, to } }
}

export interface Banners {
  link: boolean
  peer: boolean
  choice: boolean
  silence: 'silence.ask' | 'silence.warn' | null
  closing: boolean
}

/**
 * At most one banner about contact: two at once would only frighten. `failed`: the first try to reach the relay has
 * failed; before that "Vi ställer dig i kön …" is the truth.
 */
export function banners(view: View, choosesToWait: boolean, failed = false): Banners {
  const inChat = view.phase === Phase.Talking
  const link = view.link !== LinkState.Up && (view.phase !== Phase.Joining || failed)
  const lost = inChat && !link && view.peer === Peer.Lost
  const gone = inChat && !link && view.peer === Peer.Gone
  const silence = inChat && !link ? view.silence : Silence.None
  return {
    link,
    choice: lost && !choosesToWait,
    peer: gone || (lost && choosesToWait),
    silence: silence === Silence.Warn ? 'silence.warn' : silence === Silence.Ask ? 'silence.ask' : null,
    closing: view.phase === Phase.Waiting && view.closingSoon,
  }
}

export function overWords(view: View | null, own: OwnEnding): string {
  if (own === 'ended') return 'over.body'
  if (own === 'hidden') return 'over.hidden'
  if (own === 'failed') return 'over.failed'
  switch (view?.ending) {
    case Ending.LeftLine:
      return 'over.left'
    case Ending.LostContact:
      return 'over.cut'
    case Ending.TurnedAway:
      return 'over.turned'
    case Ending.Failed:
      return view.refusal === Trouble.ClockWrong ? 'over.clock' : 'over.failed'
    case Ending.None:
      return 'over.replaced'
    default:
      return 'over.body'
  }
}

export function refusalWords(refusal: number): string | null {
  switch (refusal) {
    case Refusal.None:
      return null
    case Refusal.Closed:
      return 'door.closed'
    case Refusal.Full:
      return 'door.full'
    case Refusal.Away:
      return 'refused.away'
    case Refusal.Closing:
      return 'door.closing'
    case Refusal.TooMany:
      return 'refused.toomany'
    case Trouble.Working:
      return 'line.work'
    case Trouble.Crowded:
      return 'line.crowd'
    default:
      return 'refused.other'
  }
}

/** Why the words to come back with led nowhere; null when it is the same as for everybody. */
export function notBackWords(refusal: number): string | null {
  if (refusal === Refusal.Gone) return 'return.gone'
  if (refusal === Refusal.Away) return 'return.away'
  return refusalWords(refusal)
}

/** How an own message stands: the relay's word is never shown, only the peer's. */
export function markWords(delivered: boolean, view: View | null): string {
  if (delivered) return 'talk.delivered'
  return view?.phase === Phase.Talking && view.link === LinkState.Up ? 'talk.sending' : 'talk.kept'
}

/** Milliseconds of the wall clock; at the limit the conversation is wiped. */
export function hiddenTooLong(hiddenAt: number, now: number, limit: number): boolean {
  // A clock set back looks like no time at all; then the timer that ran beside it decides.
  return now - hiddenAt >= limit
}

/** Waiting this long, the visitor is told that it is not their fault: milliseconds. */
export const LONG_WAIT = 10 * 60_000

export interface DoorNow {
  state: OpenState
  /** The sentence and lines of the centre's files, where the relay knew them. */
  sentence: string | null
  opening: string | null
  /** Tags of the languages that somebody on duty writes; none: not known. */
  staffed: string[]
  /** Codes of the roles on duty; none: not known. */
  onDuty: number[]
  lines: HelpLine[]
  /** Those that do not answer now. */
  closed: HelpLine[]
}

export interface HelpLine {
  name: string
  number: string
  href: string
  /** The municipalities it is for; empty: everywhere. */
  area: string
  note: string
}

/** Reads `/state`. Null when it makes no sense: then the page keeps what the server rendered. */
export function readDoor(answer: unknown, language: string): DoorNow | null {
  if (!isObject(answer)) return null
  const state = answer.state
  if (!['open', 'full', 'away', 'closing', 'closed'].includes(state as string)) return null
  const words = isObject(answer[language]) ? answer[language] : {}
  return {
    state: state as OpenState,
    sentence: text(words.sentence),
    opening: text(words.opening_sentence),
    staffed: Array.isArray(answer.staffed) ? answer.staffed.filter((tag) => typeof tag === 'string') : [],
    onDuty: Array.isArray(answer.on_duty) ? answer.on_duty.filter((role) => [1, 2, 3, 5, 6, 7, 8, 9, 10].includes(role)) : [],
    lines: readLines(words.help_lines),
    closed: readLines(words.closed_lines),
  }
}

function readLines(lines: unknown): HelpLine[] {
  return (Array.isArray(lines) ? lines.filter(isObject) : []).flatMap((line) => {
    const [name, number, href] = [text(line.name), text(line.number), text(line.href)]
    // Only numbers to call: an address in this place would lead the visitor away.
    if (!name || !number || !href?.startsWith('tel:')) return []
    return [{ name, number, href, area: text(line.area) ?? '', note: text(line.note) ?? '' }]
  })
}

/**
 * The languages to choose from: the centre's, as far as the page has them. A translation that no person has read
 * is offered in the demo, or where the centre says so.
 */
export function offeredLanguages<L extends { tag: string; read: boolean }>(
  built: L[],
  page: { languages?: string; offerUnread?: string; demo?: string },
): L[] {
  const list = (tags?: string) => (tags ?? '').split(' ')
  const [ours, unread] = [list(page.languages), list(page.offerUnread)]
  return built.filter(
    ({ tag, read }) => ours.includes(tag) && (read || page.demo === 'demo' || unread.includes(tag)),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
