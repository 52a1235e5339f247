// What the centre's file says beside a chat. Asked for once somebody is signed in; it stands in no document.

export type Told = Record<string, string>
export type Sentences = Record<string, string[]>

export interface Risk {
  key: string
  title: Told
  steps: Sentences
  numbers: { shown: string; dial: string; name: Told }[]
  onCall: Told | null
  note: Told
  legal: boolean
}

export interface Part {
  key: string
  title: Told
  points: Sentences
  notes: boolean
}

export interface Guidance {
  risks: Risk[]
  consultation: Part[]
}

/** Null when the relay does not answer, or not as promised. */
export async function fetchGuidance(): Promise<Guidance | null> {
  try {
    const answer = await fetch('/staff/guidance', { cache: 'no-store' })
    return answer.ok ? readGuidance(await answer.json()) : null
  } catch {
    return null
  }
}

/** Throws RangeError when it is not whole: half of the steps would be worse than none. */
export function readGuidance(answer: unknown): Guidance {
  const { risks, consultation } = fields(answer)
  return {
    risks: list(risks).map((one) => {
      const risk = fields(one)
      const numbers = list(risk.numbers).map((each) => {
        const { shown, dial, name } = fields(each)
        if (!/^\+?\d{2,15}$/.test(text(dial))) throw new RangeError('no number')
        return { shown: text(shown), dial: text(dial), name: told(name) }
      })
      return {
        key: text(risk.key),
        title: told(risk.title),
        steps: sentences(risk.steps),
        numbers,
        onCall: risk.on_call === null ? null : told(risk.on_call),
        note: told(risk.note),
        legal: risk.legal === true,
      }
    }),
    consultation: list(consultation).map((one) => {
      const part = fields(one)
      return { key: text(part.key), title: told(part.title), points: sentences(part.points), notes: part.notes === true }
    }),
  }
}

/** In the language of the console, or in another when it is not written in that one. */
export function inLanguage<T>(texts: Record<string, T>, tag: string, none: NoInfer<T>): T {
  return texts[tag] ?? Object.values(texts)[0] ?? none
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new RangeError('no guidance')
  return value as Record<string, unknown>
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new RangeError('no list')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new RangeError('no text')
  return value
}

function told(value: unknown): Told {
  return Object.fromEntries(Object.entries(fields(value)).map(([tag, one]) => [tag, text(one)]))
}

function sentences(value: unknown): Sentences {
  return Object.fromEntries(Object.entries(fields(value)).map(([tag, one]) => [tag, list(one).map(text)]))
}
