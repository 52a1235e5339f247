// The console looks at the visitor's page: nothing that differs stays unsaid, and half a comparison is none.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { look, readExpected } from '../staff/look/model.ts'

const page = '<!doctype html><p>Ring 112'
const file = 'export const a = 1'
const hash = (text: string) => createHash('sha256').update(text).digest('hex')

const expected = {
  page: 'https://chat.example/',
  documents: [hash('<!doctype html><p>Closed'), hash(page)],
  headers: { 'content-security-policy': "default-src 'none'", 'referrer-policy': 'no-referrer' },
  files: { 'assets/a.js': hash(file) },
}

type Answers = Record<string, () => Response | Promise<Response>>

function serving(changed: Answers = {}) {
  const answers: Answers = {
    '/staff/look': () => Response.json(expected),
    'https://chat.example/': () => new Response(page, { headers: { ...expected.headers, server: 'x' } }),
    'https://chat.example/assets/a.js': () => new Response(file),
    ...changed,
  }
  const asked: [string, RequestInit | undefined][] = []
  const get = async (url: RequestInfo | URL, how?: RequestInit) => {
    asked.push([String(url), how])
    const answer = answers[String(url)]
    if (!answer) throw new TypeError('failed')
    return answer()
  }
  return { asked, look: () => look('https://staff.example/staff/', get as typeof fetch) }
}

test('a page that is ours in every byte and header is the same, and nothing of the counsellor goes with the question', async () => {
  const server = serving()
  expect(await server.look()).toEqual({ is: 'same' })
  for (const [url, how] of server.asked) {
    if (url.startsWith('https://chat.example')) expect(how).toMatchObject({ credentials: 'omit', cache: 'no-store' })
  }
})

test.each<[string, Answers, string]>([
  ['one byte of the document', { 'https://chat.example/': () => new Response(page.replace('112', '113'), { headers: expected.headers }) }, '/'],
  ['a header', { 'https://chat.example/': () => new Response(page, { headers: { ...expected.headers, 'content-security-policy': '*' } }) }, 'content-security-policy'],
  ['a missing header', { 'https://chat.example/': () => new Response(page, { headers: { 'referrer-policy': 'no-referrer' } }) }, 'content-security-policy'],
  ['one byte of a file', { 'https://chat.example/assets/a.js': () => new Response(file + ' ') }, 'assets/a.js'],
  ['a file that is gone', { 'https://chat.example/assets/a.js': () => new Response(file, { status: 404 }) }, 'assets/a.js'],
  ['a file that does not come', { 'https://chat.example/assets/a.js': () => Promise.reject(new TypeError('failed')) }, 'assets/a.js'],
])('%s is found', async (_, changed, what) => {
  expect(await serving(changed).look()).toEqual({ is: 'changed', what: [what] })
})

test('an error page in its place is found', async () => {
  const gone = { 'https://chat.example/': () => new Response('busy', { status: 503, headers: expected.headers }) }
  expect(await serving(gone).look()).toEqual({ is: 'changed', what: ['/'] })
})

test('a page that does not come is no changed page, and without a list nothing is called unchanged', async () => {
  expect(await serving({ 'https://chat.example/': () => Promise.reject(new TypeError('failed')) }).look()).toEqual({ is: 'away' })
  expect(await serving({ '/staff/look': () => new Response('', { status: 401 }) }).look()).toEqual({ is: 'unknown' })
  expect(await serving({ '/staff/look': () => Promise.reject(new TypeError('failed')) }).look()).toEqual({ is: 'unknown' })
  for (const left of ['page', 'documents', 'headers', 'files']) {
    expect(readExpected({ ...expected, [left]: undefined })).toBeNull()
    expect(readExpected({ ...expected, [left]: left === 'documents' ? [] : {} })).toBeNull()
  }
})
