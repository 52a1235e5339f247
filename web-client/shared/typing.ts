/** How often "writes" is told again while it goes on: the machine lets it fade by itself. Milliseconds. */
const TYPING_AGAIN = 4_000

/** Tells the other side that somebody writes, and when they have stopped. */
export class Typing {
  #toldAt = 0
  readonly #tell: (on: boolean) => void

  constructor(tell: (on: boolean) => void) {
    this.#tell = tell
  }

  /** The field changed to this. */
  typed(text: string): void {
    if (text === '') return this.stop()
    const now = Date.now()
    if (now - this.#toldAt < TYPING_AGAIN) return
    this.#toldAt = now
    this.#tell(true)
  }

  stop(): void {
    if (this.#toldAt === 0) return
    this.forget()
    this.#tell(false)
  }

  /** There is nobody left to tell. */
  forget(): void {
    this.#toldAt = 0
  }
}
