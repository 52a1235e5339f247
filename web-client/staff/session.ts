// Who is at the desk. In the demo the token of this run stands in the address; it is gone from there before
// anything else. In earnest a passkey signs the relay's challenge, and who that is says the root.

import { base64, hex, unbase64, unhex, type Bytes } from '../shared/door/bytes.ts'
import type { Assertion } from './passkey.ts'

export interface Session {
  name: string
  staffSeed: Uint8Array<ArrayBuffer>
  certificate: Uint8Array<ArrayBuffer>
  capacity: number
  roster?: Bytes
}

/** What the relay says after a passkey's sign-in. The roster is signed by the root and checked by the module. */
export interface SignedIn {
  staffPublic: Bytes
  capacity: number
  roster: Bytes
}

/** Why the relay signs nobody in; 'away' when it did not answer. */
export type NotSignedIn = 'late' | 'unknown' | 'refused' | 'expired' | 'other' | 'away'

/** Takes the token out of the address bar, and out of the history with it. */
export function takeToken(): string | null {
  const token = location.hash.slice(1)
  if (token === '') return null
  history.replaceState(null, '', location.pathname)
  return token
}

/** Signs in with a token, or comes back with the cookie of an earlier sign-in. Null when neither is accepted. */
export async function signIn(token: string | null): Promise<Session | null> {
  const answer = token ? await post('/staff/demo', { token }) : await fetch('/staff/session')
  return answer.ok ? readSession(await answer.json()) : null
}

/** What a passkey shall sign; null when the relay does not answer. */
export async function fetchChallenge(): Promise<Bytes | null> {
  try {
    const answer = await fetch('/staff/challenge', { method: 'POST' })
    const said = (await answer.json()) as Record<string, unknown>
    return typeof said.challenge === 'string' ? unbase64(said.challenge) : null
  } catch {
    return null
  }
}

/** Brings what the authenticator signed. `only`: a staff key; whoever has another one is refused as 'other'. */
export async function presentPasskey(assertion: Assertion, only?: Bytes): Promise<SignedIn | NotSignedIn> {
  try {
    const answer = await post('/staff/sign-in', {
      id: base64(assertion.id),
      client_data: base64(assertion.clientData),
      authenticator_data: base64(assertion.authenticatorData),
      signature: base64(assertion.signature),
      user_handle: base64(assertion.userHandle),
      ...(only && { only: hex(only) }),
    })
    const said: unknown = await answer.json().catch(() => null)
    return answer.ok ? readSignedIn(said) : readRefusal(said)
  } catch {
    return 'away'
  }
}

/** Throws RangeError when the answer is not whole. */
export function readSignedIn(answer: unknown): SignedIn {
  const { staff_public: staffPublic, capacity, roster } = (answer ?? {}) as Record<string, unknown>
  if (typeof staffPublic !== 'string' || typeof roster !== 'string') throw new RangeError('no sign-in')
  return { staffPublic: unhex(staffPublic, 32), capacity: readCapacity(capacity), roster: unbase64(roster) }
}

export function readRefusal(answer: unknown): NotSignedIn {
  const why = ((answer ?? {}) as Record<string, unknown>).why
  return why === 'late' || why === 'unknown' || why === 'expired' || why === 'other' ? why : 'refused'
}

/** Whether the sign-in still counts; true also when the relay does not answer: that is for the link to say. */
export async function sessionLives(): Promise<boolean> {
  try {
    return (await fetch('/staff/session')).status !== 401
  } catch {
    return true
  }
}

/** Hands a signed roster to the relay: its version, or the sentence of the refusal. */
export async function bringRoster(roster: Blob): Promise<number | string> {
  try {
    const answer = await fetch('/staff/roster', { method: 'POST', body: roster })
    if (!answer.ok) return (await answer.text()) || String(answer.status)
    return Number(((await answer.json()) as Record<string, unknown>).version)
  } catch {
    return ''
  }
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
  const room = readCapacity(capacity)
  return { name, staffSeed: unhex(seed, 32), certificate: unhex(certificate, 109), capacity: room }
}

function readCapacity(capacity: unknown): number {
  if (typeof capacity !== 'number' || !(capacity >= 1 && capacity <= 255)) throw new RangeError('no capacity')
  return capacity
}

function post(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}
