// The centre's clocks, from the page's `data-clocks`: whole seconds by name.

/** Milliseconds of the clock `name`; the default, in minutes, when the page was served without it. */
export function clockMs(clocks: string | undefined, name: string, minutes: number): number {
  try {
    const all = JSON.parse(clocks ?? '') as Record<string, unknown> | null
    const seconds = all?.[name]
    if (typeof seconds === 'number' && seconds > 0) return seconds * 1000
  } catch {
    // No clocks: the default is the answer.
  }
  return minutes * 60_000
}

/** Seconds of silence after which the visitor is asked, is warned, and the chat closes. */
export const silenceClocks = (clocks: string | undefined): number[] =>
  ['ask', 'warn', 'close'].map((name, at) => clockMs(clocks, `silence_${name}`, 5 * at + 5) / 1000)

/** Whole minutes from the warning to the end, as they are said. */
export const closesIn = ([, warn = 0, close = 0]: number[]): number => Math.ceil((close - warn) / 60)
