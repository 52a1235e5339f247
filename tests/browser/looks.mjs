// Looking at a page as somebody who cannot see well, or who holds a small phone.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe has to say about the page in light and in dark: rule, colours, elements. */
export async function faults(page) {
  // Through the debugger: a script element would break the page's own policy, and the policy stays on.
  await page.evaluate(`globalThis.axe ?? (() => { ${axe} })()`)
  const found = []
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const violations = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] })
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => [id, String(target), failureSummary]))
    })
    found.push(...violations.map((fault) => [colorScheme, ...fault]))
  }
  await page.emulateMedia({ colorScheme: 'light' })
  return found
}

/** The way out: large enough for a shaking thumb, in sight, under the finger, and before all else. */
export async function reachable(page, what) {
  const exit = page.locator('#exit')
  const box = await exit.boundingBox()
  const { width, height } = page.viewportSize()
  assert.ok(box.height >= 48 && box.width >= 120, `${what}: ${box.width}×${box.height}`)
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${what}: in sight`)
  const onTop = ({ x, y }) => document.elementFromPoint(x, y)?.id
  assert.equal(await page.evaluate(onTop, { x: box.x + box.width / 2, y: box.y + box.height / 2 }), 'exit', what)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(wide <= 0, `${what}: nothing hangs out at the side (${wide} px)`)
}
