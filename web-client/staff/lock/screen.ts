// The cover and the lock, drawn. Behind them no text of a chat stands in the document: whatever is in an element marked
// `data-covered` is taken out of it, and put back when somebody may see it.

import { byId, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'

/** Keys that are held down on the way to somewhere else. */
const MODIFIERS = ['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Tab', 'OS']

export interface ScreenHands {
  /** A key or a tap on the cover. */
  touched(): void
  /** "Lås upp". */
  unlock(): void
}

export class LockScreen {
  readonly #words: PageWords
  readonly #hands: ScreenHands
  readonly #demo: boolean
  readonly #screen = byId('guard')
  readonly #desk = byId('desk')
  readonly #apart = new Map<Element, DocumentFragment>()
  #shown: 'open' | 'covered' | 'locked' = 'open'
  #before: HTMLElement | null = null
  #said: string | null = null

  constructor(words: PageWords, demo: boolean, hands: ScreenHands) {
    this.#words = words
    this.#demo = demo
    this.#hands = hands
    byId('guard-unlock').onclick = (event) => {
      event.stopPropagation()
      hands.unlock()
    }
    byId('guard-show').onclick = (event) => {
      event.stopPropagation()
      hands.touched()
    }
    this.#screen.onclick = () => this.#touch()
    // Not passed on: the key that takes the cover away must not write or press anything behind it.
    addEventListener('keydown', (event) => {
      if (this.#shown !== 'covered' || MODIFIERS.includes(event.key)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      this.#touch()
    }, { capture: true })
  }

  get open(): boolean {
    return this.#shown === 'open'
  }

  /** Shows the desk, or what stands in front of it. */
  set(shown: 'open' | 'covered' | 'locked'): void {
    if (shown !== this.#shown) {
      if (this.#shown === 'open') this.#before = document.activeElement as HTMLElement | null
      this.#shown = shown
      this.#said = null
      if (shown === 'open') this.#bringBack()
      else this.tuck()
      show(this.#screen, shown !== 'open')
      this.#desk.inert = shown !== 'open'
      this.#desk.classList.toggle('behind', shown !== 'open')
      this.render()
      this.#focus()
      return
    }
    if (shown !== 'open') this.tuck()
  }

  /** Why the passkey did not open it: the key of a sentence. */
  complain(key: string | null): void {
    this.#said = key
    this.render()
  }

  /** Whatever came meanwhile goes out of the document too. */
  tuck(): void {
    for (const element of document.querySelectorAll('[data-covered]')) {
      const apart = this.#apart.get(element) ?? new DocumentFragment()
      apart.append(...element.childNodes)
      this.#apart.set(element, apart)
    }
  }

  /** How many messages and visitors there are: numbers only. */
  news(text: string): void {
    say(byId('guard-news'), text)
  }

  render(): void {
    const words = this.#words
    const locked = this.#shown === 'locked'
    say(byId('guard-title'), words.get(locked ? 'lock' : 'cover'))
    say(byId('guard-about'), words.get(locked ? 'lock.about' : 'cover.about'))
    say(byId('guard-said'), this.#said ? words.get(this.#said) : '')
    say(byId('guard-unlock'), words.get(this.#demo ? 'lock.open.demo' : 'lock.open'))
    say(byId('guard-show'), words.get('cover.show'))
    show(byId('guard-unlock'), locked)
    show(byId('guard-show'), !locked)
  }

  #touch(): void {
    if (this.#shown === 'covered') this.#hands.touched()
  }

  #bringBack(): void {
    for (const [element, apart] of this.#apart) element.append(apart)
    this.#apart.clear()
  }

  #focus(): void {
    if (this.#shown === 'open') {
      if (this.#before?.isConnected) this.#before.focus()
      this.#before = null
    } else byId(this.#shown === 'locked' ? 'guard-unlock' : 'guard-show').focus()
  }
}
