// What a visitor may want besides writing: out of the way until asked for.

import { byId, say, show } from '../../shared/dom.ts'
import { Compare, Phase } from '../../shared/door/words.ts'
import { numbersWords } from '../../shared/numbers.ts'
import type { View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'

export interface MoreActs {
  /** Words to compare: begins or shows them, or takes them from the screen. */
  compare(on: boolean): void
}

export class MoreView {
  readonly #words: PageWords
  readonly #more = byId('more')
  readonly #extra = byId('extra')
  readonly #compare = byId('compare')
  readonly #numbers = byId('compare-numbers')
  #view: View | null = null
  #open = false

  constructor(words: PageWords, acts: MoreActs) {
    this.#words = words
    this.#more.onclick = () => this.#toggle(!this.#open)
    byId('compare-start').onclick = () => {
      this.#toggle(false)
      acts.compare(true)
      byId('compare-close').focus()
    }
    byId('compare-close').onclick = () => {
      acts.compare(false)
      this.#more.focus()
    }
  }

  update(view: View): void {
    this.#view = view
    this.render()
  }

  /** Again after a change of language too. */
  render(): void {
    const view = this.#view
    const talking = view?.phase === Phase.Talking
    show(this.#more, talking)
    show(this.#extra, talking && this.#open)
    this.#more.setAttribute('aria-expanded', String(this.#open))
    const comparing = talking && view.compare !== Compare.None
    show(this.#compare, comparing)
    say(this.#numbers, comparing ? (numbersWords(view) ?? this.#words.get('compare.wait')) : '')
  }

  /** The conversation is gone, and what was beside it. Cannot fail, in the document or out of it. */
  empty(): void {
    this.#view = null
    this.#open = false
    this.render()
  }

  #toggle(open: boolean): void {
    this.#open = open
    this.render()
  }
}
