// What a colleague is called at the console: first as the root wrote it into the roster, then as they call themselves, which
// is what the visitor is shown.

import type { PageWords } from '../../shared/words.ts'
import type { Colleague } from './post.ts'

/** Of somebody who has proven who they are. */
export function called(words: Pick<PageWords, 'get'>, { name, listed }: Pick<Colleague, 'name' | 'listed'>): string {
  if (!name) return listed ?? words.get('chat.guest')
  return listed === null || listed === name ? name : words.get('rooms.listed', { listed, name })
}
