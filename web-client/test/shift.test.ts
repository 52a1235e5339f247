import { describe, expect, test } from 'vitest'
import { Shift, Waits, hoursAndMinutes, wasOf, type Past } from '../staff/shift/model.ts'

const MINUTE = 60_000
const eight = new Date(2026, 10, 23, 8, 0).getTime()
const at = (minutes: number) => eight + minutes * MINUTE

describe('a shift', () => {
  test('begins with the first "I tjänst" and goes on through breaks', () => {
    const shift = new Shift()
    expect(shift.hasBegun).toBe(false)
    expect(shift.sums(at(0))).toBeNull()
    shift.duty(true, at(0))
    shift.rests(at(60))
    shift.duty(false, at(60))
    shift.duty(true, at(75))
    expect(shift.sums(at(90))).toMatchObject({ began: at(0), onDuty: 75 * MINUTE, paused: 15 * MINUTE, breaks: 1 })
  })

  test('off duty is neither duty nor a break', () => {
    const shift = new Shift()
    shift.duty(true, at(0))
    shift.duty(false, at(10))
    expect(shift.sums(at(60))).toMatchObject({ onDuty: 10 * MINUTE, paused: 0, breaks: 0 })
  })

  test('a break that is made longer is one break, and one that is not followed by duty ends by hand', () => {
    const shift = new Shift()
    shift.duty(true, at(0))
    shift.rests(at(10))
    shift.rests(at(15))
    expect(shift.sums(at(20))).toMatchObject({ paused: 10 * MINUTE, breaks: 1 })
    shift.restsNoMore(at(20))
    expect(shift.sums(at(50))).toMatchObject({ onDuty: 10 * MINUTE, paused: 10 * MINUTE, breaks: 1 })
    shift.duty(true, at(50))
    shift.rests(at(60))
    expect(shift.sums(at(61))).toMatchObject({ onDuty: 20 * MINUTE, paused: 11 * MINUTE, breaks: 2 })
  })

  test('nobody rests from a shift that has not begun', () => {
    const shift = new Shift()
    shift.rests(at(0))
    shift.duty(true, at(30))
    expect(shift.sums(at(31))).toMatchObject({ began: at(30), paused: 0, breaks: 0 })
  })

  test('the seat’s word that says the same twice changes nothing', () => {
    const shift = new Shift()
    for (const minute of [0, 5, 9]) shift.duty(true, at(minute))
    expect(shift.sums(at(10))).toMatchObject({ onDuty: 10 * MINUTE })
  })

  test('while the seat was gone nobody was on duty', () => {
    const shift = new Shift()
    shift.duty(true, at(0))
    shift.wasGone(20 * MINUTE, at(30))
    expect(shift.sums(at(30))).toMatchObject({ onDuty: 10 * MINUTE })
    // A sleep that began before the duty takes no more than the duty.
    shift.wasGone(600 * MINUTE, at(31))
    expect(shift.sums(at(31))).toMatchObject({ onDuty: 0 })
    shift.duty(false, at(32))
    shift.wasGone(MINUTE, at(40))
    expect(shift.sums(at(40))).toMatchObject({ onDuty: MINUTE })
  })

  test('counts chats by whose they were, and how they ended when the counsellor has said it', () => {
    const shift = new Shift()
    shift.duty(true, at(0))
    shift.over('own')
    expect(shift.sums(at(1))).toMatchObject({ own: 1, guest: 0, unsaid: 1, endings: { helped: 0 } })
    shift.said('helped')
    shift.over('own')
    shift.said('left_fast')
    shift.over('guest')
    shift.over('went_on')
    expect(shift.sums(at(2))).toMatchObject({
      own: 3,
      guest: 1,
      wentOn: 1,
      unsaid: 0,
      endings: { helped: 1, left_fast: 1, lost_contact: 0, ended_by_counsellor: 0, failed: 0 },
    })
  })

  test('knows the longest wait that was seen, and none that was not', () => {
    const shift = new Shift()
    shift.duty(true, at(0))
    shift.took(null)
    expect(shift.sums(at(1))?.longestWait).toBeNull()
    for (const waited of [2 * MINUTE, 7 * MINUTE, null, MINUTE]) shift.took(waited)
    expect(shift.sums(at(1))?.longestWait).toBe(7 * MINUTE)
  })

  test('what was told cannot change what is remembered, and what is forgotten is gone', () => {
    const shift = new Shift()
    shift.duty(true, at(0))
    shift.over('own')
    shift.said('helped')
    shift.took(MINUTE)
    const told = shift.sums(at(1))
    if (told) told.endings.helped = 9
    expect(shift.sums(at(1))?.endings.helped).toBe(1)
    shift.forget()
    expect(shift.sums(at(2))).toBeNull()
    // A card that is answered after the end says it to nobody.
    shift.said('helped')
    shift.over('own')
    shift.duty(true, at(3))
    expect(shift.sums(at(4))).toEqual({
      began: at(3), onDuty: MINUTE, paused: 0, breaks: 0, own: 0, guest: 0, unsaid: 0, wentOn: 0, longestWait: null,
      endings: { helped: 0, left_fast: 0, lost_contact: 0, ended_by_counsellor: 0, failed: 0 },
    })
  })
})

