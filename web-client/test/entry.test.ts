import { afterEach, describe, expect, test, vi } from 'vitest'
import { base64, hex, unbase64 } from '../shared/door/bytes.ts'
import { nameFits } from '../staff/enter.ts'
import { NotOpened, openKeyFile, sealKeyFile } from '../staff/key-file.ts'
import { prfInput } from '../staff/passkey.ts'
import { presentPasskey, readRefusal, readSignedIn, sessionLives } from '../staff/session.ts'

const centre = Uint8Array.from({ length: 16 }, (_, i) => i)

afterEach(() => vi.unstubAllGlobals())

test('the PRF is asked with label, centre and generation, so that no two centres share a key', () => {
  const label = hex(new TextEncoder().encode('lykta/1 staff'))
  expect(hex(prfInput(centre, 1))).toBe(`${label}000102030405060708090a0b0c0d0e0f0001`)
  expect(hex(prfInput(centre, 258)).endsWith('0102')).toBe(true)
})

test('base64url comes back as the bytes it was, and nothing else is read', () => {
  for (let length = 0; length < 9; length += 1) {
    const bytes = Uint8Array.from({ length }, (_, i) => 251 + i)
    expect(base64(bytes)).toMatch(/^[A-Za-z0-9_-]*$/)
    expect(unbase64(base64(bytes))).toEqual(bytes)
  }
  for (const wrong of ['=', 'AA==', 'A', '+/', 'å']) expect(() => unbase64(wrong)).toThrow(RangeError)
})

describe('the key file', () => {
  const passphrase = 'fem slumpade ord på rad'
  const seed = () => new Uint8Array(32).fill(7)

  // A million rounds for each opening, on a machine that is busy with other tests.
  const patience = 60_000

  test('opens with its passphrase, however its letters are put together, and for its centre only', async () => {
    const text = await sealKeyFile(seed(), passphrase, centre)
    expect(text).not.toContain(hex(seed()))
    const file = new Blob([text])
    expect(await openKeyFile(file, passphrase.normalize('NFD'), centre)).toEqual(seed())
    expect(await openKeyFile(new Blob([text.replaceAll('\n', '\r\n')]), passphrase, centre)).toEqual(seed())
    await expect(openKeyFile(file, `${passphrase} `, centre)).rejects.toThrow(NotOpened)
    await expect(openKeyFile(file, passphrase, new Uint8Array(16))).rejects.toThrow(NotOpened)
    expect(await sealKeyFile(seed(), passphrase, centre)).not.toBe(text)
  }, patience)

  test('a file that was changed, is another or is long opens nothing', async () => {
    const text = await sealKeyFile(seed(), passphrase, centre)
    const changed = text.replace(/sealed ./, (found) => `sealed ${found.endsWith('0') ? '1' : '0'}`)
    for (const wrong of [changed, '', 'lykta-enrolment-1\n', text.split('\n').slice(1).join('\n'), text + 'x'.repeat(1_000)]) {
      await expect(openKeyFile(new Blob([wrong]), passphrase, centre)).rejects.toThrow(NotOpened)
    }
  }, patience)
})

test('a name is as long as a roster takes it, in bytes', () => {
  for (const good of ['Aïcha Öberg', 'x'.repeat(64), 'å'.repeat(32)]) expect(nameFits(good)).toBe(true)
  for (const bad of ['', ' ', ' Bo', 'Bo ', 'x'.repeat(65), 'å'.repeat(33)]) expect(nameFits(bad)).toBe(false)
})

describe('what the relay says', () => {
  test('a sign-in that is not whole is none', () => {
    const whole = { staff_public: '07'.repeat(32), capacity: 2, roster: 'AAAA' }
    expect(readSignedIn(whole)).toEqual({ staffPublic: new Uint8Array(32).fill(7), capacity: 2, roster: new Uint8Array(3) })
    for (const broken of [null, {}, { ...whole, capacity: 0 }, { ...whole, roster: '=' }, { ...whole, staff_public: '07' }]) {
      expect(() => readSignedIn(broken)).toThrow(RangeError)
    }
  })

  test('a refusal is one of few words', () => {
    expect(['late', 'unknown', 'expired'].map((why) => readRefusal({ why }))).toEqual(['late', 'unknown', 'expired'])
    for (const other of [null, {}, { why: 'sign.in' }, { why: 7 }]) expect(readRefusal(other)).toBe('refused')
  })

  test('only its clear word ends a session; a relay that is away says nothing about it', async () => {
    vi.stubGlobal('fetch', async () => new Response(null, { status: 401 }))
    expect(await sessionLives()).toBe(false)
    vi.stubGlobal('fetch', async () => new Response(null, { status: 502 }))
    expect(await sessionLives()).toBe(true)
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
    expect(await sessionLives()).toBe(true)
  })

  test('what is sent has no field for a secret', async () => {
    let sent = ''
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      sent = String(init.body)
      return new Response('{"why":"late"}', { status: 401 })
    })
    const one = new Uint8Array(1)
    const assertion = { id: one, clientData: one, authenticatorData: one, signature: one, userHandle: one }
    expect(await presentPasskey(assertion)).toBe('late')
    expect(Object.keys(JSON.parse(sent))).toEqual(['id', 'client_data', 'authenticator_data', 'signature', 'user_handle'])
  })
})
