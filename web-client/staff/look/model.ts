// Looks at the visitor's page as a visitor's browser would get it here, and compares every byte with what the
// console's own host says it should be.

export interface Expected {
  /** The page's address; relative in a demonstration. */
  page: string
  /** SHA-256 of each document that may be served now, hexadecimal. */
  documents: string[]
  headers: Record<string, string>
  /** SHA-256 by path, `assets/…`. */
  files: Record<string, string>
}

export type Seen =
  | { is: 'same' }
  /** What differs: `/`, a header's name, a file's path. */
  | { is: 'changed'; what: string[] }
  /** The page did not come. */
  | { is: 'away' }
  /** The console's own host did not say what to compare with. */
  | { is: 'unknown' }

/** `here` is the console's own address. */
export async function look(here: string, get: typeof fetch = fetch): Promise<Seen> {
  const expected = await ask(get)
  if (!expected) return { is: 'unknown' }
  let page: Response
  try {
    page = await get(new URL(expected.page, here), asVisitor)
  } catch {
    return { is: 'away' }
  }
  const what: string[] = []
  if (!page.ok || !expected.documents.includes((await hashOf(page)) ?? '')) what.push('/')
  for (const [name, value] of Object.entries(expected.headers)) {
    if (page.headers.get(name) !== value) what.push(name)
  }
  const same = async ([path, hash]: [string, string]) => {
    try {
      const file = await get(new URL(`/${path}`, page.url || new URL(expected.page, here)), asVisitor)
      return file.ok && (await hashOf(file)) === hash
    } catch {
      return false
    }
  }
  const files = Object.entries(expected.files)
  const found = await Promise.all(files.map(same))
  what.push(...files.filter((_, at) => !found[at]).map(([path]) => path))
  return what.length === 0 ? { is: 'same' } : { is: 'changed', what }
}

/** Nothing of the counsellor's goes with it, and nothing that was kept comes back. */
const asVisitor = { credentials: 'omit', cache: 'no-store', redirect: 'follow' } as const

async function ask(get: typeof fetch): Promise<Expected | null> {
  try {
    const answer = await get('/staff/look', { cache: 'no-store' })
    return answer.ok ? readExpected(await answer.json()) : null
  } catch {
    return null
  }
}

/** Null when the answer is not whole: half a comparison would be none. */
export function readExpected(answer: unknown): Expected | null {
  const { page, documents, headers, files } = (answer ?? {}) as Record<string, unknown>
  const texts = (value: unknown): value is Record<string, string> =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((one) => typeof one === 'string')
  const whole = typeof page === 'string' && Array.isArray(documents) && documents.length > 0
  if (!whole || !texts(headers) || !texts(files)) return null
  return { page, documents: documents.map(String), headers, files }
}

/** Null when the body breaks off. */
async function hashOf(answer: Response): Promise<string | null> {
  try {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await answer.arrayBuffer()))
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
  } catch {
    return null
  }
}
