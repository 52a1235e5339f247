// Which words a template has for whom: pure.

import type { Template } from '../day.ts'

export interface Offered {
  /** In the visitor's language, or in the first that is written; that goes into the field. */
  text: string
  language: string
  /** The same in the counsellor's language; null when that is what stands in `text`. */
  own: string | null
  /** The visitor's language, when nobody has written the template in it. */
  missing: string | null
}

/** `asked` are the visitor's languages, the first is the one they read; `reader` is the console's. */
export function offered(template: Template, asked: readonly string[], reader: string, name: string): Offered {
  const written = Object.keys(template.text)
  const wanted = asked[0] ?? reader
  const language = [...asked, reader].find((tag) => written.includes(tag)) ?? written[0] ?? reader
  const words = (tag: string) => (template.text[tag] ?? '').replaceAll('{name}', name)
  const own = written.includes(reader) && reader !== language ? words(reader) : null
  return { text: words(language), language, own, missing: written.includes(wanted) ? null : wanted }
}

/** The name in the console's language; the word in the file where there is none. */
export function nameOf(template: Template, reader: string): string {
  return template.name[reader] ?? template.key
}
