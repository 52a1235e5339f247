// The modules as they are shipped, from dist: their size, the frozen chat byte for byte, and what is left of its
// secrets in their memory after every step. Once as WebAssembly, once as JavaScript.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Door, type DoorExports } from '../shared/door/door.ts'
import { replay, unhex, type Step } from './replay.js'

interface Secret {
  door: Step['door']
  name: string
  bytes: string
  /** From this step to before that one it lies in the memory of its door: the control of the search. */
  there: [number, number] | null
  /** From this step on it must not. */
  gone: number | null
}

const root = join(import.meta.dirname, '../..')
const assets = join(root, 'web-client/dist/assets')
interface Vector {
  steps: Step[]
  secrets: Secret[]
}
const read = (name: string) => JSON.parse(readFileSync(join(root, `protocol/manual/vectors/${name}`), 'utf8')) as Vector
const vector = read('doors.json')
const room = read('doors-room.json')
const back = read('doors-return.json')

type Name = 'visit' | 'desk'
const names: Name[] = ['visit', 'desk']
const memoryOf = { visit: 2_097_152, desk: 4_194_304 }

function shipped(name: Name, kind: 'wasm' | 'js'): string {
  const found = readdirSync(assets).filter((file) => new RegExp(`^${name}-[0-9a-f]{12}\\.${kind}$`).test(file))
  if (found.length !== 1) throw new Error(`${found.length} files ${name}-….${kind} in ${assets}: make pages`)
  return join(assets, found[0] as string)
}

type Makers = Record<Name, () => DoorExports>

async function asWasm(): Promise<Makers> {
  const maker = (name: Name) => {
    const module = new WebAssembly.Module(readFileSync(shipped(name, 'wasm')))
    return () => new WebAssembly.Instance(module).exports as unknown as DoorExports
  }
  return { visit: maker('visit'), desk: maker('desk') }
}

async function asScript(): Promise<Makers> {
  const maker = async (name: Name) => {
    const { default: fresh } = (await import(/* @vite-ignore */ shipped(name, 'js'))) as { default: () => DoorExports }
    return fresh
  }
  return { visit: await maker('visit'), desk: await maker('desk') }
}

/** What of a memory was ever written, so that the rest need not be searched again and again. */
function written(door: DoorExports): Buffer {
  const words = new BigUint64Array(door.memory.buffer as ArrayBuffer)
  let end = words.length
  while (end > 0 && words[end - 1] === 0n) end -= 1
  return Buffer.from(door.memory.buffer as ArrayBuffer, 0, end * 8)
}

/** KiB as Brotli. The desk's also asks for a place, reads the roster and keeps return words; its goal is the same 45. */
const LARGEST = { visit: 45, desk: 68 }

test.each(names)('the %s module is not larger than it may be as Brotli', (name) => {
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  expect(brotliCompressSync(readFileSync(shipped(name, 'wasm')), best).length).toBeLessThanOrEqual(LARGEST[name] * 1024)
})

