// What counsellors write to each other, as long as the page lives. No document, no clock of its own.

/**
 * The first character of what is more than words, from ASCII's own table: nobody types them. ENQ asks for a talk after a
 * hard chat, ACK answers "now", NAK "later".
 */
export const Sign = { Ask: '\u0005', Now: '\u0006', Later: '\u0015' } as const
export type Kind = 'words' | 'ask' | 'now' | 'later'

export interface Line {
  own: boolean
  kind: Kind
  text: string
  /** Wall clock, milliseconds. */
  at: number
  /** The machine's id of own words. */
  id: number
}

const KINDS = new Map<string, Kind>([[Sign.Ask, 'ask'], [Sign.Now, 'now'], [Sign.Later, 'later']])

export function kindOf(text: string): Kind {
  return KINDS.get(text.charAt(0)) ?? 'words'
}

/** What somebody typed or pasted, so that it is never taken for a sign; empty when nothing is left. */
export function typed(text: string): string {
  return text.replace(/^[\u0000-\u0020\u007f]+/, '').trimEnd()
}

export class Talk {
  readonly lines: Line[] = []
  /** Own words up to this id were opened. */
  openedUpTo = 0
  unread = 0
  /** They wait for an answer of ours. */
  asks = false
  /** We wait for one of theirs. */
  asked = false

  heard(text: string, at: number, seen: boolean): Kind {
    const kind = kindOf(text)
    this.lines.push({ own: false, kind, text: kind === 'words' ? text : '', at, id: 0 })
    if (!seen) this.unread += 1
    if (kind === 'ask') this.asks = true
    if (kind === 'now' || kind === 'later') this.asked = false
    return kind
  }

  said(text: string, id: number, at: number): void {
    const kind = kindOf(text)
    this.lines.push({ own: true, kind, text: kind === 'words' ? text : '', at, id })
    if (kind === 'ask') this.asked = true
    if (kind === 'now' || kind === 'later') this.asks = false
  }

  opened(upTo: number): void {
    this.openedUpTo = Math.max(this.openedUpTo, upTo)
  }
}

/** The key of the sentence that stands for a sign; null for words. */
export function signWords({ kind, own }: Line): string | null {
  return kind === 'words' ? null : `staffroom.${kind}${own ? '.own' : '.said'}`
}
