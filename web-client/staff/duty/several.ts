// How many chats at once, for this duty: the centre's usual number, raised by hand to at most its largest.

import { byId, h, show } from '../../shared/dom.ts'

export class SeveralView {
  readonly #field = byId<HTMLSelectElement>('several')
  #usual = 1

  constructor(chosen: (chats: number) => void) {
    this.#field.onchange = () => chosen(this.chats)
  }

  get chats(): number {
    return Number(this.#field.value) || 1
  }

  /** What the centre's file says. */
  of(chats: { default: number; max: number }): void {
    this.#usual = chats.default
    const options = Array.from({ length: chats.max }, (_, at) => h('option', { value: at + 1 }, String(at + 1)))
    this.#field.replaceChildren(...options)
    show(byId('several-row'), chats.max > 1)
    this.usual()
  }

  /** A duty is over: the next one begins with the usual number. */
  usual(): void {
    this.#field.value = String(this.#usual)
  }
}
