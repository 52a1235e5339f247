// Was the seat there the whole time? A lease that nobody renewed is over, whatever the page remembers.

export class SeatWatch {
  readonly #lease: number
  #sure = 0

  /** How long the relay keeps a seat that is not renewed: milliseconds. */
  constructor(lease: number) {
    this.#lease = lease
  }

  /** A new seat: nothing of an older one is missed. */
  begin(): void {
    this.#sure = 0
  }

  /**
   * At every beat: whether the relay has this console at its seat now. Returns for how long nobody sat there, in
   * milliseconds; 0 when the seat was kept.
   */
  beat(now: number, seated: boolean): number {
    if (!seated) return 0
    const gap = this.#sure === 0 ? 0 : now - this.#sure
    this.#sure = now
    return gap > this.#lease ? gap : 0
  }
}
