// A soft bell, made on the spot. Browsers stay silent until somebody has touched the page: then we say so.

export class Bell {
  #context: AudioContext | null = null
  readonly #blocked: (blocked: boolean) => void

  constructor(blocked: (blocked: boolean) => void) {
    this.#blocked = blocked
  }

  get blocked(): boolean {
    return this.#context?.state !== 'running'
  }

  /** By hand, or when duty begins: a touch is what the browser waits for. */
  async wake(): Promise<void> {
    try {
      this.#context ??= new AudioContext()
      // Stays pending in a browser that waits for a touch, so it is not awaited.
      void this.#context.resume().then(() => this.#blocked(false))
      this.#blocked(this.#context.state !== 'running')
    } catch {
      this.#blocked(true)
    }
  }

  /** Two tones for somebody in line, one low tone for a message. */
  ring(kind: 'visitor' | 'message'): void {
    const context = this.#context
    if (context?.state !== 'running') {
      void this.wake()
      return
    }
    const tones = kind === 'visitor' ? [659, 880] : [523]
    tones.forEach((hertz, i) => tone(context, hertz, context.currentTime + i * 0.18))
  }
}

function tone(context: AudioContext, hertz: number, at: number): void {
  const oscillator = context.createOscillator()
  const gain = context.createGain()
  oscillator.frequency.value = hertz
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(0.18, at + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.001, at + 0.5)
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(at)
  oscillator.stop(at + 0.55)
}
