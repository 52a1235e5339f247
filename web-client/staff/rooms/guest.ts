// Interpreters and experts at the console: colleagues ask them into chats. They take nobody from the line, so it is not shown
// to them, and there is no duty to be on: who is signed in can be asked.

import { byId, say, show } from '../../shared/dom.ts'
import { StaffRole } from '../../shared/door/words.ts'
import type { PageWords } from '../../shared/words.ts'

/** Shows what this role has at the console. */
export function guestOnly(words: PageWords, role: number): void {
  const guest = role !== StaffRole.Counsellor
  for (const id of ['line', 'duty-row', 'pause-open', 'hours-open']) show(byId(id), !guest)
  say(byId('none'), guest ? words.get('chats.none.guest', { role: words.get(`role.${role}`) }) : words.get('chats.none'))
}
