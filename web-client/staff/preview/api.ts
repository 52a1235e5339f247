// Where the visitor's sentences come from: the files that visitors fetch, with their hash, and what the centre adds.

import { fetchTexts } from '../../shared/words.ts'
import { readCentre, type Centre, type Texts } from './model.ts'

export type Seen = BuiltFile & { tag: string; name: string; read: boolean }

/** Null when the relay does not answer, or not as promised. */
export async function fetchCentre(): Promise<Centre | null> {
  try {
    const answer = await fetch('/staff/preview', { cache: 'no-store' })
    return answer.ok ? readCentre(await answer.json()) : null
  } catch {
    return null
  }
}

/** Null when it cannot be had, or is not the one that was built. */
export async function fetchSeen(file: Seen): Promise<Texts | null> {
  try {
    return await fetchTexts(file)
  } catch {
    return null
  }
}
