// What the console says about the opening hours, and what it believes of an answer.

import { describe, expect, test } from 'vitest'
import { readHours, readPreview, type Hours } from '../staff/hours/api.ts'
import { dayWords, editWords, fieldTime, nextDay, presentWords, reasonKey, sureWords, timeWords } from '../staff/hours/model.ts'
import { lastAdmission } from '../staff/duty/closing.ts'
import swedish from '../texts/staff.sv.json'

const say = ({ key, values = {} }: { key: string; values?: Record<string, string | number> }): string => {
  const text = (swedish as Record<string, string>)[key]
  if (text === undefined) throw new Error(`no text ${key}`)
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
}

const hours: Hours = {
  version: 3,
  today: '2026-11-30',
  lastDay: '2027-01-29',
  time: '11.02',
  phase: 'closing',
  always: false,
  shifts: [{ from: '10.00', to: '15.00', admits: '11.02' }],
  next: { day: '2026-12-01', time: '10.00' },
  edits: [{ number: 3, kind: 'until', day: '2026-12-01', at: '13.00' }],
}

describe('the last admission', () => {
  const at = (time: string, more: Partial<Hours> = {}) =>
    lastAdmission({ ...hours, time, phase: 'open', shifts: [{ from: '10.00', to: '15.00', admits: '14.30' }], ...more }, 0)

  test('is told in the quarter of an hour before it, and not after', () => {
    expect(['10.00', '14.14', '14.15', '14.29', '14.30', '14.45'].map((time) => at(time))).toEqual([null, null, '14.30', '14.30', null, null])
    expect(at('14.20', { always: true }), 'open at any hour').toBe(null)
    expect(at('14.20', { phase: 'closing' }), 'the staff have closed early').toBe(null)
  })

  test('comes nearer while nobody is asked', () => {
    const early: Hours = { ...hours, time: '14.10', phase: 'open', shifts: [{ from: '10.00', to: '15.00', admits: '14.30' }] }
    expect([0, 5, 19, 20].map((minutes) => lastAdmission(early, minutes * 60_000))).toEqual([null, '14.30', '14.30', null])
  })
})

describe('days and times in words', () => {
  test('today, tomorrow over the end of a month, and a day by its name', () => {
    expect(nextDay('2026-12-31')).toBe('2027-01-01')
    expect(dayWords('2026-11-30', hours.today, 'sv', say)).toBe('i dag')
    expect(dayWords('2026-12-01', hours.today, 'sv', say)).toBe('i morgon')
    expect(dayWords('2026-12-02', hours.today, 'sv', say)).toBe('onsdag 2 december')
    expect(dayWords('2026-12-02', hours.today, 'en', say)).toMatch(/^Wednesday,? 2 December$/)
  })

  test('what holds is said whole, and when it opens again', () => {
    expect(presentWords(hours, 'sv', say).join(' ')).toBe(
      'I dag öppet 10.00–15.00, nya besökare till 11.02. Just nu tas inga nya besökare emot. Nästa öppning: i morgon klockan 10.00.',
    )
    expect(presentWords({ ...hours, shifts: [], phase: 'closed', next: null }, 'sv', say)).toEqual([
      'Stängt hela dagen i dag.',
      'Just nu är det stängt.',
    ])
    expect(presentWords({ ...hours, always: true }, 'sv', say)).toEqual(['Öppet dygnet runt.'])
  })

  test('every wish and every reason has its sentence', () => {
    const wishes = [
      { kind: 'no_more' },
      { kind: 'until', day: hours.today, at: '13.00' },
      { kind: 'closed', day: hours.today },
      { kind: 'closed', day: '2026-12-01' },
      { kind: 'extra', day: '2026-12-01', from: '17.00', to: '19.00' },
      { kind: 'take_back', number: 3 },
    ] as const
    const said = wishes.map((wish) => sureWords(wish, hours, 'sv', say))
    expect(new Set(said).size).toBe(wishes.length)
    for (const sentence of said) expect(sentence).not.toMatch(/undefined|\{/)
    expect(said[5]).toBe('Ändringen tas bort: I morgon: stänger 13.00')
    expect(editWords({ number: 1, kind: 'closed', day: '2026-12-02' }, hours.today, 'sv', say)).toBe('Onsdag 2 december: stängt')
    for (const why of ['past', 'too_far', 'too_short', 'nothing_changes', 'too_many', 'unknown', 'somebody_else', 'away', 'x']) {
      expect(say({ key: reasonKey(why) })).not.toBe('')
    }
  })

  test('a field is read as the relay writes it, and a time as the language does', () => {
    expect(fieldTime('09:05')).toBe('09.05')
    expect(fieldTime('')).toBeNull()
    expect(timeWords('Today: closes 13.00', 'en')).toBe('Today: closes 13:00')
    expect(timeWords('13.00', 'sv')).toBe('13.00')
    expect(timeWords(7, 'en')).toBe(7)
  })
})

describe('an answer of the relay', () => {
  const answer = { ...hours, last_day: hours.lastDay }

  test('is read whole or not at all, and a change of an unknown kind is left out', () => {
    expect(readHours(answer)).toEqual(hours)
    for (const missing of ['version', 'today', 'last_day', 'time', 'phase', 'shifts', 'edits']) {
      expect(readHours({ ...answer, [missing]: undefined }), missing).toBeNull()
    }
    expect(readHours({ ...answer, edits: [{ number: 1, kind: 'on_fire', day: '2026-12-01' }, ...hours.edits] })).toEqual(hours)
    for (const garbage of [null, 7, 'x', []]) expect(readHours(garbage)).toBeNull()
  })

  test('about what visitors will see says from when on', () => {
    const said = { now: false, from: { day: '2026-12-01', time: '10.00' }, visitors: { sv: 'Stängt.', en: 7 }, state: 'closed' }
    expect(readPreview(said)).toEqual({ now: false, day: '2026-12-01', time: '10.00', visitors: { sv: 'Stängt.' } })
    expect(readPreview({ ...said, from: {} })).toBeNull()
  })
})
