// The build date that certificates are judged by when a phone's clock stands still. Reproducible: it is the date of
// the sources, not of the machine.

import { execFileSync } from 'node:child_process'

/** Whole seconds since 1970. */
export function buildDate(root: string): number {
  const given = Number(process.env.SOURCE_DATE_EPOCH)
  if (Number.isInteger(given) && given > 0) return given
  try {
    const said = execFileSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const committed = Number(said.toString().trim())
    if (committed > 0) return committed
  } catch {
    // Not a git checkout (a source package): the day it is built is the best there is.
  }
  return Math.floor(Date.now() / 86_400_000) * 86_400
}
