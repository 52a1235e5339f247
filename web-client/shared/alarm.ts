// One wish to be woken. A new wish replaces the earlier one.

const LONGEST = 2_147_483_647

export class Alarm {
  readonly #ring: () => void
  readonly #now: () => number
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ring: () => void, now: () => number = Date.now) {
    this.#ring = ring
    this.#now = now
  }

  /** Wall clock in milliseconds; 0 means not at all. */
  set(at: number): void {
    clearTimeout(this.#timer)
    if (at === 0) return
    this.#timer = setTimeout(this.#ring, Math.min(Math.max(0, at - this.#now()), LONGEST))
  }
}
