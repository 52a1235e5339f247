// The language of a page. Swedish is in the document; another language is fetched, with its hash, when chosen.

import { byId, h } from './dom.ts'
import { fill, pieces } from './rich.ts'

type Texts = Record<string, string>

export class PageWords {
  readonly #shown = new Map<Element, Node[]>()
  readonly #swedish = new Map<string, Node[]>()
  readonly #labels = new Map<Element, string>()
  #texts: Texts | null = null
  #tag = 'sv'

  /** Call before anything is changed: it learns the Swedish from the document, and takes out what only it needs. */
  constructor() {
    const store = byId('words')
    for (const element of document.querySelectorAll('[data-t]')) {
      const nodes = Array.from(element.childNodes, (node) => node.cloneNode(true))
      this.#swedish.set(element.getAttribute('data-t') ?? '', nodes)
      if (!store.contains(element)) this.#shown.set(element, nodes)
    }
    store.remove()
    for (const element of document.querySelectorAll('[data-t-label]')) {
      this.#labels.set(element, element.getAttribute('aria-label') ?? '')
    }
  }

  get tag(): string {
    return this.#tag
  }

  /** A sentence as plain text. An unknown key is shown as it stands: a tidy test keeps that from happening. */
  get(key: string, values: Record<string, string | number> = {}): string {
    const text = this.#texts?.[key] ?? this.#swedish.get(key)?.map((node) => node.textContent).join('')
    return fill(text ?? key, values)
  }

  /** The same as nodes, with numbers that can be tapped. */
  nodes(key: string): Node[] {
    const text = this.#texts?.[key]
    if (text !== undefined) return rich(text)
    const nodes = this.#swedish.get(key)
    return nodes ? copies(nodes) : [document.createTextNode(key)]
  }

  /** Another language, or null for the document's own; what the centre says otherwise in it comes with the document. */
  use(tag: string, built: Texts | null): void {
    const own = JSON.parse(document.documentElement.dataset.words || '{}') as Record<string, Texts>
    const texts = built && { ...built, ...own[tag] }
    this.#texts = texts
    this.#tag = tag
    document.documentElement.lang = tag
    document.documentElement.dir = texts?._direction ?? 'ltr'
    for (const [element, nodes] of this.#shown) {
      const text = texts?.[element.getAttribute('data-t') ?? '']
      element.replaceChildren(...(text === undefined ? copies(nodes) : rich(text)))
    }
    for (const [element, swedish] of this.#labels) {
      element.setAttribute('aria-label', texts?.[element.getAttribute('data-t-label') ?? ''] ?? swedish)
    }
    for (const element of document.querySelectorAll('[data-t-placeholder]')) {
      element.setAttribute('placeholder', this.get(element.getAttribute('data-t-placeholder') ?? ''))
    }
  }
}

function copies(nodes: Node[]): Node[] {
  return nodes.map((node) => node.cloneNode(true))
}

function rich(text: string): Node[] {
  return pieces(text).map((piece) => {
    switch (piece.kind) {
      case 'text':
        return document.createTextNode(piece.text)
      case 'strong':
        return h('strong', {}, piece.text)
      case 'call':
        return h('a', { href: `tel:${piece.number.replace(/ /g, '')}` }, piece.number)
      case 'phone': {
        const link = byId<HTMLAnchorElement>('phone').cloneNode(true) as HTMLAnchorElement
        link.removeAttribute('id')
        link.hidden = false
        return link
      }
    }
  })
}

/** Throws when the file cannot be fetched or is not the one that was built. */
export async function fetchTexts(file: BuiltFile): Promise<Texts> {
  const answer = await fetch(file.url, { integrity: file.integrity, cache: 'no-store' })
  if (!answer.ok) throw new Error(`texts: ${answer.status}`)
  return (await answer.json()) as Texts
}
