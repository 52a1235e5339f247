import { Compare } from './door/words.ts'
import type { View } from './door/records.ts'

/** The words to compare as they are read aloud; null while they are on their way or not asked for. */
export function numbersWords(view: View): string | null {
  return view.compare === Compare.Numbers ? view.numbers.join('  ') : null
}
