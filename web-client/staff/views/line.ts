// "Kön": who waits, how long, with a hand for each.

import { byId, h, say, show } from '../../shared/dom.ts'
import { hex } from '../../shared/door/bytes.ts'
import type { LineEntry } from '../../shared/door/records.ts'
import type { PageWords } from '../../shared/words.ts'
import { languageName } from '../templates/language.ts'
import { shownRows, waitedWords, waitsTooLong } from '../model.ts'

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
  #shownAfter = Infinity
  #mayTake = false

  constructor(words: PageWords, take: (ticket: Uint8Array) => void) {
    this.#words = words
    this.#take = take
    byId('show-total').onchange = () => this.render()
  }

  /** `shownAfter`: milliseconds after which a professional is pointed out. */
  update(total: number, entries: LineEntry[], shownAfter: number): void {
    this.#shownAfter = shownAfter
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
    const since = (Date.now() - this.#receivedAt) / 1000
    const numberShown = byId<HTMLInputElement>('show-total').checked
    const tooLong = (entry: LineEntry) => waitsTooLong(entry, since, this.#shownAfter)
    const underHand = (entry: LineEntry) => this.#rows.get(hex(entry.ticket))?.take === document.activeElement
    const shown = shownRows(this.#entries, numberShown, (entry) => tooLong(entry) || underHand(entry))
    const keep = new Set(shown.map((entry) => hex(entry.ticket)))
    const gone: number[] = []
    for (const [key, row] of this.#rows) {
      if (keep.has(key)) continue
      // The hand stays in the list when its row goes away: on the one that comes up in its place.
      if (row.take === document.activeElement) gone.push([...this.#list.children].indexOf(row.item))
      row.item.remove()
      this.#rows.delete(key)
    }
    shown.forEach((entry, i) => {
      const key = hex(entry.ticket)
      const row = this.#rows.get(key) ?? this.#newRow(key, entry.ticket)
      const waited = waitedWords(entry.waitedSeconds + since)
      const parts = [
        tooLong(entry) ? words.get('line.long', waited.values) : words.get(waited.key, waited.values),
        words.get(`lane.${entry.lane}`),
        entry.languages.map((tag) => languageName(tag, words.tag)).join(', '),
        words.get(entry.present ? 'line.present' : 'line.absent'),
      ]
      say(row.words, parts.filter((part) => part !== '').join(' · '))
      say(row.take, words.get('take'))
      row.take.disabled = !this.#mayTake || !entry.present
      row.item.classList.toggle('absent', !entry.present)
      row.item.classList.toggle('long', tooLong(entry))
      if (this.#list.children[i] !== row.item) this.#list.insertBefore(row.item, this.#list.children[i] ?? null)
    })
    say(byId('total'), numberShown && this.#total > 0 ? words.get('line.total', { n: this.#total }) : '')
    const long = this.#entries.filter(tooLong).length
    say(byId('long-words'), long > 0 ? words.get('line.long.note', { n: long }) : '')
    show(byId('long'), long > 0)
    for (const at of gone) this.#focusAt(at)
    show(byId('queue-empty'), this.#total === 0)
  }

  #focusAt(at: number): void {
    const row = this.#list.children[Math.min(at, this.#list.children.length - 1)]
    const button = row?.querySelector('button')
    if (button && !button.disabled) button.focus()
    else byId('line-title').focus()
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
