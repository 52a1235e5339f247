// The two marks a text file may use: **strong** and a number to call, {call:112} or {phone}.

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'strong'; text: string }
  | { kind: 'call'; number: string }
  | { kind: 'phone' }

/** Splits a text; what is not a mark stays as it stands, so `{n}` can be filled in before. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let end = 0
  for (const match of text.matchAll(/\*\*(.+?)\*\*|\{call:([+\d ]+)\}|\{phone\}/g)) {
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) })
    if (match[1] !== undefined) found.push({ kind: 'strong', text: match[1] })
    else if (match[2] !== undefined) found.push({ kind: 'call', number: match[2] })
    else found.push({ kind: 'phone' })
    end = match.index + match[0].length
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) })
  return found
}

/**
 * Fills `{name}` with the values given; others are left alone. Numbers are written in Latin digits in every language:
 * the telephone numbers and the relay's times beside them have no others.
 */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => String(values[name] ?? mark))
}
