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
