// What a visitor may want besides writing: out of the way until asked for.

import { byId, say, show } from '../../shared/dom.ts'
import { Compare, Phase, Returning } from '../../shared/door/words.ts'
import { numbersWords } from '../../shared/numbers.ts'
import type { View } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'

export interface MoreActs {
  /** Words to compare: begins or shows them, or takes them from the screen. */
  compare(on: boolean): void
  /** Fresh return words, kept by the counsellor from soon on; null when there are none. */
  keepWords(stays: boolean): Promise<string[] | null>
  forgetWords(): void
}

export class MoreView {
  readonly #words: PageWords
  readonly #acts: MoreActs
  readonly #more = byId('more')
  readonly #extra = byId('extra')
  readonly #compare = byId('compare')
  readonly #numbers = byId('compare-numbers')
  readonly #returning = byId('return-words')
  readonly #shown = byId('words-shown')
  readonly #state = byId('words-state')
  readonly #stays = byId<HTMLInputElement>('words-stays')
  readonly #show = byId<HTMLButtonElement>('words-show')
  readonly #parts = ['words-why', 'words-paper', 'words-stays-row', 'words-forget'].map((id) => byId(id))
  #view: View | null = null
  #open = false
  #asked = false
  #failed = false

  constructor(words: PageWords, acts: MoreActs) {
    this.#words = words
    this.#acts = acts
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
    byId('words-start').onclick = () => {
      this.#toggle(false)
      this.#ask(true)
      this.#show.focus()
    }
    this.#show.onclick = () => void this.#fetch()
    byId('words-forget').onclick = () => {
      acts.forgetWords()
      this.#ask(false)
      this.#more.focus()
    }
    byId('words-close').onclick = () => {
      this.#ask(false)
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

    const has = talking && view.returning !== Returning.None
    const shown = this.#shown.textContent !== ''
    show(this.#returning, talking && this.#asked)
    for (const part of this.#parts) {
      if (part.id === 'words-forget') show(part, has)
      else if (part.id === 'words-why') show(part, !has)
      else show(part, part.id === 'words-paper' || !shown)
    }
    show(this.#show, !shown)
    say(this.#show, this.#words.get(has ? 'words.new' : 'words.show'))
    const state = this.#failed
      ? 'words.failed'
      : shown
        ? view?.returning === Returning.Kept ? 'words.kept' : 'words.wait'
        : has ? 'words.have' : null
    say(this.#state, state ? this.#words.get(state) : '')
  }

  /** The conversation is gone, and what was beside it. Cannot fail, in the document or out of it. */
  empty(): void {
    this.#view = null
    this.#open = false
    this.#ask(false)
  }

  #toggle(open: boolean): void {
    this.#open = open
    this.render()
  }

  /** Opens or closes the return words. They are on the screen once, and in no memory of this page. */
  #ask(open: boolean): void {
    this.#asked = open
    this.#failed = false
    this.#stays.checked = false
    this.#shown.replaceChildren()
    this.render()
  }

  async #fetch(): Promise<void> {
    const view = this.#view
    this.#show.disabled = true
    const words = await this.#acts.keepWords(this.#stays.checked)
    this.#show.disabled = false
    // Closed, or the chat over, while they came: whoever asked again gets others.
    if (!this.#asked || view === null || this.#view?.phase !== Phase.Talking) return
    this.#failed = words === null
    this.#shown.replaceChildren(...(words ? [words.join('  ')] : []))
    this.render()
  }
}
