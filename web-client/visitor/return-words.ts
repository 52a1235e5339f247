// Return words: four of 2,048, by which a visitor whose page died is recognised today. Made and understood here and
// nowhere else; what leaves this page is what PBKDF2 makes of them.

/** How many words. */
export const COUNT = 4
const LIST = 2_048
const ROUNDS = 600_000
const ID_AND_KEY = 48

/** Throws when the list cannot be fetched or is not the one that was built. */
export async function fetchList(file: BuiltFile): Promise<string[]> {
  const answer = await fetch(file.url, { integrity: file.integrity, cache: 'no-store' })
  if (!answer.ok) throw new Error(`words: ${answer.status}`)
  return readList(await answer.text())
}

export function readList(text: string): string[] {
  const words = text.trim().split('\n')
  if (words.length !== LIST) throw new RangeError('not the list')
  return words
}

/** Fresh words, each as likely as any other: 2,048 divides 65,536. */
export function draw(
  list: string[],
  fillRandom: (numbers: Uint16Array<ArrayBuffer>) => void = (numbers) => crypto.getRandomValues(numbers),
): string[] {
  const numbers = new Uint16Array(COUNT)
  fillRandom(numbers)
  const words = Array.from(numbers, (number) => list[number % LIST] ?? '')
  numbers.fill(0)
  return words
}

/** What was typed, as words of the list; or why not: a word that is none of them, or not four words. */
export type Understood = { words: string[] } | { unknown: string } | { count: number }

/** The first four letters decide, so that an ending, a capital or a keyboard without å, ä and ö does no harm. */
export function understand(typed: string, list: string[]): Understood {
  const given = typed.normalize('NFC').toLowerCase().match(/\p{L}+/gu) ?? []
  if (given.length !== COUNT) return { count: given.length }
  const known = new Map(list.map((word) => [beginning(word), word]))
  const words: string[] = []
  for (const one of given) {
    const word = known.get(beginning(one))
    if (word === undefined) return { unknown: one }
    words.push(word)
  }
  return { words }
}

/** The first four letters, without rings and dots. */
export function beginning(word: string): string {
  return word.slice(0, 4).replace(/[åä]/g, 'a').replace(/ö/g, 'o')
}

/** The date that belongs to the words, by this device: 2026-11-22. */
export function dateOf(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/**
 * `id 16 | key 32` for the machine; whoever asked overwrites it. So slow that whoever holds only what the relay holds
 * cannot try all words today.
 */
export async function derive(words: string[], centreId: Uint8Array, date: string): Promise<Uint8Array<ArrayBuffer>> {
  const utf8 = new TextEncoder()
  const secret = utf8.encode(words.join(' '))
  const label = utf8.encode('lykta/1 return')
  const day = utf8.encode(date)
  const salt = new Uint8Array(label.length + centreId.length + day.length)
  salt.set(label)
  salt.set(centreId, label.length)
  salt.set(day, label.length + centreId.length)
  const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
  secret.fill(0)
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, ID_AND_KEY * 8))
}
