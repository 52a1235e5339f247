// The closed sets of the door, one byte each.

export const Phase = { Arriving: 1, Joining: 2, Waiting: 3, Greeting: 4, Talking: 5, Over: 6 } as const
export const LinkState = { Down: 0, Opening: 1, Up: 2 } as const
export const Lane = { Support: 1, Professional: 2 } as const
/** What the root says a person may do. */
/** What a certificate says somebody is; from 5 on an expert of a profession, whose word is `role.N` of the texts. */
export const StaffRole = { Counsellor: 1, Interpreter: 2, Expert: 3, Coordinator: 4 } as const
export const About = { Self: 1, Other: 2, Work: 3 } as const

export const Peer = {
  Unknown: 0,
  Here: 1,
  /** The network says gone; `peerSince` says since when. */
  Gone: 2,
  /** Gone past the grace. */
  Lost: 3,
  /** The visitor's own sealed goodbye said so. */
  LeftFast: 4,
  /** No sealed beat for 90 s. */
  Unsure: 5,
} as const

/** What somebody is asked into a chat for. */
export const Invite = { Guest: 1, HandOver: 2 } as const

/** The words to compare of this chat. */
export const Compare = { None: 0, UnderWay: 1, Numbers: 2 } as const

/** Return words, as this end sees them. */
export const Returning = {
  None: 0,
  /** Visitor: asked for; the counsellor's word that they are kept has not come. */
  Asked: 1,
  Kept: 2,
  /** Visitor: on the way back. Counsellor: the same visitor, new keys. */
  CameBack: 3,
} as const

/** Least and most minutes by the byte of how long the line may take; `null` as the most: nobody knows. */
const WAITS: Record<number, [number, number | null]> = {
  2: [0, 15],
  3: [0, 30],
  4: [0, 60],
  5: [0, 90],
  6: [15, 60],
  7: [15, 120],
  8: [30, 120],
  9: [60, null],
}

/** A counsellor on duty has room. */
export const WAIT_FREE = 1

export function waitMinutes(wait: number): { from: number; to: number | null } | null {
  const minutes = WAITS[wait]
  return minutes ? { from: minutes[0], to: minutes[1] } : null
}

export const Silence = { None: 0, Ask: 1, Warn: 2 } as const

export const Ending = {
  None: 0,
  Helped: 1,
  LeftLine: 2,
  LeftFast: 3,
  LostContact: 4,
  TurnedAway: 5,
  EndedByCounsellor: 6,
  Failed: 7,
} as const

export const Refusal = {
  None: 0,
  Closed: 1,
  Full: 2,
  Away: 3,
  Closing: 4,
  TooMany: 5,
  NotYours: 6,
  Gone: 7,
  TakenByOther: 8,
  SeatFull: 9,
  NobodyWaits: 10,
  BoxFull: 11,
  OutOfOrder: 12,
  StoreAway: 13,
  NotAdmitted: 14,
} as const

/** What the machine itself found wrong; stands where a refusal stands. */
export const Trouble = {
  ClockWrong: 128,
  NotTrusted: 129,
  Broken: 130,
  /** Very many come at once: this device works for its place, or waits for its turn. */
  Working: 131,
  Crowded: 132,
} as const

export const NotSaid = { None: 0, TooLong: 1, TooMuchUnsent: 2, NotNow: 3, Empty: 4 } as const

/** The last part of a text key for why words were not taken; null when there is nothing to say about it. */
export function notSaidWords(reason: number): string | null {
  switch (reason) {
    case NotSaid.None:
    case NotSaid.Empty:
      return null
    case NotSaid.TooLong:
      return 'toolong'
    case NotSaid.TooMuchUnsent:
      return 'toomuch'
    default:
      return 'notnow'
  }
}

const openStates = ['open', 'full', 'away', 'closing', 'closed'] as const
export type OpenState = (typeof openStates)[number]

/** The word for a state byte; null for 0, unknown. */
export function openState(byte: number): OpenState | null {
  return openStates[byte - 1] ?? null
}

export function isOpenState(word: unknown): word is OpenState {
  return openStates.includes(word as OpenState)
}
