// A pause with a time: pure. It never ends by itself: whoever comes back says so.

export interface Pause {
  /** Wall clock, milliseconds. */
  until: number
}

export type PauseState = { is: 'none' } | { is: 'running'; minutes: number } | { is: 'over'; minutes: number }

/** Minutes that can be chosen with one press. */
export const PAUSES = [5, 10, 30] as const
/** A lunch that ends later than this is another day's work: milliseconds. */
const LONGEST = 3 * 3_600_000
const MINUTE = 60_000

export function pauseFor(minutes: number, now: number): Pause {
  return { until: now + minutes * MINUTE }
}

/** `time` as the browser writes it, `12:30`; null when it is not ahead, or too far. */
export function pauseUntil(time: string, now: number): Pause | null {
  const [hours, minutes] = time.split(':').map(Number)
  if (hours === undefined || minutes === undefined || !Number.isInteger(hours * 60 + minutes)) return null
  const until = new Date(now).setHours(hours, minutes, 0, 0)
  return until > now && until - now <= LONGEST ? { until } : null
}

/** Minutes left, begun ones counted; or the minutes it is over. */
export function pauseState(pause: Pause | null, now: number): PauseState {
  if (!pause) return { is: 'none' }
  const left = pause.until - now
  if (left > 0) return { is: 'running', minutes: Math.ceil(left / MINUTE) }
  return { is: 'over', minutes: Math.floor((now - pause.until) / MINUTE) }
}
