import { describe, expect, test } from 'vitest'
import { readDay, usualDay } from '../staff/day.ts'
import { pauseFor, pauseState, pauseUntil } from '../staff/duty/pause.ts'
import { SeatWatch } from '../staff/duty/seat-watch.ts'
import { keeps, looked, touched, type Guard } from '../staff/lock/guard.ts'
import { moveOf, nextChat } from '../staff/keys.ts'
import { offered } from '../staff/templates/model.ts'
import { shownRows, waitsTooLong } from '../staff/model.ts'
import type { LineEntry } from '../shared/door/records.ts'

const MINUTE = 60_000

describe('what a day is made of', () => {
  test('the centre’s file is believed as far as the sign-in allows', () => {
    const said = { chats: { default: 2, max: 9 }, lock_after: 120, rest_after_lock: 60, shown_after: 600, templates: [] }
    expect(readDay(said, 3)).toEqual({
      chats: { default: 2, max: 3 }, lockAfter: 2 * MINUTE, restAfterLock: MINUTE, shownAfter: 10 * MINUTE, templates: [],
    })
  })

  test('what is not as promised is as on a usual day, and never a console that does not lock', () => {
    expect(readDay(null, 2)).toEqual(usualDay(2))
    expect(readDay({ chats: 'many', lock_after: 0, rest_after_lock: -1, shown_after: 'late', templates: [{ key: 7 }] }, 2)).toEqual(usualDay(2))
  })
})

describe('the lock', () => {
  const clocks = { lockAfter: 5 * MINUTE, restAfter: 10 * MINUTE }
  const open: Guard = { is: 'open' }

  test('a page in the background is covered, and one key shows it again', () => {
    const covered = looked(open, clocks, { now: MINUTE, lastInput: 0, hidden: true })
    expect(covered).toEqual({ is: 'covered' })
    expect(looked(covered, clocks, { now: MINUTE, lastInput: 0, hidden: false })).toEqual({ is: 'covered' })
    expect(touched(covered, clocks, { now: MINUTE, lastInput: 0, hidden: true })).toEqual({ is: 'covered' })
    expect(touched(covered, clocks, { now: MINUTE, lastInput: 0, hidden: false })).toEqual(open)
  })

  test('after five minutes without a hand no key helps, however long the machine slept', () => {
    expect(looked(open, clocks, { now: 5 * MINUTE - 1, lastInput: 0, hidden: false })).toEqual(open)
    for (const now of [5 * MINUTE, 600 * MINUTE]) {
      const locked = { is: 'locked', since: now }
      for (const guard of [open, { is: 'covered' } as Guard]) {
        expect(touched(guard, clocks, { now, lastInput: 0, hidden: false })).toEqual(locked)
      }
      expect(touched(locked as Guard, clocks, { now: now + 1, lastInput: now, hidden: false })).toEqual(locked)
    }
  })

  test('behind the lock a key stays for a chat, or for ten minutes of a duty, and else not at all', () => {
    const locked: Guard = { is: 'locked', since: 0 }
    const kept = (now: number, onDuty: boolean, chats: number) => keeps(locked, clocks, { now, onDuty, chats })
    expect(kept(0, false, 0)).toBe('forget')
    expect(kept(0, false, 1)).toBe('keep')
    expect(kept(10 * MINUTE - 1, true, 0)).toBe('keep')
    expect(kept(10 * MINUTE, true, 0)).toBe('rest')
    expect(kept(10 * MINUTE, true, 1)).toBe('rest')
    expect(kept(60 * MINUTE, false, 1)).toBe('keep')
    expect(keeps(open, clocks, { now: 60 * MINUTE, onDuty: false, chats: 0 })).toBe('keep')
  })
})

describe('a pause', () => {
  const noon = new Date(2026, 10, 23, 12, 0).getTime()

  test('counts down begun minutes, and is over until somebody says so', () => {
    const pause = pauseFor(10, noon)
    expect(pauseState(pause, noon)).toEqual({ is: 'running', minutes: 10 })
    expect(pauseState(pause, noon + 9 * MINUTE + 1)).toEqual({ is: 'running', minutes: 1 })
    expect(pauseState(pause, noon + 10 * MINUTE)).toEqual({ is: 'over', minutes: 0 })
    expect(pauseState(pause, noon + 70 * MINUTE)).toEqual({ is: 'over', minutes: 60 })
    expect(pauseState(null, noon)).toEqual({ is: 'none' })
  })

  test('a lunch ends at a time that is still to come today', () => {
    expect(pauseUntil('12:45', noon)).toEqual({ until: noon + 45 * MINUTE })
    for (const wrong of ['', 'soon', '12:00', '11:30', '15:30']) expect(pauseUntil(wrong, noon)).toBe(null)
  })
})

