// A case to train with: what a visitor who does not exist says and does, and where it goes by what the counsellor does.

export type Tag = 'sv' | 'en'
export type Both = Record<Tag, string>

/** One thing the visitor does. Seconds are those of the wall clock. */
export type Act =
  | { says: Both }
  | { waits: number }
  /** Somebody came: the screen is covered, or free again. */
  | { covers: boolean }
  /** The network is gone, or back. */
  | { gone: boolean }
  | { leaves: 'goodbye' | 'fast' | 'lost' }

/** Where it goes when the counsellor has answered: by a part of a word in it, or, without any, in every other case. */
export interface Branch {
  hears?: string[]
  go: string
}

export interface Scene {
  does: Act[]
  /** The first branch that fits; none: the visitor has said all and waits for the counsellor to end. */
  then?: Branch[]
  /** When the counsellor is silent for so many seconds. */
  silence?: { after: number; go: string }
}

export interface Case {
  key: string
  title: Both
  /** What it trains. */
  about: Both
  lane: number
  forWhom: number
  /** It begins with `start`. */
  scenes: Record<string, Scene>
  /** What to think of afterwards. */
  after: Both[]
}

export const both = (sv: string, en: string): Both => ({ sv, en })
/** One message. */
export const says = (sv: string, en: string): Act => ({ says: both(sv, en) })
