// Shift three times: a way out for a physical keyboard.

/** Three presses within this long: milliseconds. */
const WITHIN = 5_000

export class TripleShift {
  readonly #now: () => number
  #presses: number[] = []

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * True at the third press. Keyboards on glass send no `code`, and capitals in the text field are no wish to
   * leave, so neither counts; any other key starts the count again.
   */
  key(event: { key: string; code: string; repeat: boolean; inField: boolean }): boolean {
    if (event.repeat) return false
    if (event.key !== 'Shift' || !event.code.startsWith('Shift') || event.inField) {
      this.#presses = []
      return false
    }
    const now = this.#now()
    this.#presses = [...this.#presses.filter((at) => now - at < WITHIN), now]
    if (this.#presses.length < 3) return false
    this.#presses = []
    return true
  }
}
