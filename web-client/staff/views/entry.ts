// The way in, drawn: the button for the passkey, the key file, the request for a place, and the roster's keeper.

import { byId, h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { hasHand } from '../hand.ts'

export type Step = 'sign-in' | 'key-file' | 'enrol' | 'enrol-again' | 'enrol-file' | 'enrolled' | 'keeper' | 'over'

/** Where the next thing is done, in each step. */
const FIRST: Record<Step, string> = {
  'sign-in': 'passkey',
  'key-file': 'key-file-choose',
  enrol: 'enrol-name',
  'enrol-again': 'enrol-touch',
  'enrol-file': 'enrol-passphrase',
  enrolled: 'enrolled-words',
  keeper: 'keeper-title',
  over: 'over-again',
}

const STEPS: readonly Step[] = ['sign-in', 'key-file', 'enrol', 'enrol-again', 'enrol-file', 'enrolled', 'keeper', 'over']

interface Hands {
  signIn(): void
  /** The person left the request: back to the sign-in. */
  back(): void
  enrol(name: string, role: number): void
  roster(file: Blob): void
}

export class EntryView {
  readonly #words: PageWords
  readonly #shortest: number
  #answer: ((pressed: boolean) => void) | null = null
  #step: Step | null = null
  /** What was pressed before the browser or the relay was asked. */
  #pressedAt: HTMLElement | null = null

  /** `shortest`: characters a passphrase needs at least. */
  constructor(words: PageWords, shortest: number, hands: Hands) {
    this.#words = words
    this.#shortest = shortest
    byId('passkey').onclick = () => hands.signIn()
    byId('enrol-open').onclick = () => {
      this.step('enrol')
      byId('enrol-name').focus()
    }
    for (const back of document.querySelectorAll<HTMLElement>('[data-back]')) {
      back.onclick = () => {
        this.#pressed(false)
        hands.back()
      }
    }
    byId('enrol-make').onclick = () => {
      const name = byId<HTMLInputElement>('enrol-name').value.trim()
      hands.enrol(name, Number(byId<HTMLSelectElement>('enrol-role').value))
    }
    for (const id of ['key-file-open', 'enrol-touch', 'enrol-file-make']) byId(id).onclick = () => this.#pressed(true)
    byId('keeper-bring').onclick = () => {
      const file = byId<HTMLInputElement>('keeper-roster').files?.[0]
      if (file) hands.roster(file)
    }
    byId('over-again').onclick = () => location.reload()
  }

  /** Exactly this step is shown; null: none of them. */
  step(step: Step | null): void {
    const had = this.#isHere()
    for (const one of STEPS) show(byId(one), one === step)
    if (step !== 'enrolled') say(byId('enrolled-words'), '')
    this.#step = step
    if (had) this.#keepHand()
  }

  /** Somebody comes from the desk. */
  hand(): void {
    this.#keepHand()
  }

  /** Whether somebody's keyboard is at the door, also while what they pressed waits. */
  #isHere(): boolean {
    return this.#pressedAt !== null || byId('gate-room').contains(document.activeElement)
  }

  /** On what was pressed, while that is there, or where the next thing is done: never nowhere. */
  #keepHand(): void {
    if (hasHand() || this.#step === null) return
    this.#pressedAt?.focus()
    if (!hasHand()) byId(FIRST[this.#step]).focus()
  }

  /** While the browser or the relay is asked, nothing can be pressed twice. */
  busy(on: boolean): void {
    const active = document.activeElement
    if (on && active instanceof HTMLElement && byId('gate-room').contains(active)) this.#pressedAt = active
    for (const id of ['passkey', 'enrol-open', 'enrol-make', 'keeper-bring']) {
      byId<HTMLButtonElement>(id).disabled = on
    }
    if (on || !this.#pressedAt) return
    this.#keepHand()
    this.#pressedAt = null
  }

  async keyFile(wrong: boolean): Promise<{ file: Blob; passphrase: string } | null> {
    this.step('key-file')
    this.#complain('key-file-wrong', wrong ? 'key.file.wrong' : null)
    while (await this.#press()) {
      const file = byId<HTMLInputElement>('key-file-choose').files?.[0]
      const passphrase = this.#take('key-file-passphrase')
      if (file && passphrase) return { file, passphrase }
      this.#complain('key-file-wrong', 'key.file.both')
    }
    return null
  }

  async again(): Promise<void> {
    this.step('enrol-again')
    await this.#press()
  }

  async passphrase(): Promise<string | null> {
    this.step('enrol-file')
    this.#complain('enrol-file-wrong', null)
    while (await this.#press()) {
      const [one, other] = [this.#take('enrol-passphrase'), this.#take('enrol-passphrase-again')]
      if (one === other && one.length >= this.#shortest) return one
      this.#complain('enrol-file-wrong', one === other ? 'enrol.file.short' : 'enrol.file.differ')
    }
    return null
  }

  /** The words, and files to carry away. Nothing of them stays in the browser. */
  enrolled(words: string, files: { id: 'enrolled-save' | 'enrolled-key-save'; name: string; text: string | null }[]): void {
    this.step('enrolled')
    say(byId('enrolled-words'), words)
    for (const { id, name, text } of files) {
      show(byId(id), text !== null)
      byId(id).onclick = () => text !== null && save(name, text)
    }
    byId('enrolled-words').focus()
  }

  kept(sentence: string): void {
    say(byId('keeper-said'), sentence)
  }

  #complain(id: string, key: string | null): void {
    say(byId(id), key ? this.#words.get(key, { n: this.#shortest }) : '')
    show(byId(id), key !== null)
  }

  /** Whether the step's own button was pressed, and not the way back. */
  #press(): Promise<boolean> {
    this.#answer?.(false)
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  #pressed(on: boolean): void {
    const answer = this.#answer
    this.#answer = null
    answer?.(on)
  }

  /** Reads a passphrase out of its field, and leaves nothing there. */
  #take(id: string): string {
    const field = byId<HTMLInputElement>(id)
    const typed = field.value
    field.value = ''
    return typed
  }
}

/** Hands a text to the person as a file, where the browser puts files. */
export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  h('a', { href: address, download: name }).click()
  // The click has begun the download; the next task may forget where it came from.
  setTimeout(() => URL.revokeObjectURL(address), 0)
}
