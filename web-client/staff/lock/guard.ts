// Who may see the desk: pure.
//
//   Open --the page is hidden--> Covered --a key or a tap--> Open
//   Open, Covered --nobody's hand for `lockAfter`--> Locked --the same person's passkey--> Open
//
// Locked, the seat's key stays only for somebody: for a visitor in a chat, or, for `restAfter`, for one who may come to a
// seat that is still on duty (its bell rings in the room). Then the seat rests, and without a chat the key goes.

export interface LockClocks {
  /** Milliseconds. */
  lockAfter: number
  restAfter: number
}

export type Guard = { is: 'open' } | { is: 'covered' } | { is: 'locked'; since: number }

export interface Seen {
  now: number
  /** When a hand was last on this page. */
  lastInput: number
  hidden: boolean
}

/** Milliseconds of the wall clock: a machine that slept has been alone for as long as it slept. */
export function looked(guard: Guard, clocks: LockClocks, seen: Seen): Guard {
  if (guard.is === 'locked') return guard
  if (seen.now - seen.lastInput >= clocks.lockAfter) return { is: 'locked', since: seen.now }
  return seen.hidden ? { is: 'covered' } : guard
}

/** A key or a tap. Only a cover goes away with it, and only when the person was not gone for longer. */
export function touched(guard: Guard, clocks: LockClocks, seen: Seen): Guard {
  const now = looked(guard, clocks, seen)
  return now.is === 'covered' && !seen.hidden ? { is: 'open' } : now
}

export type Keeps = 'keep' | 'rest' | 'forget'

/** What a locked console does with its seat. */
export function keeps(guard: Guard, clocks: LockClocks, seat: { now: number; onDuty: boolean; chats: number }): Keeps {
  if (guard.is !== 'locked') return 'keep'
  if (seat.onDuty) return seat.now - guard.since >= clocks.restAfter ? 'rest' : 'keep'
  return seat.chats > 0 ? 'keep' : 'forget'
}
