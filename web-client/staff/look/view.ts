// Says at the console whether the visitor's page is what it should be: quietly when it is, loudly when it is not.

import { h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { look, type Seen } from './model.ts'

/** So many differences are named; the rest is a number. */
const NAMED = 5

export class LookView {
  readonly element: HTMLElement
  readonly #words: PageWords
  readonly #loud = h('span')
  readonly #quiet = h('span', { role: 'status' })
  readonly #what = h('small')
  readonly #again: HTMLButtonElement
  #seen: Seen | null = null
  #at = ''

  constructor(words: PageWords) {
    this.#words = words
    this.#again = h('button', { type: 'button', class: 'plain', onclick: () => void this.run() })
    const alert = h('span', { role: 'alert' }, this.#loud, ' ', this.#what)
    this.element = h('p', { class: 'note', id: 'look' }, alert, this.#quiet, ' ', this.#again)
    show(this.element, false)
  }

  /** Looks now. A look that is under way is looked at no more when another begins. */
  async run(): Promise<void> {
    this.#again.disabled = true
    const seen = await look(location.href)
    this.#again.disabled = false
    this.#seen = seen
    this.#at = new Date().toLocaleTimeString('sv-SE', { hour: '2-digit', minute: '2-digit' })
    this.render()
  }

  render(): void {
    const seen = this.#seen
    show(this.element, seen !== null)
    if (!seen) return
    const changed = seen.is === 'changed'
    this.element.classList.toggle('warm', seen.is !== 'same')
    this.element.classList.toggle('loud', changed)
    const text = this.#words.get(`look.${seen.is}`, { time: this.#at })
    say(this.#loud, changed ? text : '')
    say(this.#quiet, changed ? '' : text)
    say(this.#what, changed ? named(seen.what) : '')
    say(this.#again, this.#words.get('look.again'))
  }
}

function named(what: string[]): string {
  const more = what.length - NAMED
  return what.slice(0, NAMED).join(', ') + (more > 0 ? ` + ${more}` : '')
}
