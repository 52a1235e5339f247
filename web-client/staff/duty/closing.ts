// A quarter of an hour before nobody new is let in any more, whoever is on duty hears it once, gently: a chat that is taken
// now may still take the time it takes. The relay's clock counts, not the console's.

import { byId, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import type { Hours } from '../hours/api.ts'
import { timeWords } from '../hours/model.ts'

const BEFORE_MIN = 15
/** The staff may have changed the hours meanwhile. */
const ASK_AGAIN_MS = 5 * 60_000

/** The last admission that is at most so near, as `14.30`; `later` are the milliseconds since the relay was asked. */
export function lastAdmission(hours: Hours, later: number): string | null {
  if (hours.always || hours.phase !== 'open') return null
  const now = minutes(hours.time) + later / 60_000
  const near = hours.shifts.find(({ admits }) => minutes(admits) - now > 0 && minutes(admits) - now <= BEFORE_MIN)
  return near?.admits ?? null
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split('.').map(Number)
  return hour * 60 + minute
}

export class ClosingNotice {
  readonly #words: PageWords
  readonly #load: () => Promise<Hours | null>
  #hours: Hours | null = null
  #askedAt = -Infinity
  /** When the relay answered. */
  #at = 0

  constructor(words: PageWords, load: () => Promise<Hours | null>) {
    this.#words = words
    this.#load = load
  }

  /** At every beat of the page. */
  tick(onDuty: boolean, now = Date.now()): void {
    if (onDuty && now - this.#askedAt >= ASK_AGAIN_MS) {
      this.#askedAt = now
      void this.#load().then((hours) => {
        if (hours) [this.#hours, this.#at] = [hours, now]
      })
    }
    const admits = onDuty && this.#hours ? lastAdmission(this.#hours, now - this.#at) : null
    const tag = this.#words.tag
    say(byId('closing-soon-words'), admits === null ? '' : this.#words.get('duty.closing', { admits: timeWords(admits, tag) }))
    show(byId('closing-soon'), admits !== null)
  }
}
