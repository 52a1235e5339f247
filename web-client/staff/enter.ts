// The way in: sign-in with a passkey, and asking for a place on the staff. Knows no document; what a person must
// do in between comes from outside. The staff key's seed is overwritten wherever it is not handed on.

import type { Bytes } from '../shared/door/bytes.ts'
import { staff, type Trust } from '../shared/door/commands.ts'
import type { Door } from '../shared/door/door.ts'
import type { Person } from '../shared/door/records.ts'
import { NotOpened, openKeyFile, sealKeyFile } from './key-file.ts'
import { askPasskey, makePasskey, passkeysExist, prfInput, random, seedFrom } from './passkey.ts'
import { fetchChallenge, presentPasskey } from './session.ts'

/** Days before the end of a certificate from which on the console warns. */
const WARN_DAYS = 10
const DAY_S = 86_400
const FIRST_GENERATION = 1
const KEY_FILE = 0

export interface Entered {
  person: Person
  /** By which the relay knows them: the same again opens the lock. */
  staffPublic: Bytes
  staffSeed: Bytes
  capacity: number
  /** The signed roster, from which the console takes colleagues' names. */
  roster: Bytes
  /** A renewal to be signed offline, when the certificate ends soon. */
  renewal: Renewal | null
}

export interface Renewal {
  text: string
  /** Whole days that are left. */
  days: number
}

export interface Enrolled {
  /** To be compared face to face. */
  words: string
  /** The file for `lykta-root sign`. */
  text: string
  /** The sealed key, for an authenticator without PRF. */
  keyFile: string | null
}

/** What somebody who signs in may have to bring. Null: they gave up. */
export interface Brings {
  keyFile(wrong: boolean): Promise<{ file: Blob; passphrase: string } | null>
}

/** What somebody who enrols may have to do besides. */
export interface Does {
  /** The authenticator must be touched once more, and the browser wants a hand for it. */
  again(): Promise<void>
  /** No PRF: a passphrase for the key file. Null: they gave up. */
  passphrase(): Promise<string | null>
}

/** A sentence instead: its key. */
export type Instead = string

export async function enter(door: Door, trust: Trust, brings: Brings, now: number): Promise<Entered | Instead> {
  if (!passkeysExist()) return 'sign.none'
  const challenge = await fetchChallenge()
  if (!challenge) return 'sign.away'
  let asked
  try {
    asked = await askPasskey(challenge, prfInput(trust.centreId, FIRST_GENERATION))
  } catch {
    return 'sign.cancelled'
  }
  let seed = asked.seed
  const signedIn = await presentPasskey(asked.assertion)
  if (typeof signedIn === 'string') {
    seed?.fill(0)
    return `sign.${signedIn}`
  }
  const [said] = door.step(staff.person(trust, signedIn.staffPublic, signedIn.roster))
  if (said?.kind !== 'person') {
    seed?.fill(0)
    return 'refused.trust'
  }
  const { person } = said
  try {
    if (person.keyGeneration === KEY_FILE) {
      seed = await fromFile(trust, brings)
    } else if (person.keyGeneration !== FIRST_GENERATION || !seed) {
      seed?.fill(0)
      seed = await seedFrom(asked.assertion.id, prfInput(trust.centreId, person.keyGeneration))
    }
  } catch {
    return 'sign.cancelled'
  }
  if (!seed) return 'sign.key'
  const renewal = renewalOf(door, trust, person, seed, now)
  return { person, staffPublic: signedIn.staffPublic, staffSeed: seed, capacity: signedIn.capacity, roster: signedIn.roster, renewal }
}

/** Again and again until the passphrase fits or the person gives up. */
async function fromFile(trust: Trust, brings: Brings): Promise<Bytes | null> {
  for (let wrong = false; ; wrong = true) {
    const brought = await brings.keyFile(wrong)
    if (!brought) return null
    try {
      return await openKeyFile(brought.file, brought.passphrase, trust.centreId)
    } catch (error) {
      if (!(error instanceof NotOpened)) throw error
    }
  }
}

/** Signed by the key that is being renewed, so nobody has to meet. */
function renewalOf(door: Door, trust: Trust, person: Person, staffSeed: Bytes, now: number): Renewal | null {
  const days = Math.floor((person.notAfter - now / 1_000) / DAY_S)
  if (days >= WARN_DAYS) return null
  const { role, name, keyGeneration } = person
  const asked = { staffSeed, centreId: trust.centreId, now, role, name, keyGeneration, made: null }
  const [said] = door.step(staff.request(asked))
  return said?.kind === 'request' ? { text: said.text, days: Math.max(days, 0) } : null
}

/** Whether a name is one that a roster takes: 1 to 64 bytes, no space at either end. */
export function nameFits(name: string): boolean {
  const length = new TextEncoder().encode(name).length
  return name === name.trim() && length >= 1 && length <= 64
}

export async function enrol(
  door: Door,
  trust: Trust,
  name: string,
  role: number,
  does: Does,
  now: () => number,
): Promise<Enrolled | Instead> {
  if (!passkeysExist()) return 'sign.none'
  if (!nameFits(name)) return 'enrol.name.wrong'
  const input = prfInput(trust.centreId, FIRST_GENERATION)
  let made
  try {
    made = await makePasskey(name, input)
  } catch {
    return 'enrol.cancelled'
  }
  let seed = made.seed
  // Many authenticators say the secret only when they sign in.
  while (!seed && made.prf) {
    try {
      seed = await seedFrom(made.id, input)
      break
    } catch {
      await does.again()
    }
  }
  let keyFile: string | null = null
  const keyGeneration = seed ? FIRST_GENERATION : KEY_FILE
  if (!seed) {
    const passphrase = await does.passphrase()
    if (passphrase === null) return 'enrol.cancelled'
    seed = random(32)
    keyFile = await sealKeyFile(seed, passphrase, trust.centreId)
  }
  const asked = { staffSeed: seed, centreId: trust.centreId, now: now(), role, name, keyGeneration }
  const [said] = door.step(staff.request({ ...asked, made: made.authenticatorData }))
  seed.fill(0)
  return said?.kind === 'request' ? { words: said.words, text: said.text, keyFile } : 'enrol.name.wrong'
}
