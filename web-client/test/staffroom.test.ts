import { describe, expect, test } from 'vitest'
import type { Asking } from '../shared/door/records.ts'
import { called } from '../staff/rooms/called.ts'
import { Summary, packSummary, readSummary } from '../staff/rooms/summary.ts'
import { Sign, Talk, signWords, typed } from '../staff/staffroom/model.ts'

const asking = (now: Partial<Asking>): Asking => ({ kind: 1, consent: false, comes: false, asked: 0, guest: false, ...now })

test('a colleague is called what the root wrote, and beside it what they call themselves when that is another name', () => {
  const words = { get: (key: string, blanks?: Record<string, string | number>) => `${key} ${blanks?.listed ?? ''} ${blanks?.name ?? ''}`.trim() }
  expect(called(words, { name: 'Kim', listed: 'Aïcha' })).toBe('rooms.listed Aïcha Kim')
  expect(called(words, { name: 'Aïcha', listed: 'Aïcha' })).toBe('Aïcha')
  expect(called(words, { name: '', listed: 'Aïcha' })).toBe('Aïcha')
  expect(called(words, { name: 'Kim', listed: null })).toBe('Kim')
  expect(called(words, { name: '', listed: null })).toBe('chat.guest')
})

describe('a summary', () => {
  const shown = () => {
    const summary = new Summary()
    summary.shown('bo', 'short')
    return summary
  }

  test('goes on when visitor and colleague have both said yes, once', () => {
    const summary = shown()
    expect(summary.follow(asking({ kind: 0, asked: 1 }))).toBe(null)
    expect(summary.follow(asking({ comes: true }))).toBe(null)
    expect(summary.follow(asking({ comes: true, consent: true }))).toEqual({ to: 'bo', text: 'short' })
    expect(summary.follow(asking({ kind: 0, asked: 1 }))).toBe(null)
  })

  test.each([2, 3, 4, 5])('goes to nobody when the question ended with %i', (asked) => {
    const summary = shown()
    summary.follow(asking({ consent: asked !== 2 }))
    expect(summary.follow(asking({ kind: 0, asked }))).toBe(null)
    expect(summary.follow(asking({ comes: true, consent: true }))).toBe(null)
  })

  test('is told from words by its first character and the ticket', () => {
    const ticket = 'ab'.repeat(32)
    expect(readSummary(packSummary(ticket, 'short'))).toEqual({ ticket, text: 'short' })
    expect(readSummary('short')).toBe(null)
    expect(readSummary(packSummary(ticket, ''))).toBe(null)
  })
})

describe('the staffroom', () => {
  test('a request waits for an answer at both ends', () => {
    const [ours, theirs] = [new Talk(), new Talk()]
    ours.said(Sign.Ask, 1, 0)
    expect(theirs.heard(Sign.Ask, 0, false)).toBe('ask')
    expect([ours.asked, theirs.asks, theirs.unread]).toEqual([true, true, 1])
    theirs.said(Sign.Later, 1, 0)
    ours.heard(Sign.Later, 0, true)
    expect([ours.asked, theirs.asks, ours.unread]).toEqual([false, false, 0])
    expect(ours.lines.map(signWords)).toEqual(['staffroom.ask.own', 'staffroom.later.said'])
  })

  test('nothing that is typed is a sign', () => {
    expect(typed(`${Sign.Ask}\u0002 kaffe? `)).toBe('kaffe?')
    expect(typed(` \n${Sign.Now}`)).toBe('')
  })
})
