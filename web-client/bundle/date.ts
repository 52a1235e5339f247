// The build date that certificates are judged by when a phone's clock stands still. Reproducible: it is the date of
// the sources, not of the machine, and of those only that a page is made of: a page that did not change keeps its bytes.
// (A shallow clone does not know that date and takes its only commit's: a release is built from a whole one.)

import { execFileSync } from 'node:child_process'

/** What a page is made of. The Makefile names the same. */
const SOURCES = ['web-client', 'protocol', 'Cargo.toml', 'Cargo.lock']

/** Whole seconds since 1970. */
export function buildDate(root: string): number {
  const given = Number(process.env.SOURCE_DATE_EPOCH)
  if (Number.isInteger(given) && given > 0) return given
  try {
    const asked = ['-C', root, 'log', '-1', '--format=%ct', '--', ...SOURCES]
    const said = execFileSync('git', asked, { stdio: ['ignore', 'pipe', 'ignore'] })
    const committed = Number(said.toString().trim())
    if (committed > 0) return committed
  } catch {
    // Not a git checkout (a source package): the day it is built is the best there is.
  }
  return Math.floor(Date.now() / 86_400_000) * 86_400
}
