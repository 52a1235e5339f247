// The staffroom: whoever is signed in writes to whoever else is, and asks for a talk after a hard chat. What is said is in
// this page's memory only, and goes with the seat.

import { byId, h, say, show } from '../../shared/dom.ts'
import { notSaidWords } from '../../shared/door/words.ts'
import type { PageWords } from '../../shared/words.ts'
import { hasHand } from '../hand.ts'
import { clock } from '../model.ts'
import { called } from '../rooms/called.ts'
import type { Colleague } from '../rooms/post.ts'
import { Sign, Talk, signWords, typed } from './model.ts'

export interface StaffroomActs {
  colleagues(): Colleague[]
  /** Everybody who is signed in is asked who they are. */
  call(): void
  /** To a colleague; the answer comes as `told`. */
  tell(colleague: string, text: string): void
  /** Somebody asks, or writes: a sound, if there is one. */
  ring(): void
}

export class Staffroom {
  readonly #words: PageWords
  readonly #acts: StaffroomActs
  readonly #talks = new Map<string, Talk>()
  readonly #names = new Map<string, string>()
  readonly #open = byId<HTMLButtonElement>('staffroom-open')
  readonly #root = byId('staffroom')
  readonly #news = byId('staffroom-news')
  readonly #title = h('h2', { id: 'staffroom-title', tabindex: -1 })
  readonly #close = h('button', { type: 'button', class: 'plain slim', onclick: () => this.#shut() })
  readonly #list = h('ul', { class: 'mates' })
  readonly #nobody = h('p', { class: 'small' })
  readonly #log = h('div', { class: 'log', role: 'log', tabindex: 0 })
  readonly #state = h('p', { class: 'small', role: 'status' })
  readonly #ask = h('button', { type: 'button', class: 'plain', onclick: () => this.#say(Sign.Ask) })
  readonly #field: HTMLTextAreaElement
  readonly #send = h('button', { type: 'button', class: 'main', onclick: () => this.#write() })
  readonly #about = h('p', { class: 'small' })
  readonly #talk: HTMLElement
  #on = false
  #chosen: string | null = null
  #refused = 0
  /** What is being told, until its answer comes in the same step. */
  #telling: { to: string; text: string } | null = null