test('a seat that was not renewed for longer than its lease was gone, and a new one has missed nothing', () => {
  const watch = new SeatWatch(15_000)
  expect(watch.beat(1_000, false)).toBe(0)
  expect(watch.beat(100_000, true)).toBe(0)
  expect(watch.beat(115_000, true)).toBe(0)
  expect(watch.beat(120_000, false)).toBe(0)
  expect(watch.beat(175_000, true)).toBe(60_000)
  expect(watch.beat(180_000, true)).toBe(0)
  watch.begin()
  expect(watch.beat(900_000, true)).toBe(0)
})

describe('the line', () => {
  const entry = (ticket: number, lane: number, waitedSeconds: number, present = true): LineEntry => ({
    ticket: Uint8Array.of(ticket), lane, waitedSeconds, present, languages: ['sv'],
  })

  test('a professional who has waited long is pointed out, and support needs no pointing', () => {
    expect(waitsTooLong(entry(1, 2, 1_190), 9, 20 * MINUTE)).toBe(false)
    expect(waitsTooLong(entry(1, 2, 1_190), 10, 20 * MINUTE)).toBe(true)
    expect(waitsTooLong(entry(1, 1, 9_000), 0, 20 * MINUTE)).toBe(false)
  })

  test('with the number hidden only the next one stands there, and whoever must', () => {
    const all = [entry(1, 1, 60, false), entry(2, 1, 50), entry(3, 1, 40), entry(4, 2, 2_000)]
    expect(shownRows(all, true, () => false)).toEqual(all)
    expect(shownRows(all, false, () => false)).toEqual([all[1]])
    expect(shownRows(all, false, ({ ticket }) => ticket[0] === 4)).toEqual([all[1], all[3]])
    expect(shownRows([], false, () => true)).toEqual([])
  })
})

describe('the keys', () => {
  const bare = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false }

  test('function keys move the focus, and no other key or combination means anything', () => {
    expect(moveOf({ ...bare, key: 'F2' })).toBe('line')
    expect(moveOf({ ...bare, key: 'F8' })).toBe('next-chat')
    expect(moveOf({ ...bare, key: 'F8', shiftKey: true })).toBe('previous-chat')
    expect(moveOf({ ...bare, key: 'F9' })).toBe('conversation')
    for (const held of ['ctrlKey', 'altKey', 'metaKey']) expect(moveOf({ ...bare, key: 'F8', [held]: true })).toBe(null)
    for (const key of ['F5', 'F6', 'F10', 'h', '2', 'Enter']) expect(moveOf({ ...bare, key })).toBe(null)
    expect(moveOf({ ...bare, key: 'F2', shiftKey: true })).toBe(null)
  })

  test('the next chat is one with something unread, and goes round', () => {
    expect(nextChat([0, 0, 0], 0, true)).toBe(1)
    expect(nextChat([0, 0, 0], 2, true)).toBe(0)
    expect(nextChat([0, 0, 3], 0, true)).toBe(2)
    expect(nextChat([2, 0, 0], 1, true)).toBe(0)
    expect(nextChat([5, 0, 0], 0, true)).toBe(1)
    expect(nextChat([0, 0, 3], 1, false)).toBe(0)
    expect(nextChat([0, 0, 0], 0, false)).toBe(2)
    expect(nextChat([4], 0, true)).toBe(0)
  })
})

describe('a template', () => {
  const opening = {
    key: 'opening', version: 2, name: { sv: 'Öppning', en: 'Opening' },
    text: { sv: 'Hej, jag heter {name}.', en: 'Hi, I am {name}.' },
  }

  test('goes into the field in the visitor’s language, and the counsellor reads it in their own', () => {
    expect(offered(opening, ['en', 'sv'], 'sv', 'Alva')).toEqual({
      text: 'Hi, I am Alva.', language: 'en', own: 'Hej, jag heter Alva.', missing: null,
    })
    expect(offered(opening, ['sv'], 'sv', 'Alva')).toEqual({ text: 'Hej, jag heter Alva.', language: 'sv', own: null, missing: null })
  })

  test('that nobody wrote in the visitor’s language says so, and stands in the next one they asked for', () => {
    expect(offered(opening, ['ti', 'sv'], 'en', 'Alva')).toEqual({
      text: 'Hej, jag heter Alva.', language: 'sv', own: 'Hi, I am Alva.', missing: 'ti',
    })
    expect(offered(opening, ['ti'], 'en', 'Alva').language).toBe('en')
    expect(offered({ ...opening, text: { sv: 'Hej.' } }, ['ti'], 'en', 'Alva')).toEqual({
      text: 'Hej.', language: 'sv', own: null, missing: 'ti',
    })
  })
})
