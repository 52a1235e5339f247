// The panel beside the chats: what to do in danger, and the guide for chats of the professional lane. It follows the
// chosen chat, takes its own room and covers none of it.

import './panel.css'
import { byId, h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { Beside } from './beside.ts'
import { fetchGuidance, inLanguage, type Guidance, type Part, type Risk } from './guidance.ts'

/** No browser uses it, and it works while somebody types. */
const KEY = 'F2'
/** Characters of a note: a word to hold on to, not a record. */
const NOTE = 120

export class Panel {
  readonly #words: PageWords
  readonly #root = byId('beside')
  readonly #open = byId<HTMLButtonElement>('beside-open')
  readonly #title = h('h2', { id: 'beside-title', tabindex: -1 })
  readonly #close = h('button', { type: 'button', class: 'plain slim', onclick: () => this.#shut() })
  readonly #which = h('div', { class: 'row', role: 'group' })
  readonly #risks = h('button', { type: 'button', class: 'plain slim', onclick: () => this.#show('risks') })
  readonly #guide = h('button', { type: 'button', class: 'plain slim', onclick: () => this.#show('guide') })
  readonly #body = h('div', { class: 'body' })
  readonly #about = h('p', { class: 'small' })
  #guidance: Guidance | null = null
  #away = false
  #chat: Beside | null = null
  /** Nobody is talked with: steps can be read, and there is nothing to tick. */
  #alone = new Beside(0)
  #cameFrom: HTMLElement | null = null

  constructor(words: PageWords) {
    this.#words = words
    this.#alone.end()
    this.#which.append(this.#guide, this.#risks)
    this.#root.append(h('div', { class: 'top' }, this.#title, this.#close), this.#which, this.#body, this.#about)
    this.#open.onclick = () => this.#press()
    // Nothing of it leaves the page by the clipboard or by a hand.
    for (const kind of ['copy', 'cut', 'dragstart']) this.#root.addEventListener(kind, (event) => event.preventDefault())
    this.#root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#shut()
    })
    addEventListener('keydown', (event) => {
      const desk = byId('desk')
      if (event.key !== KEY || event.ctrlKey || event.altKey || event.metaKey || desk.hidden || desk.inert) return
      event.preventDefault()
      this.#press()
    })
  }

  /** Brings the centre's texts. */
  async load(): Promise<void> {
    const brought = await fetchGuidance()
    this.#guidance = brought ?? this.#guidance
    this.#away = this.#guidance === null
    this.render()
  }

  /** Somebody has signed out: who is on call is gone too. */
  forget(): void {
    this.#guidance = null
    this.#away = false
    this.#chat = null
    this.#alone.shown = null
    this.render()
  }

  /** The chat that is chosen now. */
  follow(chat: Beside | null): void {
    if (this.#chat === chat) return
    this.#chat = chat
    this.render()
  }

  get #now(): Beside {
    return this.#chat ?? this.#alone
  }

  /** Opens it, goes to it, or comes back from it. */
  #press(): void {
    const within = this.#root.contains(document.activeElement)
    if (this.#now.shown !== null && (within || document.activeElement === this.#open)) return this.#shut()
    const from = document.activeElement
    if (!within) this.#cameFrom = from instanceof HTMLElement && from !== document.body ? from : null
    this.#show('risks')
    this.#title.focus()
  }

  #show(what: 'risks' | 'guide'): void {
    this.#now.shown = what
    this.render()
  }

  #shut(): void {
    const within = this.#root.contains(document.activeElement)
    this.#now.shown = null
    this.render()
    if (within) (this.#cameFrom?.isConnected && this.#cameFrom.checkVisibility() ? this.#cameFrom : this.#open).focus()
    this.#cameFrom = null
  }

  render(): void {
    const words = this.#words
    const now = this.#now
    const shown = now.shown
    say(this.#open, `${words.get('beside.open')} (${KEY})`)
    this.#open.setAttribute('aria-expanded', String(shown !== null))
    this.#open.setAttribute('aria-keyshortcuts', KEY)
    show(this.#root, shown !== null)
    if (shown === null) return this.#body.replaceChildren()

    const guided = now.professional && !now.over
    say(this.#title, words.get(shown === 'guide' ? 'beside.guide' : 'beside.open'))
    say(this.#close, words.get('beside.close'))
    show(this.#which, guided)
    this.#which.setAttribute('aria-label', words.get('beside.which'))
    for (const [button, what] of [[this.#guide, 'guide'], [this.#risks, 'risks']] as const) {
      say(button, words.get(what === 'guide' ? 'beside.guide' : 'beside.open'))
      button.setAttribute('aria-pressed', String(shown === what))
    }
    const held = this.#heldFocus()
    this.#body.replaceChildren(...this.#content(shown, now))
    this.#restoreFocus(held)
    say(this.#about, words.get(now.over ? 'beside.alone' : 'beside.memory'))
    show(this.#about, this.#guidance !== null)
  }

  #content(shown: 'risks' | 'guide', now: Beside): Node[] {
    const words = this.#words
    if (!this.#guidance) {
      if (!this.#away) return [h('p', { role: 'status' }, words.get('beside.loading'))]
      const again = h('button', { type: 'button', class: 'plain', id: 'beside-again', onclick: () => void this.load() })
      say(again, words.get('beside.again'))
      return [h('p', { class: 'note warm', role: 'alert' }, ...words.nodes('beside.away')), again]
    }
    return shown === 'guide'
      ? this.#guidance.consultation.map((part) => this.#part(part, now))
      : this.#guidance.risks.map((risk) => this.#risk(risk, now))
  }

  #risk(risk: Risk, now: Beside): HTMLElement {
    const words = this.#words
    const tag = words.tag
    const steps = inLanguage(risk.steps, tag, [])
    const open = now.risk === risk.key
    const id = `risk-${risk.key}`
    const count = h('span', { class: 'small', id: `${id}-count` })
    const counted = () => say(count, now.count(id) > 0 ? words.get('beside.ticked', { n: now.count(id), m: steps.length }) : '')
    counted()
    const head = h('button', {
      type: 'button',
      id: `${id}-head`,
      class: 'risk',
      'aria-expanded': String(open),
      'aria-controls': id,
      onclick: () => {
        now.risk = open ? null : risk.key
        this.render()
      },
    }, inLanguage(risk.title, tag, ''), count)
    const onCall = risk.onCall ? inLanguage(risk.onCall, tag, '') : words.get('beside.nobody')
    const body = h(
      'div',
      { id, class: 'risk-body', hidden: !open },
      ...(risk.legal ? [h('p', { class: 'note warm small' }, words.get('beside.legal'))] : []),
      this.#sentences(id, steps, now, counted),
      h('h4', {}, words.get('beside.numbers')),
      h(
        'ul',
        { class: 'numbers-list' },
        ...risk.numbers.map((one) =>
          h('li', {}, h('span', {}, inLanguage(one.name, tag, '')), ' ', h('a', { href: `tel:${one.dial}`, dir: 'ltr' }, one.shown)),
        ),
      ),
      h('h4', {}, words.get('beside.oncall')),
      h('p', {}, onCall),
      h('h4', {}, words.get('beside.note')),
      h('p', {}, inLanguage(risk.note, tag, '')),
    )
    return h('section', { class: 'one' }, h('h3', {}, head), body)
  }

  #part(part: Part, now: Beside): HTMLElement {
    const words = this.#words
    const id = `part-${part.key}`
    const title = inLanguage(part.title, words.tag, '')
    const children: Node[] = [
      h('h3', { id: `${id}-title` }, title),
      this.#sentences(id, inLanguage(part.points, words.tag, []), now, () => {}),
    ]
    if (part.notes && !now.over) {
      const field = h('input', {
        type: 'text',
        id: `${id}-note`,
        maxlength: NOTE,
        dir: 'auto',
        autocomplete: 'off',
        autocorrect: 'off',
        spellcheck: 'false',
        'data-gramm': 'false',
        'aria-describedby': `${id}-title`,
        oninput: () => now.write(id, field.value),
      })
      field.value = now.note(id)
      children.push(h('label', { class: 'short-note' }, h('span', { class: 'small' }, words.get('beside.write')), field))
    }
    return h('section', { class: 'one', 'aria-labelledby': `${id}-title` }, ...children)
  }

  #sentences(of: string, sentences: string[], now: Beside, changed: () => void): HTMLElement {
    return h(
      'ol',
      { class: now.over ? 'steps' : 'steps ticks' },
      ...sentences.map((sentence, at) => {
        if (now.over) return h('li', {}, sentence)
        const box = h('input', {
          type: 'checkbox',
          id: `${of}-${at}`,
          autocomplete: 'off',
          onchange: () => {
            now.tick(of, at, box.checked)
            changed()
          },
        })
        box.checked = now.ticked(of, at)
        return h('li', {}, h('label', {}, box, h('span', {}, sentence)))
      }),
    )
  }

  /** Whoever is inside stays where they were when it is drawn anew, in another language too. */
  #heldFocus(): string | null {
    const active = document.activeElement
    return active && this.#body.contains(active) ? active.id : null
  }

  #restoreFocus(id: string | null): void {
    if (id === null) return
    const same = id === '' ? null : document.getElementById(id)
    ;(same ?? this.#title).focus()
  }
}
