// "Kön": who waits, how long, with a hand for each.

import { byId, h, say, show } from '../../shared/dom.ts'
import { hex } from '../../shared/door/bytes.ts'
import type { LineEntry } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'
import { waitedWords } from '../model.ts'

interface Row {
  item: HTMLElement
  words: HTMLElement
  take: HTMLButtonElement
}

export class LineView {
  readonly #words: PageWords
  readonly #take: (ticket: Uint8Array) => void
  readonly #list = byId('queue')
  readonly #rows = new Map<string, Row>()
  #entries: LineEntry[] = []
  #total = 0
  #receivedAt = 0
  #mayTake = false

  constructor(words: PageWords, take: (ticket: Uint8Array) => void) {
    this.#words = words
    this.#take = take
    byId('show-total').onchange = () => this.render()
  }

  update(total: number, entries: LineEntry[]): void {
    this.#total = total
    this.#entries = entries
    this.#receivedAt = Date.now()
    this.render()
  }

  allow(mayTake: boolean): void {
    this.#mayTake = mayTake
    this.render()
  }

  /** Rows are kept while their ticket waits, so that a press never lands on another visitor. */
  render(): void {
    const words = this.#words
    const keep = new Set(this.#entries.map((entry) => hex(entry.ticket)))
    for (const [key, row] of this.#rows) {
      if (keep.has(key)) continue
      row.item.remove()
      this.#rows.delete(key)
    }
    const since = (Date.now() - this.#receivedAt) / 1000
    this.#entries.forEach((entry, i) => {
      const key = hex(entry.ticket)
      const row = this.#rows.get(key) ?? this.#newRow(key, entry.ticket)
      const waited = waitedWords(entry.waitedSeconds + since)
      const parts = [
        words.get(waited.key, waited.values),
        words.get(`lane.${entry.lane}`),
        entry.languages.join(', '),
        words.get(entry.present ? 'line.present' : 'line.absent'),
      ]
      say(row.words, parts.filter((part) => part !== '').join(' · '))
      say(row.take, words.get('take'))
      row.take.disabled = !this.#mayTake || !entry.present
      row.item.classList.toggle('absent', !entry.present)
      if (this.#list.children[i] !== row.item) this.#list.insertBefore(row.item, this.#list.children[i] ?? null)
    })
    const numberShown = byId<HTMLInputElement>('show-total').checked
    say(byId('total'), numberShown && this.#total > 0 ? words.get('line.total', { n: this.#total }) : '')
    show(byId('queue-empty'), this.#total === 0)
  }

  #newRow(key: string, ticket: Uint8Array): Row {
    const id = `waits-${key.slice(0, 12)}`
    const words = h('span', { id })
    const take = h('button', {
      type: 'button',
      class: 'plain',
      'aria-describedby': id,
      onclick: () => this.#take(ticket),
    })
    const row = { item: h('li', {}, words, take), words, take }
    this.#rows.set(key, row)
    return row
  }
}
