// What the centre's file says about a working day. Asked for once the person is signed in; without an answer the
// shortest chat list and the usual clocks hold, so that a console never waits for it.

export interface Template {
  key: string
  version: number
  name: Record<string, string>
  text: Record<string, string>
}

export interface Day {
  /** Chats at once: what a duty begins with, and the most that may be chosen. */
  chats: { default: number; max: number }
  /** Milliseconds without a hand until the console locks. */
  lockAfter: number
  /** Milliseconds locked until the seat rests. */
  restAfterLock: number
  /** Milliseconds a professional waits before every seat is shown it. */
  shownAfter: number
  templates: Template[]
}

const MINUTE = 60_000

export function usualDay(capacity: number): Day {
  return {
    chats: { default: 1, max: capacity },
    lockAfter: 5 * MINUTE,
    restAfterLock: 10 * MINUTE,
    shownAfter: 20 * MINUTE,
    templates: [],
  }
}

/** `capacity` is what the sign-in said: the day never gives more. */
export async function fetchDay(capacity: number): Promise<Day> {
  try {
    const answer = await fetch('/staff/day', { cache: 'no-store' })
    return answer.ok ? readDay(await answer.json(), capacity) : usualDay(capacity)
  } catch {
    return usualDay(capacity)
  }
}

/** Whatever is not as promised is as on a usual day. */
export function readDay(answer: unknown, capacity: number): Day {
  const usual = usualDay(capacity)
  const said = (answer ?? {}) as Record<string, unknown>
  const chats = (said.chats ?? {}) as Record<string, unknown>
  const whole = (value: unknown, least: number, most: number, other: number) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : other
  const length = (value: unknown, other: number) => whole(value, 1, 86_400, other / 1000) * 1000
  const max = whole(chats.max, 1, capacity, capacity)
  return {
    chats: { max, default: whole(chats.default, 1, max, 1) },
    lockAfter: length(said.lock_after, usual.lockAfter),
    restAfterLock: length(said.rest_after_lock, usual.restAfterLock),
    shownAfter: length(said.shown_after, usual.shownAfter),
    templates: Array.isArray(said.templates) ? said.templates.filter(isTemplate) : [],
  }
}

function isTemplate(value: unknown): value is Template {
  const one = value as Template | null
  return typeof one?.key === 'string' && typeof one.version === 'number' && isTexts(one.name) && isTexts(one.text)
}

function isTexts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
}
