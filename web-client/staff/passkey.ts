// The passkey: made at enrolment, asked at sign-in. Its PRF gives the staff key's seed, which is never stored.
// User verification is always required.

import type { Bytes } from '../shared/door/bytes.ts'

/** What the authenticator said, without the PRF's secret: that stays here. */
export interface Assertion {
  id: Bytes
  clientData: Bytes
  authenticatorData: Bytes
  signature: Bytes
  userHandle: Bytes
}

export interface Asked {
  assertion: Assertion
  /** The seed of the staff key; null from an authenticator without PRF. Overwrite it after use. */
  seed: Bytes | null
}

export interface Made {
  id: Bytes
  authenticatorData: Bytes
  /** Null when the authenticator gives it only at sign-in; then ask for it. */
  seed: Bytes | null
  /** Whether there is a PRF at all. */
  prf: boolean
}

/** Which of the credentials there are: any that this host made, or this one. */
type Which = Bytes | null

const SEED = 32
const ALGORITHMS = [-7, -8, -257] // ES256, EdDSA, RS256
/** A person who looks for a security key in a bag. The relay forgets a challenge after five minutes. */
const PATIENCE_MS = 180_000

/** `"lykta/1 staff" | centre_id 16 | key_generation u16`: what the PRF is asked with. */
export function prfInput(centreId: Uint8Array, keyGeneration: number): Bytes {
  const label = new TextEncoder().encode('lykta/1 staff')
  const input = new Uint8Array(label.length + centreId.length + 2)
  input.set(label)
  input.set(centreId, label.length)
  new DataView(input.buffer).setUint16(input.length - 2, keyGeneration)
  return input
}

/** Whether this browser knows passkeys at all. */
export function passkeysExist(): boolean {
  return typeof PublicKeyCredential === 'function' && navigator.credentials !== undefined
}

/** Makes a passkey for this host. Throws what the browser throws, above all when the person says no. */
export async function makePasskey(name: string, input: Bytes): Promise<Made> {
  const made = await navigator.credentials.create({
    publicKey: {
      // Nobody checks what is signed over it: the request is signed with the staff key, and people compare words.
      challenge: random(32),
      rp: { id: location.hostname, name: location.hostname },
      user: { id: random(16), name, displayName: name },
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
      timeout: PATIENCE_MS,
      extensions: { prf: { eval: { first: input } } },
    },
  })
  if (!(made instanceof PublicKeyCredential)) throw new Error('no passkey')
  const response = made.response as AuthenticatorAttestationResponse
  const prf = made.getClientExtensionResults().prf
  return {
    id: new Uint8Array(made.rawId),
    authenticatorData: new Uint8Array(response.getAuthenticatorData()),
    seed: seedOf(prf?.results?.first),
    prf: prf?.enabled === true,
  }
}

/** Asks for a passkey of this host; without an `input` no secret comes of it. Throws what the browser throws. */
export async function askPasskey(challenge: Bytes, input: Bytes | null, which: Which = null): Promise<Asked> {
  const asked = await navigator.credentials.get({
    publicKey: {
      challenge,
      rpId: location.hostname,
      userVerification: 'required',
      timeout: PATIENCE_MS,
      allowCredentials: which ? [{ type: 'public-key', id: which }] : [],
      extensions: input ? { prf: { eval: { first: input } } } : {},
    },
  })
  if (!(asked instanceof PublicKeyCredential)) throw new Error('no passkey')
  const response = asked.response as AuthenticatorAssertionResponse
  return {
    assertion: {
      id: new Uint8Array(asked.rawId),
      clientData: new Uint8Array(response.clientDataJSON),
      authenticatorData: new Uint8Array(response.authenticatorData),
      signature: new Uint8Array(response.signature),
      userHandle: new Uint8Array(response.userHandle ?? new ArrayBuffer(0)),
    },
    seed: seedOf(asked.getClientExtensionResults().prf?.results?.first),
  }
}

/** The staff key's seed once more, from a passkey that has signed in or was just made. */
export async function seedFrom(id: Bytes, input: Bytes): Promise<Bytes | null> {
  return (await askPasskey(random(32), input, id)).seed
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** A copy of our own, and the browser's bytes are overwritten. */
function seedOf(result: BufferSource | undefined): Bytes | null {
  if (!result) return null
  const given = ArrayBuffer.isView(result)
    ? new Uint8Array(result.buffer as ArrayBuffer, result.byteOffset, result.byteLength)
    : new Uint8Array(result)
  if (given.length !== SEED) return null
  const seed = given.slice()
  given.fill(0)
  return seed
}
