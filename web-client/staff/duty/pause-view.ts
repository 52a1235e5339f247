// "Paus": chosen, counted down, and asked about when it is over.

import { byId, h, say, show } from '../../shared/dom.ts'
import type { PageWords } from '../../shared/words.ts'
import { clock } from '../model.ts'
import { PAUSES, pauseFor, pauseState, pauseUntil, type Pause } from './pause.ts'

export interface PauseHands {
  /** Off duty from now on. */
  began(): void
  /** Back on duty, by hand. */
  back(): void
  /** Over, and off duty all the same. */
  off(): void
  ring(): void
}

export class PauseView {
  readonly #words: PageWords
  readonly #hands: PauseHands
  readonly #choices = new Map<number, HTMLButtonElement>()
  #pause: Pause | null = null
  /** The minute after its end for which was rung. */
  #rung = -1

  constructor(words: PageWords, hands: PauseHands) {
    this.#words = words
    this.#hands = hands
    for (const minutes of PAUSES) {
      const button = h('button', { type: 'button', class: 'plain', onclick: () => this.#begin(pauseFor(minutes, Date.now())) })
      this.#choices.set(minutes, button)
    }
    byId('pause-choices').prepend(...this.#choices.values())
    byId('pause-lunch').onclick = () => {
      const lunch = pauseUntil(byId<HTMLInputElement>('pause-until').value, Date.now())
      say(byId('pause-wrong'), lunch ? '' : words.get('pause.wrong'))
      if (lunch) this.#begin(lunch)
    }
    byId('pause-back').onclick = () => hands.back()
    byId('pause-more').onclick = () => this.#begin(pauseFor(5, Date.now()))
    byId('pause-off').onclick = () => {
      this.end()
      hands.off()
    }
    this.render()
  }

  /** Whether a pause was begun and not ended: also when its time is over. */
  get on(): boolean {
    return this.#pause !== null
  }

  /** When it is over, in words; empty without a pause. */
  get about(): string {
    return this.#pause ? this.#words.get('pause.about', { time: clock(this.#pause.until) }) : ''
  }

  end(): void {
    this.#pause = null
    this.render()
  }

  /** Every few seconds. Rings when the time is over, and once in each of the ten minutes after that. */
  tick(): void {
    const state = pauseState(this.#pause, Date.now())
    if (state.is === 'over' && state.minutes !== this.#rung && state.minutes <= 10) {
      this.#rung = state.minutes
      this.#hands.ring()
    }
    if (state.is !== 'none') this.render()
  }

  render(): void {
    const words = this.#words
    const state = pauseState(this.#pause, Date.now())
    for (const [minutes, button] of this.#choices) say(button, words.get('pause.minutes', { n: minutes }))
    const left = state.is === 'running' ? words.get('pause.left', { n: state.minutes }) : ''
    say(byId('pause-left'), left === '' ? '' : `${this.about} ${left}`)
    // Also where nobody sits any more: the pause goes on while the console is locked.
    say(byId('pause-gate'), state.is === 'over' ? words.get('pause.over') : byId('pause-left').textContent)
    say(byId('pause-over-words'), state.is === 'over' ? words.get('pause.over') : '')
    show(byId('pause-left'), state.is === 'running')
    show(byId('pause-over'), state.is === 'over')
  }

  #begin(pause: Pause): void {
    this.#pause = pause
    this.#rung = -1
    byId('pause-menu').hidePopover?.()
    this.#hands.began()
    this.render()
  }
}
