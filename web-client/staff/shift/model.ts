// What a counsellor's own shift was, in numbers and without anything that was said: from the first "I tjänst" of this
// sign-in until the page forgets it. Pure; held in the page's memory only, and never sent, kept or printed.

import { REASONS, type Reason } from '../ending/model.ts'

/** How a chat of this seat was over: its own, with an ending; its own, and it goes on elsewhere; or as somebody asked in. */
export type Was = 'own' | 'went_on' | 'guest'

/** What is known of a chat when it is over. */
export interface Past {
  putBack: boolean
  /** A colleague asked this seat in. */
  askedIn: boolean
  /** Somebody talked in it, and this seat had it then: taken, or handed over to it. */
  talked: boolean
  led: boolean
  /** This seat has it, to its end. */
  leads: boolean
  /** It ended, and for the visitor too. */
  ended: boolean
}

/** Null for what was no chat of this shift: put back, or never begun. */
export function wasOf({ putBack, askedIn, talked, led, leads, ended }: Past): Was | null {
  if (putBack) return null
  if (led) return leads && ended ? 'own' : 'went_on'
  if (talked) return 'guest'
  // Somebody who left before they talked is counted as any other who did.
  return ended && !askedIn ? 'own' : null
}

/** Lengths are milliseconds. */
export interface Sums {
  /** Wall clock of the first "I tjänst". */
  began: number
  onDuty: number
  paused: number
  breaks: number
  /** Chats of this seat's own that are over. */
  own: number
  guest: number
  endings: Record<Reason, number>
  /** Ended, and the counsellor may still say how. */
  unsaid: number
  /** Handed over, or the visitor is with somebody else. */
  wentOn: number
  /** The longest that somebody had waited when this seat took them; null when none was seen waiting. */
  longestWait: number | null
}

const noEndings = (): Record<Reason, number> => ({ helped: 0, left_fast: 0, lost_contact: 0, ended_by_counsellor: 0, failed: 0 })

/** A length that goes on, or stands still. */
class Length {
  #sum = 0
  #since: number | null = null

  get goesOn(): boolean {
    return this.#since !== null
  }

  begin(now: number): void {
    this.#since ??= now
  }

  end(now: number): void {
    this.#sum = this.at(now)
    this.#since = null
  }

  /** So much of it was not: at most what has gone by. */
  less(length: number, now: number): void {
    if (this.#since !== null) this.#since = Math.min(now, this.#since + length)
  }

  /** A clock that was set back takes nothing away. */
  at(now: number): number {
    return this.#sum + (this.#since === null ? 0 : Math.max(0, now - this.#since))
  }
}

export class Shift {
  #began: number | null = null
  #duty = new Length()
  #pause = new Length()
  #breaks = 0
  #own = 0
  #guest = 0
  #wentOn = 0
  #endings = noEndings()
  #longestWait: number | null = null

  /** Nothing to tell before the first "I tjänst". */
  get hasBegun(): boolean {
    return this.#began !== null
  }

  duty(on: boolean, now: number): void {
    if (!on) return this.#duty.end(now)
    this.#began ??= now
    this.#pause.end(now)
    this.#duty.begin(now)
  }

  /** A break begins, or the one that goes on is made longer. Nobody rests from a shift that has not begun. */
  rests(now: number): void {
    if (this.#began === null) return
    if (!this.#pause.goesOn) this.#breaks += 1
    this.#pause.begin(now)
    this.#duty.end(now)
  }

  /** The break is over, though nobody is back on duty. */
  restsNoMore(now: number): void {
    this.#pause.end(now)
  }

  /** Nobody sat here for so long, whatever the page believed. */
  wasGone(length: number, now: number): void {
    this.#duty.less(length, now)
  }

  /** Null when it was not seen how long: that is no short wait, and no long one. */
  took(waited: number | null): void {
    if (waited !== null) this.#longestWait = Math.max(this.#longestWait ?? 0, waited)
  }

  over(was: Was): void {
    if (this.#began === null) return
    if (was === 'guest') this.#guest += 1
    else this.#own += 1
    if (was === 'went_on') this.#wentOn += 1
  }

  said(ending: Reason): void {
    if (this.#began !== null) this.#endings[ending] += 1
  }

  /** Null before the shift has begun. */
  sums(now: number): Sums | null {
    if (this.#began === null) return null
    const said = REASONS.reduce((sum, reason) => sum + this.#endings[reason], 0)
    return {
      began: this.#began,
      onDuty: this.#duty.at(now),
      paused: this.#pause.at(now),
      breaks: this.#breaks,
      own: this.#own,
      guest: this.#guest,
      endings: { ...this.#endings },
      unsaid: Math.max(0, this.#own - this.#wentOn - said),
      wentOn: this.#wentOn,
      longestWait: this.#longestWait,
    }
  }

  forget(): void {
    this.#began = null
    this.#duty = new Length()
    this.#pause = new Length()
    this.#breaks = 0
    this.#own = 0
    this.#guest = 0
    this.#wentOn = 0
    this.#endings = noEndings()
    this.#longestWait = null
  }
}

/** Who waits, and since when: from the lines this console was shown. */
export class Waits {
  #since = new Map<string, number>()
  #before = new Map<string, number>()

  /** Tickets in hex. Whoever was taken may be gone from the line before the chat is here, so the line before is kept too. */
  line(waiting: { ticket: string; waitedSeconds: number }[], now: number): void {
    this.#before = this.#since
    this.#since = new Map(waiting.map(({ ticket, waitedSeconds }) => [ticket, now - waitedSeconds * 1000]))
  }

  /** Milliseconds; null for a ticket that no line showed. */
  of(ticket: string, now: number): number | null {
    const since = this.#since.get(ticket) ?? this.#before.get(ticket)
    return since === undefined ? null : Math.max(0, now - since)
  }

  forget(): void {
    this.#since.clear()
    this.#before.clear()
  }
}

/** Whole hours and minutes, as somebody says them. */
export function hoursAndMinutes(length: number): { hours: number; minutes: number } {
  const minutes = Math.floor(length / 60_000)
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60 }
}
