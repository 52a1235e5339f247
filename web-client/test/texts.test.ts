import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brotli } from '../bundle/brotli.ts'
import { fillTexts, html } from '../bundle/document.ts'
import { equallyHeavy } from '../bundle/weight.ts'
import { fill, pieces } from '../shared/rich.ts'

const here = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(here, path), 'utf8')
const texts = (name: string) => JSON.parse(read(`texts/${name}`)) as Record<string, string>

/** Every source below a folder, as one string. */
function sources(folder: string): string {
  return readdirSync(join(here, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|html)$/.test(name))
    .map((name) => read(join(folder, name)))
    .join('\n')
}

/** Blanks and strong words: what must be the same in every language. */
const marks = (text: string) => text.match(/\{[^}]+\}|\*\*/g)?.sort() ?? []

for (const [page, prefix] of [['visitor', ''], ['staff', 'staff.']] as const) {
  describe(`the texts of the ${page} page`, () => {
    const swedish = texts(`${prefix}sv.json`)
    const files = readdirSync(join(here, 'texts')).filter(
      (file) => file.endsWith('.json') && file.startsWith('staff.') === (page === 'staff'),
    )
    const languages = files.map((file) => [file, texts(file)] as const)

    test.each(languages)('%s says the same things, with the same blanks and the same weight', (_, others) => {
      expect(Object.keys(others)).toEqual(Object.keys(swedish))
      for (const key of Object.keys(swedish).filter((one) => !one.startsWith('_'))) {
        expect([key, marks(others[key] ?? '')]).toEqual([key, marks(swedish[key] ?? '')])
      }
    })

    test.each(languages)('%s says which way it is written and whether a person has read it', (_, others) => {
      expect(['ltr', 'rtl']).toContain(others._direction)
      expect(others).toHaveProperty('_read_by')
      expect(others).toHaveProperty('_read_on')
      expect(Boolean(others._read_by)).toBe(Boolean(others._read_on))
    })

    test.each(languages)('%s: no text is empty, and a text is a sentence, not markup', (_, others) => {
      for (const [key, text] of Object.entries(others)) {
        if (!key.startsWith('_')) expect(text, key).toMatch(/^[^<>]+$/)
      }
    })

    test('every text the sources name exists', () => {
      const code = sources(page)
      const named = [...code.matchAll(/'([a-z]+(?:\.[a-z0-9]+)+)'|data-t(?:-\w+)?="([^"]+)"/g)]
        .map((match) => match[1] ?? match[2] ?? '')
        .filter((key) => Object.keys(swedish).some((known) => known.split('.')[0] === key.split('.')[0]))
      expect(named.length).toBeGreaterThan(20)
      expect(named.filter((key) => !(key in swedish))).toEqual([])
    })

    test('the document takes them all, and keeps the slots of the server', () => {
      const source = read(`${page}/index.html`)
      const filled = fillTexts(source, swedish)
      for (const slot of source.match(/\{\{\w+\}\}|<!--slot:\w+-->|<!--\/slot-->/g) ?? []) expect(filled).toContain(slot)
      for (const key of Object.keys(swedish).filter((one) => !one.startsWith('_'))) {
        expect(filled.split(`data-t="${key}"`).length + filled.split(`data-t-label="${key}"`).length, key).toBeGreaterThan(2)
      }
    })
  })
}

test('a document that asks for a text that is not there is not built', () => {
  expect(() => fillTexts('<p data-t="nowhere"></p>', {})).toThrow('no text nowhere')
})

test('text cannot become markup', () => {
  expect(html('<b> & "x"')).toBe('&lt;b&gt; &amp; &quot;x&quot;')
})

test('numbers can be tapped, and the centre’s own stays a slot', () => {
  expect(html('Ring {call:114 14} eller {phone}.')).toBe(
    'Ring <a href="tel:11414">114 14</a> eller <a href="{{phone_href}}">{{phone}}</a>.',
  )
})

test('strong words and blanks are found where they stand', () => {
  expect(pieces('**Nu** är {n}')).toEqual([{ kind: 'strong', text: 'Nu' }, { kind: 'text', text: ' är {n}' }])
  expect(fill('{n} av {m}', { n: 0 })).toBe('0 av {m}')
})

test('all translations weigh the same on the wire, so that the weight does not tell the language', { timeout: 60_000 }, () => {
  const files = ['ar', 'en', 'so', 'ti'].map((tag) => ({ texts: texts(`${tag}.json`) }))
  const weigh = (one: { texts: Record<string, string> }) => brotli(Buffer.from(JSON.stringify(one.texts))).length
  expect(new Set(files.map(weigh)).size).toBeGreaterThan(1)
  expect(new Set(equallyHeavy(files).map(weigh)).size).toBe(1)
})

describe('the visitor page keeps no trace', () => {
  const code = sources('visitor') + sources('shared')

  test('it names no storage, no history entry, no cookie, no title and no foreign request', () => {
    for (const forbidden of [
      'localStorage', 'sessionStorage', 'indexedDB', 'document.cookie', 'pushState', 'replaceState', 'document.title',
      'Notification', 'vibrate', 'AudioContext', 'serviceWorker', 'innerHTML', 'insertAdjacentHTML', 'beforeunload',
      'new Worker', 'navigator.clipboard', 'href="#',
    ]) {
      expect(code, forbidden).not.toContain(forbidden)
    }
    expect(code).not.toMatch(/https?:\/\//)
  })

  test('views never import the driver, and the driver never touches the document', () => {
    expect(sources('visitor/views')).not.toMatch(/driver/)
    expect(read('visitor/driver.ts')).not.toMatch(/document\b(?!:)|dom\.ts|views\//)
    expect(sources('staff/views')).not.toMatch(/from '\.\.\/(desk|chat)\.ts'/)
    for (const name of ['desk', 'chat']) expect(read(`staff/${name}.ts`)).not.toMatch(/dom\.ts|views\//)
  })
})
