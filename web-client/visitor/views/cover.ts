// The plain cover: when the page is hidden, when somebody comes, and for the practice of leaving.

import { byId, show } from '../../shared/dom.ts'

const PRACTICE = 1_500

export class Cover {
  readonly #root = document.documentElement
  readonly #cover = byId('cover')
  #focusBefore: Element | null = null

  constructor(uncovered: () => void) {
    byId('uncover').onclick = () => {
      this.lift()
      uncovered()
    }
  }

  get on(): boolean {
    return !this.#cover.hidden
  }

  put(): void {
    if (this.on) return
    this.#focusBefore = document.activeElement
    this.#root.classList.add('covered')
    show(this.#cover, true)
  }

  /** The cover waits for a tap: whoever picks up the phone sees nothing. */
  focus(): void {
    if (this.on) byId('uncover').focus()
  }

  lift(): void {
    if (!this.on) return
    this.#root.classList.remove('covered', 'blank')
    show(this.#cover, false)
    if (this.#focusBefore instanceof HTMLElement) this.#focusBefore.focus()
    this.#focusBefore = null
  }

  /** Blank for a moment, as leaving would be; Lämna sidan itself stays real. */
  practise(done: () => void): void {
    this.#root.classList.add('blank')
    this.put()
    setTimeout(() => {
      if (!this.#root.classList.contains('blank')) return
      this.lift()
      done()
    }, PRACTICE)
  }

  /** A practice that is overtaken by a hidden page becomes a real cover. */
  makeReal(): void {
    this.#root.classList.remove('blank')
  }
}
