// "Öppettider": what holds, what the staff changed, and changing it. Nothing happens before a person has read what
// visitors will see.

import { byId, h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import type { Hours, Kind, Not, Preview, Wish } from './api.ts'
import { dayWords, editWords, fieldTime, nextDay, presentWords, reasonKey, sureWords, timeWords, type Said, type Say } from './model.ts'

export interface Asks {
  load(): Promise<Hours | null>
  tried(version: number, wish: Wish): Promise<Preview | Not>
  make(version: number, wish: Wish): Promise<Hours | Not>
}

/** While it is open, what colleagues change is seen after this long at the latest, ms. */
const LOOK_MS = 10_000

const KINDS: Kind[] = ['no_more', 'until', 'closed', 'extra']
/** What is asked for each. */
const FIELDS = { no_more: [], until: ['from'], closed: ['day'], extra: ['day', 'from', 'to'] } as const

interface Sure {
  wish: Wish
  preview: Preview
}

export class HoursView {
  readonly #words: PageWords
  readonly #asks: Asks
  readonly #open = byId<HTMLButtonElement>('hours-open')
  readonly #panel = byId('hours')
  readonly #present = h('p', { id: 'hours-present' })
  readonly #said = h('p', { id: 'hours-said', role: 'status' })
  readonly #kinds: Record<Kind, HTMLButtonElement>
  readonly #form: HTMLFormElement
  readonly #inputs: Record<'day' | 'from' | 'to', { label: HTMLElement; row: HTMLElement; field: HTMLInputElement }>
  readonly #show = h('button', { type: 'submit', class: 'main' })
  readonly #stop = h('button', { type: 'button', class: 'plain', onclick: () => this.#giveUp() })
  readonly #sureBox: HTMLElement
  readonly #sureWords = h('p', { id: 'hours-sure', tabindex: '-1' })
  readonly #when = h('p', { class: 'small' })
  readonly #seen = h('blockquote')
  readonly #yes = h('button', { type: 'button', class: 'main', onclick: () => void this.#make() })
  readonly #no = h('button', { type: 'button', class: 'plain', onclick: () => this.#giveUp() })
  readonly #listTitle = h('h3')
  readonly #list = h('ul', { 'aria-labelledby': 'hours-list' })
  readonly #none = h('p', { class: 'small' })
  #hours: Hours | null = null
  #kind: Kind | null = null
  #sure: Sure | null = null
  #busy = false
  #saidKey: string | null = null
  #timer = 0
  /** Where the hand was before a question was asked. */
  #from: HTMLElement | null = null

  constructor(words: PageWords, asks: Asks) {
    this.#words = words
    this.#asks = asks
    const button = (kind: Kind) => h('button', { type: 'button', class: 'plain', onclick: () => this.#begin(kind) })
    this.#kinds = { no_more: button('no_more'), until: button('until'), closed: button('closed'), extra: button('extra') }
    const input = (name: string, type: string) => {
      const label = h('span')
      const field = h('input', { type, id: `hours-${name}`, autocomplete: 'off', required: true })
      return { label, field, row: h('label', {}, label, field) }
    }
    this.#inputs = { day: input('day', 'date'), from: input('from', 'time'), to: input('to', 'time') }
    const rows = Object.values(this.#inputs).map(({ row }) => row)
    this.#form = h('form', { class: 'row', hidden: true }, ...rows, this.#show, this.#stop)
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#ask()
    })
    const answers = h('div', { class: 'row' }, this.#yes, this.#no)
    this.#sureBox = h('div', { class: 'note', role: 'group', 'aria-labelledby': 'hours-sure', hidden: true })
    this.#sureBox.append(this.#sureWords, this.#when, this.#seen, answers)
    this.#listTitle.id = 'hours-list'
    const kinds = h('div', { class: 'row' }, ...KINDS.map((kind) => this.#kinds[kind]))
    this.#panel.append(this.#present, kinds, this.#form, this.#sureBox, this.#said, this.#listTitle, this.#list, this.#none)
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      if (this.#kind || this.#sure) this.#giveUp()
      else this.close()
    })
    this.#open.addEventListener('click', () => (this.#panel.hidden ? this.#show_() : this.close()))
    this.render()
  }

  /** Something may have changed: looked at only by somebody who looks. */
  look(): void {
    if (!this.#panel.hidden) void this.#load()
  }

  /** Away with it: signed out, or put aside. */
  close(): void {
    clearInterval(this.#timer)
    const had = this.#panel.contains(document.activeElement)
    this.#giveUp()
    this.#say(null)
    show(this.#panel, false)
    this.#open.setAttribute('aria-expanded', 'false')
    if (had) this.#open.focus()
  }

  #show_(): void {
    show(this.#panel, true)
    this.#open.setAttribute('aria-expanded', 'true')
    this.#timer = window.setInterval(() => void this.#load(), LOOK_MS)
    void this.#load()
  }

  async #load(): Promise<void> {
    const hours = await this.#asks.load()
    if (hours) this.#hold(hours)
    else if (!this.#hours) this.#say('hours.not.away')
  }

  /** Never an older state over a newer one: answers may overtake each other. */
  #hold(hours: Hours): void {
    if (this.#hours && hours.version < this.#hours.version) return
    const changed = this.#hours !== null && hours.version !== this.#hours.version
    this.#hours = hours
    if (changed && this.#sure) {
      this.#giveUp()
      this.#say('hours.not.somebody_else')
    }
    this.render()
  }

  #begin(kind: Kind): void {
    const hours = this.#hours
    if (!hours || this.#busy) return
    this.#giveUp()
    this.#say(null)
    this.#from = this.#kinds[kind]
    this.#kind = kind
    if (kind === 'no_more') return void this.#ask()
    const { day, from, to } = this.#inputs
    day.field.min = hours.today
    day.field.max = hours.lastDay
    day.field.value = kind === 'closed' ? nextDay(hours.today) : hours.today
    from.field.value = ''
    to.field.value = ''
    this.render()
    this.#inputs[FIELDS[kind][0]].field.focus()
  }

  #wish(hours: Hours): Wish | null {
    const { day, from, to } = this.#inputs
    const [begins, ends] = [fieldTime(from.field.value), fieldTime(to.field.value)]
    switch (this.#kind) {
      case 'no_more':
        return { kind: 'no_more' }
      case 'until':
        return begins ? { kind: 'until', day: hours.today, at: begins } : null
      case 'closed':
        return day.field.value ? { kind: 'closed', day: day.field.value } : null
      case 'extra':
        return day.field.value && begins && ends ? { kind: 'extra', day: day.field.value, from: begins, to: ends } : null
      case null:
        return null
    }
  }

  async #ask(wish = this.#hours && this.#wish(this.#hours)): Promise<void> {
    const hours = this.#hours
    if (!hours || !wish || this.#busy) return
    this.#say(null)
    this.#busy = true
    const told = await this.#asks.tried(hours.version, wish)
    this.#busy = false
    if ('why' in told) return this.#isNot(told)
    this.#sure = { wish, preview: told }
    this.render()
    this.#sureWords.focus()
  }

  async #make(): Promise<void> {
    const [hours, sure] = [this.#hours, this.#sure]
    if (!hours || !sure || this.#busy) return
    this.#busy = true
    const told = await this.#asks.make(hours.version, sure.wish)
    this.#busy = false
    if ('why' in told) return this.#isNot(told)
    this.#giveUp()
    this.#hold(told)
    this.#say('hours.done')
  }

  #isNot({ why, hours }: Not): void {
    // A wish that cannot be stays in its fields to be put right; one that came too late is looked at anew.
    if (why === 'somebody_else' || this.#sure || this.#kind === 'no_more') this.#giveUp()
    if (hours) this.#hold(hours)
    else this.look()
    this.#say(reasonKey(why))
    this.render()
  }

  #giveUp(): void {
    const had = this.#form.contains(document.activeElement) || this.#sureBox.contains(document.activeElement)
    this.#kind = null
    this.#sure = null
    this.render()
    if (had) (this.#from?.isConnected ? this.#from : this.#open).focus()
  }

  #say(key: string | null): void {
    this.#saidKey = key
    say(this.#said, key ? this.#words.get(key) : '')
  }

  render(): void {
    const { tag } = this.#words
    const words = ({ key, values = {} }: Said) => {
      const written = Object.entries(values).map(([name, value]) => [name, timeWords(value, tag)])
      return this.#words.get(key, Object.fromEntries(written) as Said['values'])
    }
    const hours = this.#hours
    say(this.#present, hours ? presentWords(hours, tag, words).join(' ') : '')
    for (const kind of KINDS) {
      say(this.#kinds[kind], words({ key: `hours.${kind}` }))
      this.#kinds[kind].disabled = !hours
    }
    const kind = this.#sure ? null : this.#kind
    show(this.#form, kind !== null && kind !== 'no_more')
    for (const name of ['day', 'from', 'to'] as const) {
      const { label, row, field } = this.#inputs[name]
      const asked = kind !== null && (FIELDS[kind] as readonly string[]).includes(name)
      show(row, asked)
      field.required = asked
      say(label, words({ key: name === 'from' && kind === 'until' ? 'hours.field.at' : `hours.field.${name}` }))
    }
    say(this.#show, words({ key: 'hours.show' }))
    say(this.#stop, words({ key: 'hours.no' }))
    show(this.#sureBox, this.#sure !== null)
    if (this.#sure && hours) {
      const { wish, preview } = this.#sure
      say(this.#sureWords, sureWords(wish, hours, tag, words))
      const day = dayWords(preview.day, hours.today, tag, words)
      const key = preview.now ? 'hours.visitors.now' : 'hours.visitors.later'
      say(this.#when, words({ key, values: { day, time: preview.time } }))
      say(this.#seen, preview.visitors[tag] ?? '')
    }
    say(this.#yes, words({ key: 'hours.yes' }))
    say(this.#no, words({ key: 'hours.no' }))
    say(this.#listTitle, words({ key: 'hours.edits' }))
    say(this.#none, words({ key: 'hours.edits.none' }))
    show(this.#none, hours?.edits.length === 0)
    this.#renderList(hours, tag, words)
    say(this.#said, this.#saidKey ? words({ key: this.#saidKey }) : '')
  }

  /** Rows stay while their edit does, so that a press never takes back another one. */
  #renderList(hours: Hours | null, tag: string, words: Say): void {
    const edits = [...(hours?.edits ?? [])].sort((one, other) => one.day.localeCompare(other.day) || one.number - other.number)
    const rows = new Map([...this.#list.children].map((row) => [row.id, row as HTMLElement]))
    for (const [i, edit] of edits.entries()) {
      const id = `hours-edit-${edit.number}`
      let row = rows.get(id)
      rows.delete(id)
      if (!row) {
        const undo: HTMLButtonElement = h('button', {
          type: 'button',
          class: 'plain slim',
          'aria-describedby': `${id}-words`,
          onclick: () => {
            this.#giveUp()
            this.#from = undo
            void this.#ask({ kind: 'take_back', number: edit.number })
          },
        })
        row = h('li', { id }, h('span', { id: `${id}-words` }), undo)
      }
      const [text, undo] = row.children
      if (text) say(text, editWords(edit, hours?.today ?? '', tag, words))
      if (undo) say(undo, words({ key: 'hours.undo' }))
      if (this.#list.children[i] !== row) this.#list.insertBefore(row, this.#list.children[i] ?? null)
    }
    for (const row of rows.values()) row.remove()
  }
}
