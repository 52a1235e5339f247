// The relay's word about the opening hours, and the staff's wishes. The cookie and the page's own origin go along.

export type Kind = 'no_more' | 'until' | 'closed' | 'extra'

export interface Edit {
  number: number
  kind: Kind
  day: string
  at?: string
  from?: string
  to?: string
}

export interface Hours {
  version: number
  /** Days as `2026-11-23`, times as `13.00`, in the centre's zone and by the relay's clock. */
  today: string
  lastDay: string
  time: string
  phase: 'open' | 'closing' | 'closed'
  /** Open at any hour: a demonstration. */
  always: boolean
  shifts: { from: string; to: string; admits: string }[]
  next: { day: string; time: string } | null
  edits: Edit[]
}

export type Wish =
  | { kind: 'no_more' }
  | { kind: 'until'; day: string; at: string }
  | { kind: 'closed'; day: string }
  | { kind: 'extra'; day: string; from: string; to: string }
  | { kind: 'take_back'; number: number }

/** What visitors will be told, and from when on. */
export interface Preview {
  now: boolean
  day: string
  time: string
  visitors: Record<string, string>
}

/** Why not: a word of the relay's, or 'away' when nothing came back. */
export interface Not {
  why: string
  /** What holds instead, when somebody else was faster. */
  hours: Hours | null
}

/** Null when nothing sensible came: what is shown stays. */
export async function loadHours(): Promise<Hours | null> {
  try {
    const answer = await fetch('/staff/hours')
    return answer.ok ? readHours(await answer.json()) : null
  } catch {
    return null
  }
}

export async function tryWish(version: number, wish: Wish): Promise<Preview | Not> {
  const answer = await send({ version, wish, try: true })
  return answer.ok ? (readPreview(answer.said) ?? away()) : not(answer.said)
}

export async function makeWish(version: number, wish: Wish): Promise<Hours | Not> {
  const answer = await send({ version, wish })
  return answer.ok ? (readHours(answer.said) ?? away()) : not(answer.said)
}

async function send(body: unknown): Promise<{ ok: boolean; said: unknown }> {
  try {
    const answer = await fetch('/staff/hours', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { ok: answer.ok, said: await answer.json().catch(() => null) }
  } catch {
    return { ok: false, said: null }
  }
}

const away = (): Not => ({ why: 'away', hours: null })

function not(said: unknown): Not {
  const { why, now } = fields(said)
  return typeof why === 'string' ? { why, hours: readHours(now) } : away()
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

const isText = (value: unknown): value is string => typeof value === 'string'

export function readPreview(said: unknown): Preview | null {
  const { now, from, visitors } = fields(said)
  const { day, time } = fields(from)
  if (!isText(day) || !isText(time)) return null
  const sentences = Object.entries(fields(visitors)).filter((entry): entry is [string, string] => isText(entry[1]))
  return { now: now === true, day, time, visitors: Object.fromEntries(sentences) }
}

export function readHours(said: unknown): Hours | null {
  const { version, today, last_day: lastDay, time, phase, always, shifts, next, edits } = fields(said)
  if (typeof version !== 'number' || !isText(today) || !isText(lastDay) || !isText(time)) return null
  if (phase !== 'open' && phase !== 'closing' && phase !== 'closed') return null
  if (!Array.isArray(shifts) || !Array.isArray(edits)) return null
  const { day, time: at } = fields(next)
  return {
    version,
    today,
    lastDay,
    time,
    phase,
    always: always === true,
    shifts: shifts.map(fields).flatMap(({ from, to, admits }) =>
      isText(from) && isText(to) && isText(admits) ? [{ from, to, admits }] : [],
    ),
    next: isText(day) && isText(at) ? { day, time: at } : null,
    edits: edits.map(fields).flatMap(readEdit),
  }
}

function readEdit({ number, kind, day, at, from, to }: Record<string, unknown>): Edit[] {
  if (typeof number !== 'number' || !isText(day)) return []
  if (kind !== 'no_more' && kind !== 'until' && kind !== 'closed' && kind !== 'extra') return []
  return [{ number, kind, day, ...(isText(at) && { at }), ...(isText(from) && { from }), ...(isText(to) && { to }) }]
}
