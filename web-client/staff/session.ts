// Who is at the desk. In the demo the token of this run stands in the address; it is gone from there before
// anything else.

import { unhex } from '../shared/door/bytes.ts'

export interface Session {
  name: string
  staffSeed: Uint8Array<ArrayBuffer>
  certificate: Uint8Array<ArrayBuffer>
  capacity: number
}

/** Takes the token out of the address bar, and out of the history with it. */
export function takeToken(): string | null {
  const token = location.hash.slice(1)
  if (token === '') return null
  history.replaceState(null, '', location.pathname)
  return token
}

/** Signs in with a token, or comes back with the cookie of an earlier sign-in. Null when neither is accepted. */
export async function signIn(token: string | null): Promise<Session | null> {
  const answer = token
    ? await fetch('/staff/demo', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token }),
      })
    : await fetch('/staff/session')
  return answer.ok ? readSession(await answer.json()) : null
}

/** Ends the sign-in of this browser. The console is wiped whether this arrives or not. */
export function endSession(): void {
  fetch('/staff/sign-out', { method: 'POST', keepalive: true }).catch(() => {})
}

/** Throws RangeError when the answer is not what a machine can be started with. */
export function readSession(answer: unknown): Session {
  const said = answer as Record<string, unknown> | null
  const { name, staff_seed: seed, staff_certificate: certificate, capacity } = said ?? {}
  if (typeof name !== 'string' || typeof seed !== 'string' || typeof certificate !== 'string') {
    throw new RangeError('no session')
  }
  if (typeof capacity !== 'number' || !(capacity >= 1 && capacity <= 255)) throw new RangeError('no capacity')
  return { name, staffSeed: unhex(seed, 32), certificate: unhex(certificate, 109), capacity }
}
