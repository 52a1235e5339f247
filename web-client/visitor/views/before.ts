// The two screens before a chat: is it safe, and who are we.

import { byId, h, say, show } from '../../shared/dom.ts'
import { About, Lane } from '../../shared/door/words.ts'
import type { PageWords } from '../../shared/words.ts'

export interface Choice {
  lane: number
  about: number
  typingBeats: boolean
  /** What was typed as return words, when the visitor comes back. */
  words?: string
}

export interface BeforeActs {
  toWho(): void
  toSafety(): void
  start(choice: Choice): void
  /** Shows a blank screen for a moment and calls back. */
  practise(done: () => void): void
}

export class BeforeView {
  readonly #words: PageWords
  readonly #start = byId<HTMLButtonElement>('start')
  readonly #field = byId<HTMLInputElement>('return-field')
  #refused: string | null = null
  #starting = false
  #practised = false

  constructor(words: PageWords, acts: BeforeActs) {
    this.#words = words
    byId('continue').onclick = () => acts.toWho()
    byId('back').onclick = () => acts.toSafety()
    byId('try').onclick = () =>
      acts.practise(() => {
        this.#practised = true
        this.render()
        byId('try').focus()
      })
    for (const radio of radios()) radio.onchange = () => show(byId('work-about'), chosen() === 'work')
    this.#start.onclick = () => {
      if (!this.#starting) acts.start(choice())
    }
    const back = () => {
      if (!this.#starting) acts.start({ ...choice(), words: this.#field.value })
    }
    byId('return-start').onclick = back
    this.#field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.isComposing) back()
    })
  }

  starting(on: boolean): void {
    this.#starting = on
    this.render()
  }

  /** Why the typed words are not tried; empty when they are. */
  notWords(sentence: string): void {
    say(byId('return-not'), sentence)
    if (sentence) this.#field.focus()
  }

  /** Lets go of the typed words, in the document or out of it. */
  forget(): void {
    this.#field.value = ''
  }

  /** A text key, or null when nothing was refused. */
  refused(key: string | null): void {
    this.#refused = key
    this.render()
  }

  /** Again after a change of the door or of the language. */
  render(): void {
    const words = this.#words
    // Whoever wants to may wait before anybody is on duty; the page says that nobody is.
    const open = ['open', 'away'].includes(document.documentElement.dataset.state ?? '')
    // Only a script can.
    show(byId('continue'), true)
    show(byId('try-row'), true)
    // Not `disabled` while starting: that would take the keyboard's focus away.
    this.#start.disabled = !open
    say(this.#start, words.get(this.#starting ? 'who.starting' : 'who.start'))
    const refused = byId('refused')
    say(refused, this.#refused ? words.get(this.#refused) : '')
    show(refused, this.#refused !== null)
    const again = byId('door-again')
    say(again, byId('door').textContent.trim())
    show(again, document.documentElement.dataset.state !== 'open' && this.#refused === null)
    say(byId('tried'), this.#practised ? words.get('safety.try.done') : '')
  }

  reset(): void {
    this.forget()
    this.notWords('')
    byId<HTMLDetailsElement>('return').open = false
    this.#refused = null
    this.#starting = false
    this.#practised = false
    for (const radio of radios()) radio.checked = radio.value === 'self'
    show(byId('work-about'), false)
    this.render()
  }
}

/** The offered languages as buttons. */
export function languageButtons(offered: { tag: string; name: string }[], choose: (tag: string) => void): HTMLElement[] {
  return offered.map(({ tag, name }) =>
    h('button', { type: 'button', lang: tag, class: 'plain', 'aria-pressed': 'false', onclick: () => choose(tag) }, name),
  )
}

function radios(): HTMLInputElement[] {
  return Array.from(document.querySelectorAll<HTMLInputElement>('input[name="about"]'))
}

function chosen(): string {
  return radios().find((radio) => radio.checked)?.value ?? 'self'
}

function choice(): Choice {
  const about = chosen()
  return {
    lane: about === 'work' ? Lane.Professional : Lane.Support,
    about: about === 'work' ? About.Work : about === 'other' ? About.Other : About.Self,
    typingBeats: byId<HTMLInputElement>('typing-on').checked,
  }
}
