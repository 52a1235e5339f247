// Words to compare with a visitor on the telephone.

import { h, say, show } from '../../shared/dom.ts'
import { Compare } from '../../shared/door/words.ts'
import { numbersWords } from '../../shared/numbers.ts'
import type { View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'

export class CompareView {
  readonly start: HTMLButtonElement
  readonly note: HTMLElement
  readonly #about = h('p')
  readonly #numbers = h('strong', { class: 'numbers', role: 'status' })
  readonly #close: HTMLButtonElement

  constructor(compare: (on: boolean) => void) {
    this.start = h('button', { type: 'button', class: 'plain', onclick: () => compare(true) })
    this.#close = h('button', {
      type: 'button',
      class: 'plain slim',
      onclick: () => {
        compare(false)
        this.start.focus()
      },
    })
    this.note = h('div', { class: 'note', role: 'group', hidden: true }, this.#numbers, this.#about, this.#close)
  }

  render(words: PageWords, view: View | null, talking: boolean): void {
    say(this.start, words.get('chat.compare'))
    this.start.disabled = !talking
    this.note.setAttribute('aria-label', words.get('chat.compare'))
    say(this.#about, words.get('chat.compare.about'))
    say(this.#close, words.get('chat.compare.close'))
    const shown = talking && view !== null && view.compare !== Compare.None
    show(this.note, shown)
    say(this.#numbers, shown ? (numbersWords(view) ?? words.get('chat.compare.wait')) : '')
  }
}
