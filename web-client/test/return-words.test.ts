import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { unhex } from '../shared/door/bytes.ts'
import { COUNT, beginning, dateOf, derive, draw, readList, understand } from '../visitor/return-words.ts'

const here = import.meta.dirname
const text = readFileSync(join(here, '../texts/return-words.sv.txt'), 'utf8')
const list = readList(text)

describe('the list', () => {
  test('it has 2,048 words of four to eight letters, none twice', () => {
    expect(list).toHaveLength(2_048)
    expect(new Set(list).size).toBe(2_048)
    for (const word of list) expect(word).toMatch(/^[a-zåäö]{4,8}$/)
  })

  test('four letters tell each word from every other, even without å, ä and ö', () => {
    expect(new Set(list.map(beginning)).size).toBe(2_048)
  })

  test('it is in Swedish order, so that a word is found by eye', () => {
    expect(list).toEqual([...list].sort(new Intl.Collator('sv').compare))
  })

  test('no word on a piece of paper tells of violence, of us, or of leaving', () => {
    for (const word of ['våld', 'heder', 'polis', 'hemlig', 'chatt', 'rymma', 'flykt', 'hjälp', 'kurator', 'lykta', 'pass', 'slag', 'slöja']) {
      expect(list).not.toContain(word)
    }
  })

  test('a list cut short is none', () => {
    expect(() => readList('en\ntvå')).toThrow(RangeError)
  })
})

describe('drawing', () => {
  test('four words, each by its own number', () => {
    const words = draw(list, (numbers) => numbers.set([0, 2_047, 2_048, 65_535]))
    expect(words).toEqual([list[0], list[2_047], list[0], list[2_047]])
  })

  test('the browser’s own randomness gives others every time', () => {
    const all = new Set(Array.from({ length: 50 }, () => draw(list).join(' ')))
    expect(all.size).toBe(50)
    for (const words of all) expect(words.split(' ')).toHaveLength(COUNT)
  })
})

describe('understanding', () => {
  const words = ['sommar', 'tulpan', 'brygga', 'kanel']

  test('capitals, commas, endings and a keyboard without å, ä and ö do no harm', () => {
    expect(understand('sommar tulpan brygga kanel', list)).toEqual({ words })
    expect(understand('  Sommaren,TULPANER\nbryggan. kanel!', list)).toEqual({ words })
    const folded = list.filter((word) => /[åäö]/.test(word.slice(0, 4))).slice(0, 4)
    const typed = folded.map((word) => word.replace(/[åä]/g, 'a').replace(/ö/g, 'o')).join(' ')
    expect(understand(typed, list)).toEqual({ words: folded })
  })

  test('a word that is none of ours is named, and too few or too many are counted', () => {
    expect(understand('sommar tulpan bryggga xyzzy', list)).toEqual({ unknown: 'xyzzy' })
    expect(understand('sommar tulpan', list)).toEqual({ count: 2 })
    expect(understand('', list)).toEqual({ count: 0 })
    expect(understand('a b c d e', list)).toEqual({ count: 5 })
  })
})

test('what the words become is what the protocol’s vectors say', async () => {
  const vector = JSON.parse(readFileSync(join(here, '../../protocol/manual/vectors/return.json'), 'utf8')) as Record<string, string>
  const derived = await derive((vector.words ?? '').split(' '), unhex(vector.centre ?? '', 16), vector.date ?? '')
  expect(derived).toEqual(unhex(`${vector.id}${vector.key}`, 48))
})

test('the date is the day on this device, in one spelling', () => {
  expect(dateOf(new Date(2026, 10, 2, 23, 59))).toBe('2026-11-02')
  expect(dateOf(new Date(2026, 0, 31, 0, 0))).toBe('2026-01-31')
})
