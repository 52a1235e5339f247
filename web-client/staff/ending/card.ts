// The card beside an ending: how it ended, what it was about, and whether a break is due. It holds up nothing: the
// chat ends without it, and after fifteen seconds it counts what was chosen so far.

import { h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { CHOOSE_MS, REASONS, counted, isWhole, reasonOf, type Choice, type Reason, type Topic } from './model.ts'

export interface CardActs {
  /** Said once, when everything is chosen or the time is over. */
  said(what: { ending: Reason; topic: string }): void
  /** No new visitor for now. */
  rest(): void
  /** To a colleague, for a talk. */
  talk(): void
  /** Whether this seat takes visitors. */
  onDuty(): boolean
}

export class EndingCard {
  readonly element: HTMLElement
  readonly #words: PageWords
  readonly #topics: readonly Topic[]
  readonly #acts: CardActs
  readonly #reasons: Map<Reason, HTMLButtonElement>
  readonly #topicButtons: Map<string, HTMLButtonElement>
  readonly #title: HTMLElement
  readonly #about = h('p', { class: 'small' })
  readonly #reasonGroup: HTMLElement
  readonly #topicGroup: HTMLElement
  readonly #choices: HTMLElement
  readonly #thanks = h('p', { role: 'status' })
  readonly #breakWords = h('p')
  readonly #breakButton: HTMLButtonElement
  readonly #talkButton: HTMLButtonElement
  readonly #break: HTMLElement
  #choice: Choice = { reason: null, topic: null }
  /** The ending's byte, once the chat is over. */
  #over: number | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #done = false

  constructor(words: PageWords, id: string, topics: readonly Topic[], acts: CardActs) {
    this.#words = words
    this.#topics = topics
    this.#acts = acts
    const choice = (onclick: () => void) =>
      h('button', { type: 'button', class: 'plain slim', 'aria-pressed': 'false', onclick })
    this.#reasons = new Map(REASONS.map((reason) => [reason, choice(() => this.#choose({ reason }))]))
    this.#topicButtons = new Map(topics.map(({ word }) => [word, choice(() => this.#choose({ topic: word }))]))
    this.#title = h('h3', { id: `${id}-ending` })
    this.#reasonGroup = h('div', { class: 'row', role: 'group' }, ...this.#reasons.values())
    this.#topicGroup = h('div', { class: 'row', role: 'group' }, ...this.#topicButtons.values())
    this.#choices = h('div', {}, this.#title, this.#about, this.#reasonGroup, this.#topicGroup)
    this.#breakButton = h('button', {
      type: 'button',
      class: 'plain',
      onclick: () => {
        acts.rest()
        this.render()
      },
    })
    this.#talkButton = h('button', { type: 'button', class: 'plain', onclick: () => acts.talk() })
    this.#break = h('div', { class: 'break' }, this.#breakWords, h('div', { class: 'row' }, this.#breakButton, this.#talkButton))
    this.element = h(
      'section',
      { class: 'ending', 'aria-labelledby': `${id}-ending`, hidden: true },
      this.#choices,
      this.#thanks,
      this.#break,
    )
  }

  /** The counsellor has pressed "end", or taken it back. */
  asked(on: boolean): void {
    if (this.#done || this.#over !== null) return
    clearTimeout(this.#timer)
    this.#choice = { reason: null, topic: null }
    show(this.element, on)
    if (on) this.#timer = setTimeout(() => this.#timeIsOver(), CHOOSE_MS)
    this.render()
  }

  /** The chat is over, by whomever: this is how. */
  over(ending: number): void {
    if (this.#done || this.#over !== null) return
    this.#over = ending
    if (this.element.hidden) {
      show(this.element, true)
      this.#timer = setTimeout(() => this.#timeIsOver(), CHOOSE_MS)
    }
    if (isWhole(this.#choice, this.#topics) || this.#timer === undefined) this.finish()
    this.render()
  }

  /** Says what is chosen so far; the card is in nobody's way any more. */
  finish(): void {
    if (this.#done || this.#over === null) return
    this.#done = true
    clearTimeout(this.#timer)
    this.#acts.said(counted(this.#choice, this.#over))
    this.render()
  }

  /** It goes with its chat: whatever was chosen counts. */
  remove(): void {
    this.finish()
    clearTimeout(this.#timer)
    this.element.remove()
  }

  render(): void {
    const words = this.#words
    say(this.#title, words.get('ending'))
    say(this.#about, words.get('ending.about'))
    this.#reasonGroup.setAttribute('aria-label', words.get('ending.reason'))
    this.#topicGroup.setAttribute('aria-label', words.get('ending.topic'))
    const reason = this.#choice.reason ?? (this.#over === null ? null : reasonOf(this.#over))
    for (const [name, button] of this.#reasons) {
      say(button, words.get(`ending.${name}`))
      button.setAttribute('aria-pressed', String(name === reason))
    }
    for (const { word, name } of this.#topics) {
      const button = this.#topicButtons.get(word)
      if (!button) continue
      say(button, name[words.tag] ?? name.sv ?? word)
      button.setAttribute('aria-pressed', String(word === this.#choice.topic))
    }
    show(this.#topicGroup, this.#topics.length > 0)
    const hadFocus = this.#choices.contains(document.activeElement)
    show(this.#choices, !this.#done)
    say(this.#thanks, this.#done ? words.get('ending.done') : '')
    say(this.#breakWords, words.get('ending.break.about'))
    say(this.#breakButton, words.get('ending.break'))
    say(this.#talkButton, words.get('ending.talk'))
    show(this.#break, this.#done)
    show(this.#breakButton, this.#acts.onDuty())
    if (hadFocus && this.#done) (this.#breakButton.hidden ? this.#talkButton : this.#breakButton).focus()
  }

  #choose(what: Partial<Choice>): void {
    if (this.#done) return
    this.#choice = { ...this.#choice, ...what }
    if (this.#over !== null && isWhole(this.#choice, this.#topics)) this.finish()
    this.render()
  }

  /** Before the goodbye has gone out there is no ending to say: then it is said with the end. */
  #timeIsOver(): void {
    this.#timer = undefined
    this.finish()
  }
}
