import { describe, expect, test } from 'vitest'
import { Ending } from '../shared/door/words.ts'
import { counted, isWhole, readTopics, reasonOf, REASONS } from '../staff/ending/model.ts'
import { address, bars, readReport, shownText, type WeekTable } from '../staff/statistics/model.ts'

const topics = [{ word: 'travel', name: { sv: 'Resa', en: 'Travel' } }]

describe('an ending', () => {
  test('is counted as what was chosen so far, and for the rest as it ended by its own word', () => {
    expect(counted({ reason: null, topic: null }, Ending.LeftFast)).toEqual({ ending: 'left_fast', topic: 'none' })
    expect(counted({ reason: 'ended_by_counsellor', topic: 'travel' }, Ending.Helped)).toEqual({
      ending: 'ended_by_counsellor',
      topic: 'travel',
    })
  })

  test('of a chat is always one that a chat can have', () => {
    for (const ending of Object.values(Ending)) expect(REASONS).toContain(reasonOf(ending))
  })

  test('is whole after two taps, or after one where a centre has no topics', () => {
    expect(isWhole({ reason: 'helped', topic: null }, topics)).toBe(false)
    expect(isWhole({ reason: null, topic: 'travel' }, topics)).toBe(false)
    expect(isWhole({ reason: 'helped', topic: 'travel' }, topics)).toBe(true)
    expect(isWhole({ reason: 'helped', topic: null }, [])).toBe(true)
  })

  test('has the topics the relay tells, or none', () => {
    expect(readTopics(topics)).toEqual(topics)
    for (const answer of [null, {}, [{ word: 1, name: {} }], [{ word: 'travel' }], [null]]) {
      expect(() => readTopics(answer)).toThrow(RangeError)
    }
  })
})

describe('the statistics', () => {
  const week = (total: number | null): WeekTable => ({
    week: '2026-W40', whole: true, total, lanes: [], endings: [], waited: [],
  })

  test('draw a bar for each week, and a stump for one that is not shown', () => {
    const { most, bars: drawn } = bars([week(10), week(null), week(20)])
    expect(most).toBe(20)
    expect(drawn.map(({ height }) => height)).toEqual([80, 8, 160])
    expect(bars([]).most).toBe(1)
  })

  test('never show a zero for what is not shown', () => {
    expect(shownText(null)).toBe('·')
    expect(shownText(12)).toBe('12')
  })

  test('are asked for by weeks', () => {
    expect(address('', '', 'json')).toBe('/staff/statistics')
    expect(address('2026-W40', '2026-W47', 'csv')).toBe('/staff/statistics?from=2026-W40&to=2026-W47&form=csv')
    expect(() => readReport({ weeks: [] })).toThrow(RangeError)
  })
})
