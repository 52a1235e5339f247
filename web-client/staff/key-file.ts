// The way round for an authenticator without PRF: the staff key's seed in a file, under a passphrase. The file is
// chosen by hand each time and never in the browser's storage.
//
//   lykta-key-1
//   salt <32 hexadecimal digits>
//   nonce <24 hexadecimal digits>
//   sealed <96 hexadecimal digits>
//
// Key: PBKDF2-SHA256, 1,000,000 rounds over the passphrase in UTF-8 (NFC). Sealed: AES-256-GCM over the 32 bytes of
// the seed, with "lykta/1 key file" | centre_id 16 as associated data.

import { hex, unhex, type Bytes } from '../shared/door/bytes.ts'
import { random } from './passkey.ts'

const HEAD = 'lykta-key-1'
const ROUNDS = 1_000_000
const SALT = 16
const NONCE = 12
const SEALED = 32 + 16
/** Longer than the file can be: whatever else was chosen is not read. */
const MOST = 1_000

/** Shorter passphrases fall to a graphics card although each guess costs a million rounds. */
export const SHORTEST = 16

/** Neither a key file of this centre nor its passphrase: which of the two is not known. */
export class NotOpened extends Error {}

export async function sealKeyFile(seed: Bytes, passphrase: string, centreId: Uint8Array): Promise<string> {
  const [salt, nonce] = [random(SALT), random(NONCE)]
  const key = await keyOf(passphrase, salt)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: about(centreId) }, key, seed)
  return `${HEAD}\nsalt ${hex(salt)}\nnonce ${hex(nonce)}\nsealed ${hex(new Uint8Array(sealed))}\n`
}

/** Throws NotOpened. */
export async function openKeyFile(file: Blob, passphrase: string, centreId: Uint8Array): Promise<Bytes> {
  if (file.size > MOST) throw new NotOpened('too long')
  const [head, ...lines] = (await file.text()).split(/\r?\n/)
  try {
    if (head !== HEAD) throw new NotOpened('not a key file')
    const value = (at: number, word: string, length: number) => {
      const [first, digits] = lines[at]?.split(' ') ?? []
      if (first !== word) throw new NotOpened(`no ${word}`)
      return unhex(digits ?? '', length)
    }
    const [salt, nonce, sealed] = [value(0, 'salt', SALT), value(1, 'nonce', NONCE), value(2, 'sealed', SEALED)]
    const key = await keyOf(passphrase, salt)
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: nonce, additionalData: about(centreId) },
      key,
      sealed,
    )
    return new Uint8Array(opened)
  } catch {
    throw new NotOpened('wrong passphrase, another centre, or a changed file')
  }
}

async function keyOf(passphrase: string, salt: Bytes): Promise<CryptoKey> {
  const typed = new TextEncoder().encode(passphrase.normalize('NFC'))
  const material = await crypto.subtle.importKey('raw', typed, 'PBKDF2', false, ['deriveKey'])
  typed.fill(0)
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }
  return crypto.subtle.deriveKey(how, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

function about(centreId: Uint8Array): Bytes {
  const label = new TextEncoder().encode('lykta/1 key file')
  const all = new Uint8Array(label.length + centreId.length)
  all.set(label)
  all.set(centreId, label.length)
  return all
}
