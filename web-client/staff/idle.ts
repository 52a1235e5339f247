// On duty without a hand on the page: asked loudly for a while, then resting.

export interface IdleClocks {
  /** Without input for this long, the console asks: milliseconds. */
  askAfter: number
  /** Asked for this long, it rests: milliseconds. */
  askFor: number
}

export type Idle = 'here' | 'ask' | 'rest'

/** Milliseconds of the wall clock. Who is not on duty is never asked. */
export function idleState(clocks: IdleClocks, onDuty: boolean, lastInput: number, now: number): Idle {
  if (!onDuty) return 'here'
  const quiet = now - lastInput
  return quiet >= clocks.askAfter + clocks.askFor ? 'rest' : quiet >= clocks.askAfter ? 'ask' : 'here'
}
