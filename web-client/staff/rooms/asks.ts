// Colleagues who ask this seat into a chat: one notice for each, until it is answered or taken back.

import { byId, h, show } from '../../shared/dom.ts'
import { Invite } from '../../shared/door/words.ts'
import type { PageWords } from '../../shared/words.ts'
import type { Ask } from './post.ts'

export class AsksView {
  readonly #words: PageWords
  readonly #answer: (ticket: string, yes: boolean) => void
  readonly #room = byId('asks')
  #asks: Ask[] = []

  constructor(words: PageWords, answer: (ticket: string, yes: boolean) => void) {
    this.#words = words
    this.#answer = answer
  }

  add(ask: Ask): void {
    this.remove(ask.ticket)
    this.#asks.push(ask)
    this.render()
  }

  remove(ticket: string): void {
    this.#asks = this.#asks.filter((one) => one.ticket !== ticket)
    this.render()
  }

  empty(): void {
    this.#asks = []
    this.render()
  }

  render(): void {
    const words = this.#words
    show(this.#room, this.#asks.length > 0)
    this.#room.replaceChildren(
      ...this.#asks.map((ask) => {
        const by = ask.from || words.get('rooms.somebody')
        const button = (yes: boolean) =>
          h(
            'button',
            {
              type: 'button',
              class: 'plain',
              onclick: () => {
                this.remove(ask.ticket)
                this.#answer(ask.ticket, yes)
              },
            },
            words.get(yes ? 'rooms.yes' : 'rooms.no'),
          )
        return h(
          'div',
          { class: 'note warm' },
          h('span', { role: 'alert' }, words.get(ask.kind === Invite.HandOver ? 'rooms.asks.over' : 'rooms.asks', { by })),
          ' ',
          button(true),
          ' ',
          button(false),
        )
      }),
    )
  }
}
