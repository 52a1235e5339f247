// What a counsellor says of a chat that is over, in at most two taps: pure.

import { Ending } from '../../shared/door/words.ts'

/** How long there is to choose, from the press on "end" or from the end that came by itself. Milliseconds. */
export const CHOOSE_MS = 15_000

/** A topic of the centre's list; the names are by language. */
export interface Topic {
  word: string
  name: Record<string, string>
}

/** The closed list of reasons. Each is one of the seven endings: nothing finer is counted. */
export const REASONS = ['helped', 'left_fast', 'lost_contact', 'ended_by_counsellor', 'failed'] as const
export type Reason = (typeof REASONS)[number]

/** The word for a chat of no topic. */
export const NO_TOPIC = 'none'

export interface Choice {
  reason: Reason | null
  topic: string | null
}

/** What is counted: what was chosen so far, and for the rest what is known without asking. */
export function counted({ reason, topic }: Choice, ending: number): { ending: Reason; topic: string } {
  return { ending: reason ?? reasonOf(ending), topic: topic ?? NO_TOPIC }
}

/** How a chat ended by its own word. */
export function reasonOf(ending: number): Reason {
  switch (ending) {
    case Ending.Helped:
      return 'helped'
    case Ending.LeftFast:
      return 'left_fast'
    case Ending.EndedByCounsellor:
      return 'ended_by_counsellor'
    case Ending.Failed:
      return 'failed'
    default:
      return 'lost_contact'
  }
}

/** Whether nothing is left to choose; a centre without topics asks for none. */
export function isWhole({ reason, topic }: Choice, topics: readonly Topic[]): boolean {
  return reason !== null && (topic !== null || topics.length === 0)
}

/** Throws RangeError when the answer is no list of topics. */
export function readTopics(answer: unknown): Topic[] {
  if (!Array.isArray(answer)) throw new RangeError('no topics')
  return answer.map((one: unknown) => {
    const { word, name } = (one ?? {}) as Record<string, unknown>
    if (typeof word !== 'string' || typeof name !== 'object' || name === null) throw new RangeError('no topic')
    return { word, name: Object.fromEntries(Object.entries(name).map(([tag, text]) => [tag, String(text)])) }
  })
}
