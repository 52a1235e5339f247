// What is said about the opening hours: pure.

import type { Edit, Hours, Wish } from './api.ts'

/** A text's key and what fills it. */
export interface Said {
  key: string
  values?: Record<string, string | number>
}

export type Say = (said: Said) => string

/** A time as the language writes it: `13.00` in Swedish, `13:00` elsewhere. */
export function timeWords(value: string | number, tag: string): string | number {
  return typeof value === 'string' && tag !== 'sv' ? value.replace(/\b(\d\d)\.(\d\d)\b/g, '$1:$2') : value
}

/** "i dag", "i morgon", "onsdag 25 november". */
export function dayWords(day: string, today: string, tag: string, say: Say): string {
  if (day === today) return say({ key: 'hours.today' })
  if (day === nextDay(today)) return say({ key: 'hours.tomorrow' })
  const locale = tag === 'en' ? 'en-GB' : tag
  const named = { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat(locale, named).format(noon(day))
}

export function nextDay(day: string): string {
  return new Date(noon(day).getTime() + 86_400_000).toISOString().slice(0, 10)
}

function noon(day: string): Date {
  return new Date(`${day}T12:00:00Z`)
}

/** The day as it is, whether anybody is let in just now, and when it opens next. */
export function presentWords(hours: Hours, tag: string, say: Say): string[] {
  if (hours.always) return [say({ key: 'hours.always' })]
  const said = hours.shifts.map((shift) => say({ key: 'hours.shift', values: { ...shift } }))
  if (said.length === 0) said.push(say({ key: 'hours.none' }))
  said.push(say({ key: `hours.phase.${hours.phase}` }))
  if (hours.phase !== 'open' && hours.next) {
    const day = dayWords(hours.next.day, hours.today, tag, say)
    said.push(say({ key: 'hours.next', values: { day, time: hours.next.time } }))
  }
  return said
}

export function editWords(edit: Edit, today: string, tag: string, say: Say): string {
  const { at = '', from = '', to = '' } = edit
  return say({ key: `hours.edit.${edit.kind}`, values: { day: capital(dayWords(edit.day, today, tag, say)), at, from, to } })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** What is going to happen, before it does. */
export function sureWords(wish: Wish, hours: Hours, tag: string, say: Say): string {
  const day = 'day' in wish ? dayWords(wish.day, hours.today, tag, say) : ''
  switch (wish.kind) {
    case 'no_more':
      return say({ key: 'hours.sure.no_more' })
    case 'until':
      return say({ key: 'hours.sure.until', values: { day, time: wish.at } })
    case 'closed':
      return say({ key: wish.day === hours.today ? 'hours.sure.closed.today' : 'hours.sure.closed', values: { day } })
    case 'extra':
      return say({ key: 'hours.sure.extra', values: { day, from: wish.from, to: wish.to } })
    case 'take_back': {
      const edit = hours.edits.find(({ number }) => number === wish.number)
      return say({ key: 'hours.sure.take_back', values: { edit: edit ? editWords(edit, hours.today, tag, say) : '' } })
    }
  }
}

/** Reasons that have a sentence of their own. */
const REASONS = ['past', 'too_far', 'too_short', 'nothing_changes', 'too_many', 'unknown', 'somebody_else', 'not_admitted', 'not_kept']

export function reasonKey(why: string): string {
  return REASONS.includes(why) ? `hours.not.${why}` : 'hours.not.away'
}

/** `13:05` of a field as the relay writes it, `13.05`; null when it is empty. */
export function fieldTime(value: string): string | null {
  return /^\d\d:\d\d/.test(value) ? `${value.slice(0, 2)}.${value.slice(3, 5)}` : null
}
