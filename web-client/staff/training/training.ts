// Practice with the real chat view and a visitor who does not exist. It stands where the chats stand, only while nobody is
// talked with, and ends by itself when somebody real is taken. It is given no desk, no driver and no socket, and a test
// reads what its files import.

import './training.css'
import { byId, h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { Beside } from '../panel/beside.ts'
import type { TemplatesOf } from '../templates/view.ts'
import { ChatView } from '../views/chat.ts'
import type { Case, Tag } from './case.ts'
import { cases } from './cases.ts'
import { Rehearsal } from './rehearsal.ts'

export interface TrainingHost {
  /** For somebody who reads these languages. */
  templates(languages: readonly string[]): TemplatesOf
  /** What stands beside the chat of the practice, or beside the real ones again. */
  follow(beside: Beside | null): void
  /** Back at the real desk. */
  ended(): void
}

interface Play {
  case: Case
  view: ChatView
  rehearsal: Rehearsal
  beside: Beside
}

/** The number of the visitor who does not exist: real ones begin with 1. */
const NOBODY = 0

export class Training {
  readonly #words: PageWords
  readonly #host: TrainingHost
  readonly #root = byId('training')
  readonly #open = byId<HTMLButtonElement>('training-open')
  readonly #chats = byId('chats')
  readonly #said = h('strong', { role: 'status' })
  readonly #about = h('span', { class: 'small' })
  readonly #waiting = h('strong', { role: 'status', class: 'waiting' })
  readonly #leave = h('button', { type: 'button', class: 'plain', id: 'training-leave', onclick: () => this.#leaveByHand() })
  readonly #tabs = h('div', { class: 'tabs', role: 'tablist' })
  readonly #panels = h('div', { class: 'panels' })
  readonly #choice = h('div', { class: 'choice' })
  #on = false
  #play: Play | null = null
  #after: Case | null = null
  #allowed = false
  #total = 0

  constructor(words: PageWords, host: TrainingHost) {
    this.#words = words
    this.#host = host
    this.#root.append(
      h('div', { class: 'practice' }, this.#said, this.#about, this.#waiting, h('span', { class: 'grow' }), this.#leave),
      this.#choice,
      this.#tabs,
      this.#panels,
    )
    this.#open.onclick = () => this.#begin()
  }

  get on(): boolean {
    return this.#on
  }

  /** Only while nobody real is talked with. */
  allow(allowed: boolean): void {
    this.#allowed = allowed
    this.#open.disabled = !allowed || this.#on
  }

  /** So many real people wait. */
  waiting(total: number): void {
    this.#total = total
    this.#renderWaiting()
  }

  /** Over, whatever was going on: somebody real has been taken, or the console closes. */
  end(): void {
    if (!this.#on) return
    this.#on = false
    this.#drop()
    this.#after = null
    this.#choice.replaceChildren()
    delete document.documentElement.dataset.training
    show(this.#root, false)
    show(this.#chats, true)
    this.#open.disabled = !this.#allowed
    this.#host.ended()
  }

  #leaveByHand(): void {
    this.end()
    this.#open.focus()
  }

  #begin(): void {
    if (!this.#allowed || this.#on) return
    this.#on = true
    document.documentElement.dataset.training = 'on'
    show(this.#chats, false)
    show(this.#root, true)
    this.#host.follow(null)
    this.allow(this.#allowed)
    this.render()
    this.#choice.querySelector('button')?.focus()
  }

  #start(one: Case): void {
    this.#drop()
    this.#after = null
    const words = this.#words
    const beside = new Beside(one.lane)
    const about = () => `${words.get('training.mark')} · ${words.get(`lane.${one.lane}`)}`
    const view = new ChatView(words, NOBODY, this.#host.templates([words.tag]), about, {
      say: (text) => rehearsal.say(text),
      typing: (on) => rehearsal.typing(on),
      hold: (on) => rehearsal.hold(on),
      compare: (on) => rehearsal.compare(on),
      end: () => rehearsal.end(),
      putBack: () => rehearsal.putBack(),
      chosen: () => {},
      removed: () => this.#done(),
      asked: () => {},
      cool: null,
      askedIn: false,
      // Nobody is here to be asked in.
      room: { colleagues: () => [], call: () => {}, invite: () => false, takeBack: () => {}, letGo: () => {} },
    }, '', { tabs: this.#tabs, panels: this.#panels })
    const rehearsal = new Rehearsal(one, words.tag === 'sv' ? 'sv' : 'en', {
      view: (now) => view.update(now),
      said: (message) => view.add(message, message.from === 1, true),
      delivered: (upTo) => view.delivered(upTo),
      over: (now, putBack) => {
        beside.end()
        view.over(now, putBack)
        this.#host.follow(null)
      },
    })
    this.#play = { case: one, view, rehearsal, beside }
    this.render()
    view.select(true)
    this.#host.follow(beside)
    rehearsal.begin()
    view.focus()
  }

  /** The case is over and read: what to think of, and the other cases. */
  #done(): void {
    this.#after = this.#play?.case ?? null
    this.#drop()
    this.render()
    this.#choice.querySelector<HTMLElement>('h3, button')?.focus()
  }

  #drop(): void {
    const play = this.#play
    this.#play = null
    if (!play) return
    play.rehearsal.stop()
    play.beside.end()
    play.view.remove()
    this.#host.follow(null)
  }

  render(): void {
    if (!this.#on) return
    const words = this.#words
    const tag: Tag = words.tag === 'sv' ? 'sv' : 'en'
    say(this.#said, words.get('training.mark'))
    say(this.#about, words.get('training.about'))
    say(this.#leave, words.get('training.leave'))
    this.#root.setAttribute('aria-label', words.get('training.mark'))
    this.#tabs.setAttribute('aria-label', words.get('training.mark'))
    this.#renderWaiting()
    this.#play?.view.render()
    show(this.#choice, this.#play === null)
    const after = this.#after
    const debrief = after
      ? [h('h3', { tabindex: -1 }, words.get('training.after')), h('ul', {}, ...after.after.map((one) => h('li', {}, one[tag])))]
      : []
    const choices = cases.map((one) =>
      h('li', {}, h('button', { type: 'button', class: 'plain', onclick: () => this.#start(one) }, h('strong', {}, one.title[tag]), h('span', { class: 'small' }, one.about[tag]))),
    )
    this.#choice.replaceChildren(...debrief, h('h2', {}, words.get('training.choose')), h('ul', { class: 'cases' }, ...choices))
  }

  #renderWaiting(): void {
    say(this.#waiting, this.#on && this.#total > 0 ? this.#words.get('training.waiting', { n: this.#total }) : '')
  }
}
