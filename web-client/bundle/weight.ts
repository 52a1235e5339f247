// Whoever watches the network sees how much is fetched, and a language can be told by the weight of its file.

import { createHash } from 'node:crypto'
import { brotli } from './brotli.ts'
import type { Texts } from './document.ts'

/** The key of the filling. Like every key that begins with `_` it is no text. */
const FILLING = '_filling'

/** The same texts, each with filling, so that all files have one and the same length on the wire (Brotli). */
export function equallyHeavy<T extends { texts: Texts }>(files: T[]): T[] {
  const target = Math.max(0, ...files.map(({ texts }) => weight(texts, '')))
  return files.map((file) => ({ ...file, texts: { ...file.texts, [FILLING]: filling(file.texts, target) } }))
}

function weight(texts: Texts, filling: string): number {
  return brotli(Buffer.from(JSON.stringify({ ...texts, [FILLING]: filling }))).length
}

/** Found by trying: a byte of filling is a little less than a byte on the wire. */
function filling(texts: Texts, target: number): string {
  for (let salt = 0; salt < 64; salt++) {
    const noise = noiseOf(salt)
    let length = 0
    for (let step = 4096; step >= 1; step /= 2) {
      if (weight(texts, noise.slice(0, length + step)) <= target) length += step
    }
    if (weight(texts, noise.slice(0, length)) === target) return noise.slice(0, length)
  }
  throw new Error('no filling brings the languages to one weight')
}

/** Characters that do not compress further than six bits each, the same in every build. */
function noiseOf(salt: number): string {
  let noise = ''
  for (let block = 0; noise.length < 8192; block++) {
    noise += createHash('sha256').update(`${salt} ${block}`).digest('base64').replace(/[=+/]/g, '')
  }
  return noise
}