  constructor(words: PageWords, acts: StaffroomActs) {
    this.#words = words
    this.#acts = acts
    this.#field = h('textarea', {
      rows: 2,
      maxlength: 4000,
      dir: 'auto',
      autocomplete: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
      'data-gramm': 'false',
      onkeydown: (event) => {
        const key = event as KeyboardEvent
        if (key.key !== 'Enter' || key.shiftKey || key.isComposing) return
        event.preventDefault()
        this.#write()
      },
    })
    this.#talk = h(
      'div',
      { class: 'talk' },
      this.#log,
      this.#state,
      h('div', { class: 'write' }, this.#field),
      h('div', { class: 'row' }, this.#ask, h('span', { class: 'grow' }), this.#send),
    )
    this.#root.append(
      h('div', { class: 'top' }, this.#title, this.#close),
      this.#about,
      this.#nobody,
      this.#list,
      this.#talk,
    )
    this.#root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#shut()
    })
    this.#open.onclick = () => (this.#on ? this.#shut() : this.enter())
    this.render()
  }

  /** Opens it, for instance after a hard chat. */
  enter(): void {
    this.#on = true
    this.#acts.call()
    this.#look()
    this.render()
    this.#title.focus()
  }

  /** Who is there has changed. */
  colleagues(): void {
    for (const { id, name } of this.#acts.colleagues()) if (name !== null) this.#names.set(id, name)
    if (this.#on) this.#acts.call()
    this.render()
  }

  heard(from: string, text: string): void {
    const kind = this.#of(from).heard(text, Date.now(), this.#isSeen(from))
    if (kind !== 'words' || !this.#isSeen(from)) this.#acts.ring()
    this.render()
  }

  told(to: string, id: number, reason: number): void {
    const telling = this.#telling
    this.#telling = null
    if (telling?.to !== to) return
    this.#refused = reason
    if (reason === 0) this.#of(to).said(telling.text, id, Date.now())
    this.render()
  }

  opened(by: string, upTo: number): void {
    this.#talks.get(by)?.opened(upTo)
    this.render()
  }

  /** Somebody can see the page again. */
  look(): void {
    this.#look()
    this.render()
  }

  /** Nothing of it is left. */
  empty(): void {
    this.#on = false
    this.#chosen = null
    this.#talks.clear()
    this.#names.clear()
    this.#field.value = ''
    this.#refused = 0
    this.render()
  }

  #of(id: string): Talk {
    const talk = this.#talks.get(id) ?? new Talk()
    this.#talks.set(id, talk)
    return talk
  }

  #isSeen(id: string): boolean {
    return this.#on && this.#chosen === id && this.#root.contains(this.#log) && document.visibilityState === 'visible'
  }

  #look(): void {
    if (this.#chosen && this.#isSeen(this.#chosen)) this.#of(this.#chosen).unread = 0
  }

  #name(id: string): string {
    return this.#names.get(id) || this.#words.get('rooms.somebody')
  }

  #choose(id: string): void {
    this.#chosen = id
    this.#refused = 0
    this.#field.value = ''
    this.#look()
    this.render()
    this.#field.focus()
  }

  #shut(): void {
    const within = this.#root.contains(document.activeElement)
    this.#on = false
    this.render()
    if (within) this.#open.focus()
  }

  #write(): void {
    const text = typed(this.#field.value)
    if (text === '') return
    this.#say(text)
    if (this.#refused === 0) this.#field.value = ''
    this.#field.focus()
  }

  #say(text: string, to = this.#chosen): void {
    if (to === null) return
    this.#telling = { to, text }
    this.#acts.tell(to, text)
  }

  render(): void {
    const words = this.#words
    const everybody = this.#acts.colleagues()
    const unread = [...this.#talks.values()].reduce((sum, talk) => sum + talk.unread, 0)
    say(this.#open, unread > 0 ? words.get('staffroom.unread', { n: unread }) : words.get('staffroom'))
    this.#open.setAttribute('aria-expanded', String(this.#on))
    show(this.#root, this.#on)
    this.#renderNews()
    say(this.#title, words.get('staffroom'))
    say(this.#close, words.get('rooms.close'))
    say(this.#about, words.get('staffroom.about'))
    const shown = everybody.filter((one) => one.name !== null || one.ready)
    say(this.#nobody, words.get('staffroom.nobody'))
    show(this.#nobody, shown.length === 0)
    this.#renderList(shown)
    const chosen = this.#chosen
    show(this.#talk, chosen !== null)
    if (chosen === null) return this.#log.replaceChildren()
    const one = everybody.find(({ id }) => id === chosen)
    const name = this.#name(chosen)
    this.#log.setAttribute('aria-label', words.get('staffroom.log', { name }))
    this.#field.setAttribute('aria-label', words.get('staffroom.field', { name }))
    this.#field.placeholder = words.get('staffroom.field', { name })
    say(this.#send, words.get('chat.send'))
    this.#send.setAttribute('aria-label', words.get('staffroom.send', { name }))
    this.#send.disabled = !one
    say(this.#ask, words.get('staffroom.ask'))
    const talk = this.#of(chosen)
    // Who rests is not called back to work by a button.
    this.#ask.disabled = !one?.ready || talk.asked
    const why = notSaidWords(this.#refused)
    say(this.#state, one ? (why ? words.get(`chat.${why}`) : '') : words.get('staffroom.gone', { name }))
    this.#renderLog(talk, name)
  }

  /** A colleague asks for a talk, above everything, until it is answered. */
  #renderNews(): void {
    const words = this.#words
    const asking = [...this.#talks].filter(([, talk]) => talk.asks).map(([id]) => id)
    const key = JSON.stringify([words.tag, asking.map((id) => [id, this.#name(id)])])
    show(this.#news, asking.length > 0)
    if (this.#news.dataset.key === key) return
    this.#news.dataset.key = key
    const had = this.#news.contains(document.activeElement)
    const answer = (id: string, sign: string, key: string) =>
      h('button', { type: 'button', class: 'plain', onclick: () => this.#say(sign, id) }, words.get(key))
    this.#news.replaceChildren(
      ...asking.map((id) =>
        h(
          'div',
          { class: 'note warm' },
          h('span', { role: 'alert' }, words.get('staffroom.asks', { by: this.#name(id) })),
          answer(id, Sign.Now, 'staffroom.now'),
          answer(id, Sign.Later, 'staffroom.later'),
        ),
      ),
    )
    if (had && !hasHand()) this.#open.focus()
  }

  #renderList(shown: Colleague[]): void {
    const words = this.#words
    const rows = shown.map((one) => ({ ...one, unread: this.#talks.get(one.id)?.unread ?? 0 }))
    const key = JSON.stringify([words.tag, this.#chosen, rows.map((one) => [one.id, one.name, one.role, one.ready, one.unread])])
    if (this.#list.dataset.key === key) return
    const focused = this.#list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.id : undefined
    this.#list.dataset.key = key
    this.#list.replaceChildren(
      ...rows.map((one) => {
        const role = words.get(`role.${one.role}`)
        if (one.name === null) return h('li', {}, h('span', { class: 'small' }, words.get('rooms.proving', { role })))
        const state = words.get(one.ready ? 'staffroom.on' : 'staffroom.off')
        const news = one.unread > 0 ? ` · ${words.get('chat.unread', { n: one.unread })}` : ''
        return h(
          'li',
          {},
          h(
            'button',
            {
              type: 'button',
              class: 'plain slim',
              'data-id': one.id,
              'aria-pressed': String(one.id === this.#chosen),
              onclick: () => this.#choose(one.id),
            },
            `${called(words, one)} (${role})`,
            h('span', { class: 'small' }, ` ${state}${news}`),
          ),
        )
      }),
    )
    if (focused) this.#list.querySelector<HTMLElement>(`[data-id="${focused}"]`)?.focus()
  }

  #renderLog(talk: Talk, name: string): void {
    const words = this.#words
    const key = `${this.#chosen} ${words.tag}`
    if (this.#log.dataset.key !== key) this.#log.replaceChildren()
    this.#log.dataset.key = key
    for (const line of talk.lines.slice(this.#log.childElementCount)) {
      const sign = signWords(line)
      this.#log.append(
        h(
          'div',
          { class: line.own ? 'said own' : 'said' },
          h('span', { class: 'quiet-for-eyes' }, `${line.own ? words.get('chat.you') : name}: `),
          sign ? h('div', { class: 'sign' }, words.get(sign, { by: name })) : h('div', { class: 'bubble', dir: 'auto' }, line.text),
          h('span', { class: 'small when', 'aria-hidden': 'true' }, clock(line.at), ' '),
          ...(line.own ? [h('span', { class: 'mark', 'aria-live': 'off' })] : []),
        ),
      )
    }
    talk.lines.forEach((line, at) => {
      const mark = this.#log.children[at]?.querySelector<HTMLElement>('.mark')
      if (mark) say(mark, words.get(line.id <= talk.openedUpTo ? 'chat.delivered' : 'chat.sending'))
    })
    this.#log.scrollTop = this.#log.scrollHeight
  }
}
