// What a visitor reads, laid out in the order of their screens: pure. Every sentence of the language's file is somewhere in
// it, so that nothing a visitor could come to read is left out of what a counsellor may look at.

import { fill } from '../../shared/rich.ts'

export type Texts = Record<string, string>

/** The visitor's screens in order, each with the beginnings of its sentences' names. */
export const SCREENS = [
  { screen: 'always', of: ['exit', 'danger'] },
  { screen: 'start', of: ['language', 'text', 'safety', 'door', 'more', 'broken'] },
  { screen: 'who', of: ['who', 'return', 'refused'] },
  { screen: 'line', of: ['line'] },
  { screen: 'talk', of: ['talk', 'lost', 'silence', 'cover'] },
  { screen: 'room', of: ['room', 'role'] },
  { screen: 'words', of: ['compare', 'words'] },
  { screen: 'over', of: ['over'] },
  { screen: 'help', of: ['help'] },
] as const
export type Screen = (typeof SCREENS)[number]['screen']

/** What the centre's file and the hour add. */
export interface Centre {
  phone: string
  /** Of the centre's file. */
  languages: string[]
  offerUnread: string[]
  said: Record<string, { intro: string[]; callListNote: string; page: Texts }>
  now: Record<string, { sentence: string; opening: string; lines: Line[] }>
}

export interface Line {
  name: string
  number: string
  note: string
}

export interface Sentence {
  key: string
  text: string
}

/** The sentences of one screen, in the order of the file; the centre's own word stands instead of the file's. */
export function layOut(file: Texts, centre: Centre, tag: string): { screen: Screen; sentences: Sentence[] }[] {
  const own = centre.said[tag]?.page ?? {}
  const values = examples({ ...file, ...own })
  const beginning = (key: string) => key.split('.')[0] ?? ''
  const keys = Object.keys(file).filter((key) => !key.startsWith('_'))
  return SCREENS.map(({ screen, of }) => {
    const names: readonly string[] = of
    const mine = keys.filter((key) => names.includes(beginning(key)))
    // As the visitor meets them: by what they belong to, and then as the file has them.
    mine.sort((one, other) => names.indexOf(beginning(one)) - names.indexOf(beginning(other)))
    const sentences = mine.map((key) => ({ key, text: fill(own[key] ?? file[key] ?? '', values) }))
    // Under the screen's own title, where the page has it.
    const under = sentences.findIndex(({ key }) => key.endsWith('.title')) + 1
    sentences.splice(under, 0, ...added(screen, centre, tag))
    return { screen, sentences }
  })
}

/** What the centre's file says of its own there, and what holds at this hour. */
function added(screen: Screen, centre: Centre, tag: string): Sentence[] {
  const [said, now] = [centre.said[tag], centre.now[tag]]
  const all = (key: string, texts: (string | undefined)[]) => texts.filter((text) => text !== undefined && text !== '').map((text) => ({ key, text: text ?? '' }))
  if (screen === 'start') return [...all('intro', said?.intro ?? []), ...all('opening', [now?.opening]), ...all('state', [now?.sentence])]
  if (screen === 'help') return all('calls', [said?.callListNote])
  return []
}

/** For the blanks of a sentence: nobody, and small numbers. */
function examples(texts: Texts): Record<string, string | number> {
  const role = texts['role.1'] ?? ''
  return { n: 2, from: 5, to: 10, name: 'Alva', by: 'Bo', who: 'Alva', role, roles: role, languages: texts._language ?? '', word: '…' }
}

/** Whether visitors are offered a language here: Swedish is the document's own, the others as the centre's file has it. */
export function isOffered(tag: string, read: boolean, centre: Centre, demo: boolean): boolean {
  return centre.languages.includes(tag) && (tag === 'sv' || read || demo || centre.offerUnread.includes(tag))
}

/** Throws RangeError when the answer is not whole: half a page would be taken for the whole. */
export function readCentre(answer: unknown): Centre {
  const { phone, languages, offer_unread: offerUnread, centre, now } = fields(answer)
  const said = Object.entries(fields(centre)).map(([tag, one]) => {
    const { intro, call_list_note: note, page } = fields(one)
    const own = Object.fromEntries(Object.entries(fields(page)).map(([key, value]) => [key, text(value)]))
    return [tag, { intro: list(intro).map(text), callListNote: text(note), page: own }] as const
  })
  const tags = list(languages).map(text)
  const held = fields(now)
  const sentences = tags.map((tag) => {
    const { sentence, opening_sentence: opening, help_lines: open, closed_lines: closed } = fields(held[tag])
    const lines = [...list(open), ...list(closed)].map((line) => {
      const { name, number, note } = fields(line)
      return { name: text(name), number: text(number), note: text(note) }
    })
    return [tag, { sentence: text(sentence), opening: text(opening), lines }] as const
  })
  return {
    phone: text(phone),
    languages: tags,
    offerUnread: list(offerUnread).map(text),
    said: Object.fromEntries(said),
    now: Object.fromEntries(sentences),
  }
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError('no preview')
  return value as Record<string, unknown>
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new RangeError('no list')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new RangeError('no text')
  return value
}
