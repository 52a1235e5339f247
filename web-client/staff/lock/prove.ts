// The passkey once more, for a console whose seat goes on behind the lock. Nothing is derived from it: it only shows
// who is here, and the sign-in of a colleague's passkey never takes the place of theirs. Knows no document.

import type { Bytes } from '../../shared/door/bytes.ts'
import { askPasskey, passkeysExist } from '../passkey.ts'
import { fetchChallenge, presentPasskey } from '../session.ts'

/** Null when it is the person with this staff key; else the key of a sentence. */
export async function provePerson(staffPublic: Bytes): Promise<string | null> {
  if (!passkeysExist()) return 'sign.none'
  const challenge = await fetchChallenge()
  if (!challenge) return 'sign.away'
  let asked
  try {
    asked = await askPasskey(challenge, null)
  } catch {
    return 'sign.cancelled'
  }
  const signedIn = await presentPasskey(asked.assertion, staffPublic)
  if (signedIn === 'other') return 'lock.other'
  if (typeof signedIn === 'string') return `sign.${signedIn}`
  const same = signedIn.staffPublic.every((byte, at) => byte === staffPublic[at])
  return same ? null : 'lock.other'
}
