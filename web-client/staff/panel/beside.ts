// What stands beside one chat: ticks, short notes and what is open. In the page's memory only, and gone with the chat.

import { Lane } from '../../shared/door/words.ts'

export type Shown = 'risks' | 'guide' | null

export class Beside {
  readonly professional: boolean
  /** What the panel shows while this chat is chosen. */
  shown: Shown
  /** The danger whose steps are open. */
  risk: string | null = null
  readonly #ticks = new Set<string>()
  readonly #notes = new Map<string, string>()
  #over = false

  constructor(lane: number) {
    this.professional = lane === Lane.Professional
    this.shown = this.professional ? 'guide' : null
  }

  /** Nothing can be ticked or noted any more. */
  get over(): boolean {
    return this.#over
  }

  ticked(of: string, at: number): boolean {
    return this.#ticks.has(`${of} ${at}`)
  }

  tick(of: string, at: number, on: boolean): void {
    if (this.#over) return
    if (on) this.#ticks.add(`${of} ${at}`)
    else this.#ticks.delete(`${of} ${at}`)
  }

  count(of: string): number {
    return [...this.#ticks].filter((tick) => tick.startsWith(`${of} `)).length
  }

  note(of: string): string {
    return this.#notes.get(of) ?? ''
  }

  write(of: string, words: string): void {
    if (!this.#over) this.#notes.set(of, words)
  }

  /** What was said is off the screen, and so is what was thought beside it. */
  empty(): void {
    this.#ticks.clear()
    this.#notes.clear()
  }

  /** The chat is over. */
  end(): void {
    this.empty()
    this.#over = true
    this.risk = null
    if (this.shown === 'guide') this.shown = null
  }
}