test('the pages import the module as JavaScript by its hash alone', () => {
  for (const [page, name] of [
    ['visitor', 'visit'],
    ['staff', 'desk'],
  ] as const) {
    const html = readFileSync(join(root, `web-client/dist/${page}.html`), 'utf8')
    const map = JSON.parse(/<script type="importmap">([^<]*)/.exec(html)?.[1] ?? '{}') as {
      integrity: Record<string, string>
    }
    const file = shipped(name, 'js').split('/').at(-1)
    // Beside it only what is done with return words, for a visitor who wants some.
    const others = Object.keys(map.integrity).filter((url) => url !== `/assets/${file}`)
    expect(others.map((url) => url.replace(/-[\w-]{8}\./, '-….'))).toEqual(page === 'visitor' ? ['/assets/return-words-….js'] : [])
    expect(map.integrity[`/assets/${file}`]).toMatch(/^sha256-/)
    expect(html.match(new RegExp(`${file}`, 'g'))?.length, 'nowhere else in the document').toBe(1)
    // What a policy without 'unsafe-eval' would refuse.
    expect(readFileSync(shipped(name, 'js'), 'utf8')).not.toMatch(/\beval\b|\bFunction\(|WebAssembly/)
  }
})

describe.each([
  ['WebAssembly', asWasm],
  ['JavaScript', asScript],
])('as %s', (_, makers) => {
  test('the doors answer the frozen chats byte for byte', { timeout: 60_000 }, async () => {
    const fresh = await makers()
    for (const frozen of [vector, room, back]) {
      let steps = 0
      for (const { step, answer } of replay(frozen, (name) => fresh[name]())) {
        if (answer !== step.answer) throw new Error(`step ${step.at} (${step.door} ${step.op}) answers otherwise`)
        steps += 1
      }
      expect(steps).toBe(frozen.steps.length)
      expect(steps).toBeGreaterThan(100)
    }
  })

  test.each([
    ['a chat of two', vector, 100],
    ['a room', room, 100],
    ['a return', back, 40],
  ])('after every step of %s, every secret that has had its time is gone', { timeout: 120_000 }, async (_, frozen, least) => {
    const fresh = await makers()
    const secrets = frozen.secrets.map((one) => ({ ...one, needle: Buffer.from(unhex(one.bytes)), found: 0 }))
    const leaks: string[] = []
    for (const { step, door, seed } of replay(frozen, (name) => fresh[name]())) {
      const memory = written(door)
      for (const secret of secrets.filter((one) => one.door === step.door)) {
        const mustBeGone = secret.gone !== null && step.at >= secret.gone
        const mustBeThere = secret.there !== null && step.at >= secret.there[0] && step.at < secret.there[1]
        if (!mustBeGone && !mustBeThere) continue
        const found = memory.includes(secret.needle)
        if (found) secret.found += 1
        if (found !== mustBeThere) {
          leaks.push(`${secret.door} after step ${step.at}: ${secret.name} is ${found ? 'still' : 'not'} there`)
        }
      }
      for (let at = 0; at < seed.length; at += 32) {
        if (memory.includes(Buffer.from(seed.subarray(at, at + 32)))) leaks.push(`${step.door} after step ${step.at}: its seed`)
      }
    }
    expect(leaks).toEqual([])

    // The controls: what may be there was found there, and what is never there at rest is found once it is planted.
    const kept = secrets.filter(({ there }) => there !== null)
    expect(kept.length).toBeGreaterThan(least)
    expect(kept.filter(({ found }) => found === 0)).toEqual([])
    const scratch = fresh.visit()
    scratch.mailbox()
    for (const { needle, name } of secrets) {
      const bytes = new Uint8Array(scratch.memory.buffer as ArrayBuffer)
      const at = 1_000_003 % (bytes.length - needle.length)
      expect(written(scratch).includes(needle), name).toBe(false)
      bytes.set(needle, at)
      expect(written(scratch).includes(needle), name).toBe(true)
      bytes.fill(0, at, at + needle.length)
    }
  })

  test('no step uses more of the stack than is overwritten after it', { timeout: 60_000 }, async () => {
    const fresh = await makers()
    // 256 KiB from address 0, used from the top; 192 KiB are overwritten below the frame of the step itself.
    const untouched = (door: DoorExports) => new Uint8Array(door.memory.buffer as ArrayBuffer, 0, 63 * 1024)
    const marked = (name: Name) => {
      const door = fresh[name]()
      untouched(door).fill(0xaa)
      return door
    }
    const both = function* () {
      for (const frozen of [vector, room, back]) yield* replay(frozen, marked)
    }
    for (const { step, door } of both()) {
      if (!untouched(door).every((byte) => byte === 0xaa)) throw new Error(`step ${step.at} goes deeper`)
      // The stack itself, as far as it is overwritten; a step's own frame is what is left at the top.
      const used = new Uint8Array(door.memory.buffer as ArrayBuffer, 64 * 1024, 191 * 1024)
      if (used.some((byte) => byte !== 0)) throw new Error(`step ${step.at} leaves something on the stack`)
    }
  })

  test('a wipe leaves not one byte, in memory that never grew', { timeout: 60_000 }, async () => {
    const fresh = await makers()
    let last: Partial<Record<Step['door'], DoorExports>> = {}
    for (const { doors } of replay(vector, (name) => fresh[name]())) last = doors
    const all = Object.entries(last) as [Step['door'], DoorExports][]
    expect(all.map(([name]) => name).sort()).toEqual(['chat', 'seat', 'visit'])
    for (const [name, exports] of all) {
      const { memory } = exports
      expect(memory.buffer.byteLength).toBe(memoryOf[name === 'visit' ? 'visit' : 'desk'])
      expect(() => (memory as unknown as WebAssembly.Memory).grow(1)).toThrow()
      expect(written(exports).length, 'something was written').toBeGreaterThan(0)
      new Door(exports).wipe()
      expect(written(exports).length).toBe(0)
    }
  })

  test('two instances share nothing', async () => {
    const fresh = await makers()
    const [one, other] = [fresh.desk(), fresh.desk()]
    const before = written(other).toString('hex')
    new Uint8Array(one.memory.buffer as ArrayBuffer).fill(1)
    expect(written(other).toString('hex')).toBe(before)
  })
})

test('the control: the search finds what the overwrite takes away', { timeout: 120_000 }, async () => {
  const fresh = await asScript()
  const passing = vector.secrets
    .filter(({ there }) => there === null)
    .map(({ name, bytes }) => ({ name, needle: Buffer.from(unhex(bytes)) }))
  const caught = new Set<string>()
  const { fill } = Uint8Array.prototype
  // The module as JavaScript fills memory by the engine's own function, where the overwrite can be met.
  Uint8Array.prototype.fill = function (this: Uint8Array, value: number, start = 0, end = this.length) {
    if (end - start === 192 * 1024) {
      const stack = Buffer.from(this.buffer as ArrayBuffer, 0, 256 * 1024)
      for (const { name, needle } of passing) if (!caught.has(name) && stack.includes(needle)) caught.add(name)
    }
    return fill.call(this, value, start, end)
  }
  try {
    let steps = 0
    for (const _ of replay(vector, (name) => fresh[name]())) steps += 1
    expect(steps).toBe(vector.steps.length)
  } finally {
    Uint8Array.prototype.fill = fill
  }
  for (const name of ['expanded ML-KEM key', 'shared secret of ML-KEM']) {
    expect(caught).toContain(`epoch 0: ${name}`)
  }
})
