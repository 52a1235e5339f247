import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isOffered, layOut, readCentre, SCREENS, type Centre, type Texts } from '../staff/preview/model.ts'

const folder = join(import.meta.dirname, '../texts')
const files = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('staff.'))
const texts = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Texts

const nothing: Centre = { phone: '021-39 87 62', languages: ['sv', 'ar'], offerUnread: [], said: {}, now: {} }
const keysOf = (laid: ReturnType<typeof layOut>) => laid.flatMap(({ sentences }) => sentences.map(({ key }) => key))

describe('what a visitor reads', () => {
  test.each(files)('%s is laid out whole, each sentence once', (name) => {
    const file = texts(name)
    const keys = keysOf(layOut(file, nothing, name.replace('.json', '')))
    expect([...keys].sort()).toEqual(Object.keys(file).filter((key) => !key.startsWith('_')).sort())
  })

  test('comes in the order of the screens, the way out first', () => {
    const laid = layOut(texts('sv.json'), nothing, 'sv')
    expect(laid.map(({ screen }) => screen)).toEqual(SCREENS.map(({ screen }) => screen))
    expect(laid[0]?.sentences[0]).toEqual({ key: 'exit', text: 'Lämna sidan' })
    const keys = keysOf(laid)
    const order = ['safety.title', 'who.title', 'line.title', 'talk.here', 'over.title', 'help.title'].map((key) => keys.indexOf(key))
    expect(order).toEqual([...order].sort((one, other) => one - other))
  })

  test.each(files)('%s: no blank is left but the numbers to call', (name) => {
    const said = layOut(texts(name), nothing, name.replace('.json', '')).flatMap(({ sentences }) => sentences.map(({ text }) => text))
    expect(said.flatMap((text) => text.match(/\{[^}]*\}/g) ?? []).filter((mark) => mark !== '{phone}' && !mark.startsWith('{call:'))).toEqual([])
  })

  test('is what the centre says where it says it otherwise, and with what it adds', () => {
    const centre: Centre = {
      ...nothing,
      said: { so: { intro: ['Ku soo dhowow.'], callListNote: 'Liiska wicitaannada.', page: { exit: 'Bax hadda' } } },
      now: { so: { sentence: 'Waa furan yahay.', opening: 'Isniin', lines: [] } },
    }
    const laid = layOut(texts('so.json'), centre, 'so')
    const of = (key: string) => laid.flatMap(({ sentences }) => sentences).filter((one) => one.key === key).map(({ text }) => text)
    expect(['exit', 'intro', 'opening', 'state', 'calls'].map(of)).toEqual([
      ['Bax hadda'], ['Ku soo dhowow.'], ['Isniin'], ['Waa furan yahay.'], ['Liiska wicitaannada.'],
    ])
    // Another language's own words are not this one's.
    expect(keysOf(layOut(texts('ar.json'), centre, 'ar'))).not.toContain('intro')
  })
})

test('a language is offered when the centre has it and a person has read it, or the centre takes it unread', () => {
  const centre = { ...nothing, languages: ['sv', 'ar', 'so'], offerUnread: ['so'] }
  expect(isOffered('sv', false, centre, false)).toBe(true)
  expect(isOffered('ar', false, centre, false)).toBe(false)
  expect(isOffered('ar', true, centre, false)).toBe(true)
  expect(isOffered('ar', false, centre, true)).toBe(true)
  expect(isOffered('so', false, centre, false)).toBe(true)
  expect(isOffered('ti', true, centre, true)).toBe(false)
})

test('an answer that is not whole shows nothing', () => {
  const line = { name: 'Akut fara', number: '112', href: 'tel:112', note: 'Dygnet runt' }
  const whole = {
    phone: '021-39 87 62',
    languages: ['sv'],
    offer_unread: [],
    centre: { sv: { intro: ['Hej.'], call_list_note: 'Numren syns.', page: {} } },
    now: { state: 'open', staffed: [], sv: { sentence: 'Öppet.', opening_sentence: 'Vardagar.', help_lines: [line], closed_lines: [line] } },
  }
  expect(readCentre(whole)).toEqual({
    phone: '021-39 87 62',
    languages: ['sv'],
    offerUnread: [],
    said: { sv: { intro: ['Hej.'], callListNote: 'Numren syns.', page: {} } },
    now: {
      sv: {
        sentence: 'Öppet.',
        opening: 'Vardagar.',
        lines: [line, line].map(({ name, number, note }) => ({ name, number, note })),
      },
    },
  })
  for (const bad of [null, [], {}, { ...whole, phone: 1 }, { ...whole, now: {} }, { ...whole, centre: [] }, { ...whole, languages: ['sv', 'en'] }]) {
    expect(() => readCentre(bad)).toThrow(RangeError)
  }
})
