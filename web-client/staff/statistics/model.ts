// The statistics as the relay tells them: pure. What is not shown was taken away by the relay; here it is null.

export type Shown = number | null

export interface WeekTable {
  week: string
  whole: boolean
  total: Shown
  lanes: [string, Shown][]
  endings: { word: string; all: Shown; lanes: Shown[] }[]
  waited: [string, Shown][]
}

export interface QuarterTable {
  quarter: string
  whole: boolean
  total: Shown
  languages: [string, Shown][]
  topics: [string, Shown][]
}

export interface Report {
  weeks: WeekTable[]
  quarters: QuarterTable[]
}

/** Throws RangeError when the answer is no report. */
export function readReport(answer: unknown): Report {
  const { weeks, quarters } = (answer ?? {}) as Record<string, unknown>
  if (!Array.isArray(weeks) || !Array.isArray(quarters)) throw new RangeError('no report')
  return { weeks: weeks as WeekTable[], quarters: quarters as QuarterTable[] }
}

/** A number, or the sign of one that is not shown. */
export function shownText(shown: Shown): string {
  return shown === null ? '·' : String(shown)
}

export interface Bar {
  week: string
  total: Shown
  whole: boolean
  x: number
  y: number
  height: number
}

/** Where the bars of the weeks stand. Lengths are of the drawing's own. */
export const PLOT = { bar: 28, step: 44, high: 160, left: 44, top: 32, below: 72 } as const

export function bars(weeks: readonly WeekTable[]): { most: number; wide: number; bars: Bar[] } {
  const most = Math.max(1, ...weeks.map((week) => week.total ?? 0))
  const drawn = weeks.map(({ week, total, whole }, at) => {
    const height = total === null ? 8 : Math.round((total * PLOT.high) / most)
    return { week, total, whole, x: PLOT.left + 8 + at * PLOT.step, y: PLOT.top + PLOT.high - height, height }
  })
  return { most, wide: PLOT.left + PLOT.step * Math.max(1, weeks.length) + 16, bars: drawn }
}

/** As `lykta report` names weeks. */
export const WEEK = /^\d{4}-W\d{2}$/

/** The address of the report; empty fields leave the choice to the relay. */
export function address(from: string, to: string, form: 'json' | 'csv'): string {
  const query = new URLSearchParams()
  if (from !== '') query.set('from', from)
  if (to !== '') query.set('to', to)
  if (form === 'csv') query.set('form', 'csv')
  const text = query.toString()
  return `/staff/statistics${text === '' ? '' : `?${text}`}`
}
