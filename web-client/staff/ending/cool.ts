// Somebody comes again and again to insult: whoever comes from where they are waits a minute, for a quarter of an hour.

import { hex } from '../../shared/door/bytes.ts'
import type { ChatRef } from '../../shared/door/commands.ts'

/** Asked for while the chat runs: afterwards nobody knows where they were. Whether the relays were told. */
export async function coolDown({ ticket, claim }: ChatRef): Promise<boolean> {
  try {
    const answer = await fetch('/staff/cool', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ticket: hex(ticket), claim }),
    })
    return answer.ok
  } catch {
    return false
  }
}
