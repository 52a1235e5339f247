// What is left on the disk of whoever visited: looked for file by file, and held against the table in README.md.

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { plant } from './canary.mjs'

/** Words that stand on our page and on no other that these browsers have seen. */
const OURS = { 'our page': 'Chatta med en kurator', 'our question': 'Är det säkert att chatta' }

/** A file of the cache that holds the address of a request, and no answer to it. */
const isUnanswered = (path) => /cache/i.test(path) && !readFileSync(path).includes('HTTP/1')

/** A file's place in its profile, without what differs from run to run. */
const place = (profile, path) =>
  (isUnanswered(path) ? 'unanswered: ' : '') +
  relative(profile, path)
    .replace(/\.plain$/, '')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*')
    .replace(/\b[0-9a-f]{16}(?=_\d$)/, '*')
    .replace(/\d{5,}/g, '*')
    .replace(/^(cache2\/\w+)\/.*/, '$1/*')

/**
 * Where in a profile the address of the page and the words of the page stand.
 *
 * @returns {Promise<{ address: string[], words: string[] }>} places in the profile, sorted
 */
export async function residue(profile, host) {
  const wanted = plant()
  wanted.also('host', host)
  for (const [name, words] of Object.entries(OURS)) wanted.also(name, words)
  const found = await wanted.search({ folders: [profile] })
  const places = (names) => [...new Set(found.filter(({ word }) => names.includes(word)).map(({ where }) => place(profile, where)))].sort()
  return { address: places(['host']), words: places(Object.keys(OURS)) }
}

/** The row of the table whose first two columns are these: the files it names. */
export async function documented(where, what) {
  const text = await readFile(new URL('README.md', import.meta.url), 'utf8')
  const row = text.split('\n').find((line) => line.startsWith(`| ${where} | ${what} |`))
  if (!row) throw new Error(`README.md has no row "${where} | ${what}"`)
  return [...row.split('|')[3].matchAll(/`([^`]+)`/g)].map(([, file]) => file)
}

/**
 * Holds what was found against the table: nothing where it says nothing, and the address only in the files it names
 * (a browser writes some of them not every time).
 *
 * @returns {Promise<string[]>} what the table does not know
 */
export async function unknownTo(where, { address, words }) {
  const known = await documented(where, 'the address')
  const unknown = address.filter((file) => !known.includes(file))
  const kept = [...(await documented(where, 'words of the page'))]
  return [...unknown, ...words.filter((file) => !kept.includes(file))]
}

/** The rows as they were found this time. */
export const rows = (where, { address, words }) =>
  [['the address', address], ['words of the page', words]]
    .map(([what, files]) => `| ${where} | ${what} | ${files.map((file) => `\`${file}\``).join(', ') || 'nothing'} |`)
    .join('\n')
