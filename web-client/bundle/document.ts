// Puts the Swedish texts into a document's source. Slots of the server ({{…}} and <!--slot:…-->) pass untouched.

import { pieces } from '../shared/rich.ts'

export type Texts = Record<string, string>

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** One text as HTML. The centre's own number stays a slot of the server. */
export function html(text: string): string {
  return pieces(text)
    .map((piece) => {
      switch (piece.kind) {
        case 'text':
          return escape(piece.text)
        case 'strong':
          return `<strong>${escape(piece.text)}</strong>`
        case 'call':
          return `<a href="tel:${piece.number.replace(/ /g, '')}">${escape(piece.number)}</a>`
        case 'phone':
          return '<a href="{{phone_href}}">{{phone}}</a>'
      }
    })
    .join('')
}

/**
 * Fills every `data-t`, `data-t-label` and `data-t-placeholder`, and puts the sentences that no element
 * shows from the start into `#words`, so that the script itself carries no Swedish. Throws when a document
 * asks for a text that is not there.
 */
export function fillTexts(source: string, texts: Texts): string {
  const used = new Set<string>()
  const get = (key: string): string => {
    const text = texts[key]
    if (text === undefined) throw new Error(`no text ${key}`)
    used.add(key)
    return text
  }
  const filled = source
    .replace(/(<[^>]*\sdata-t="([^"]+)"[^>]*>)(?=<\/)/g, (_, tag: string, key: string) => tag + html(get(key)))
    .replace(/\sdata-t-(label|placeholder)="([^"]+)"/g, (whole, kind: string, key: string) => {
      return `${whole} ${kind === 'label' ? 'aria-label' : kind}="${escape(get(key))}"`
    })
  const rest = Object.keys(texts).filter((key) => !key.startsWith('_') && !used.has(key))
  const words = rest.map((key) => `<i data-t="${key}">${html(get(key))}</i>`).join('')
  return filled.replace(/(<div id="words"[^>]*>)/, `$1${words}`)
}

/** A document that is made in one language after the other: which it is in, and which one it leads back to. */
export function inLanguage(source: string, tag: string, texts: Texts, home: Texts): string {
  const blanks: Texts = { lang: tag, dir: texts._direction ?? 'ltr', 'home-lang': 'sv', home: home._language ?? 'sv' }
  return source.replace(/\{build:([a-z-]+)\}/g, (_, name: string) => {
    const text = blanks[name]
    if (text === undefined) throw new Error(`no blank ${name}`)
    return escape(text)
  })
}

/** Blank lines and the indentation of the source, which every visitor would otherwise download. */
export function tighten(source: string): string {
  return source.replace(/\n\s*/g, '\n').replace(/>\n</g, '><').trim() + '\n'
}
