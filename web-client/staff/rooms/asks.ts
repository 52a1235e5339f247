// Colleagues who ask this seat into a chat: one notice for each, until it is answered or taken back.

import { byId, h, say, show } from '../../shared/dom.ts'
import { Invite } from '../../shared/door/words.ts'
import type { PageWords } from '../../shared/words.ts'
import { hasHand } from '../hand.ts'
import type { Ask } from './post.ts'

interface Notice {
  element: HTMLElement
  said: HTMLElement
  yes: HTMLButtonElement
  no: HTMLButtonElement
}

export class AsksView {
  readonly #words: PageWords
  readonly #answer: (ticket: string, yes: boolean) => void
  readonly #lost: () => void
  readonly #room = byId('asks')
  /** Each is made once, so that none is announced again when another comes or goes. */
  readonly #notices = new Map<string, Notice>()
  #asks: Ask[] = []
  #made = 0

  /** `lost`: the notice that the keyboard was in is gone. */
  constructor(words: PageWords, answer: (ticket: string, yes: boolean) => void, lost: () => void) {
    this.#words = words
    this.#answer = answer
    this.#lost = lost
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
    const had = this.#room.contains(document.activeElement)
    show(this.#room, this.#asks.length > 0)
    for (const [ticket, { element }] of this.#notices) {
      if (this.#asks.some((ask) => ask.ticket === ticket)) continue
      element.remove()
      this.#notices.delete(ticket)
    }
    for (const ask of this.#asks) {
      const { said, yes, no } = this.#notices.get(ask.ticket) ?? this.#make(ask)
      const by = ask.from || words.get('rooms.somebody')
      say(said, words.get(ask.kind === Invite.HandOver ? 'rooms.asks.over' : 'rooms.asks', { by }))
      say(yes, words.get('rooms.yes'))
      say(no, words.get('rooms.no'))
    }
    if (had && !hasHand()) this.#lost()
  }

  #make(ask: Ask): Notice {
    this.#made += 1
    const id = `ask-${this.#made}`
    const button = (yes: boolean) =>
      h('button', {
        type: 'button',
        class: 'plain',
        onclick: () => {
          this.remove(ask.ticket)
          this.#answer(ask.ticket, yes)
        },
      })
    const [said, yes, no] = [h('span', { id, role: 'alert' }), button(true), button(false)]
    // Two may ask at once: what "yes" says yes to is read with it.
    const element = h('div', { class: 'note warm', role: 'group', 'aria-labelledby': id }, said, ' ', yes, ' ', no)
    const notice = { element, said, yes, no }
    this.#notices.set(ask.ticket, notice)
    this.#room.append(element)
    return notice
  }
}