describe('a chat that is over', () => {
  const past = (other: Partial<Past>): Past => ({ putBack: false, askedIn: false, talked: true, led: true, leads: true, ended: true, ...other })

  test('is one’s own when this seat had it to its end, also when it was handed over to this seat', () => {
    expect(wasOf(past({}))).toBe('own')
    expect(wasOf(past({ askedIn: true }))).toBe('own')
  })

  test('went on when it was handed over, or the visitor is no longer this seat’s', () => {
    expect(wasOf(past({ leads: false, ended: false }))).toBe('went_on')
    // Handed over, and it ended while this seat still saw it.
    expect(wasOf(past({ leads: false }))).toBe('went_on')
    expect(wasOf(past({ ended: false }))).toBe('went_on')
  })

  test('is somebody else’s for who was asked in and never had it', () => {
    expect(wasOf(past({ askedIn: true, led: false, leads: false }))).toBe('guest')
    expect(wasOf(past({ askedIn: true, led: false, leads: false, ended: false }))).toBe('guest')
  })

  test('is none when the visitor was put back, or nobody ever came', () => {
    expect(wasOf(past({ putBack: true }))).toBeNull()
    expect(wasOf(past({ talked: false, led: false, ended: false }))).toBeNull()
    expect(wasOf(past({ talked: false, led: false, askedIn: true, leads: false }))).toBeNull()
  })

  test('is counted when the visitor left before a word was said, as the statistics count it', () => {
    expect(wasOf(past({ talked: false, led: false }))).toBe('own')
  })
})

describe('a wait', () => {
  test('goes on after the line was told, also for who left it just now, and is unknown for others', () => {
    const waits = new Waits()
    waits.line([{ ticket: 'aa', waitedSeconds: 60 }, { ticket: 'bb', waitedSeconds: 5 }], at(0))
    expect(waits.of('aa', at(2))).toBe(3 * MINUTE)
    waits.line([{ ticket: 'bb', waitedSeconds: 125 }], at(2))
    expect(waits.of('aa', at(2))).toBe(3 * MINUTE)
    waits.line([], at(3))
    expect([waits.of('aa', at(3)), waits.of('cc', at(3))]).toEqual([null, null])
    waits.forget()
    expect(waits.of('bb', at(3))).toBeNull()
  })
})

test('a length is told in hours and minutes', () => {
  expect([0, 59_999, 60_000, 3_600_000, 5_459_000].map(hoursAndMinutes)).toEqual([
    { hours: 0, minutes: 0 }, { hours: 0, minutes: 0 }, { hours: 0, minutes: 1 }, { hours: 1, minutes: 0 }, { hours: 1, minutes: 30 },
  ])
})
