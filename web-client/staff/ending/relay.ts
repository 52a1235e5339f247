// What the relay is asked about endings.

import { hex } from '../../shared/door/bytes.ts'
import type { ChatRef } from '../../shared/door/commands.ts'
import { readTopics, type Reason, type Topic } from './model.ts'

/** The centre's topics; none when they cannot be had: a chat can be ended without. */
export async function fetchTopics(): Promise<Topic[]> {
  try {
    const answer = await fetch('/staff/topics')
    return answer.ok ? readTopics(await answer.json()) : []
  } catch {
    return []
  }
}

/** Says how a chat ended and what it was about. Goes out even from a page that closes; whether it arrives changes nothing. */
export function sayEnding({ ticket, claim }: ChatRef, said: { ending: Reason; topic: string }): void {
  fetch('/staff/ending', {
    method: 'POST',
    keepalive: true,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket: hex(ticket), claim, ...said }),
  }).catch(() => {})
}
