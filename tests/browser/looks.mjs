// Looking at a page as somebody who cannot see well, or who holds a small phone.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** How a page may be looked at. Letters twice as large are those of the reader's own browser: text alone grows. */
const MODES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
  large: { colorScheme: 'light', letters: '200%' },
}

/** Every way there is. */
export const everyMode = Object.keys(MODES)

/** Looks at the page in one of the ways, until another is asked for. */
export async function lookAs(page, mode) {
  const { letters = '', forcedColors = 'none', ...media } = MODES[mode]
  await page.emulateMedia({ ...media, forcedColors, reducedMotion: 'reduce' })
  await page.evaluate((size) => (document.documentElement.style.fontSize = size), letters)
}

/** What a thumb must hit and is smaller than 44 px: numbers within a sentence are as large as their words. */
export async function smallTargets(page) {
  return page.evaluate(() => {
    const targets = 'button, summary, textarea, input[type="text"], label.choice, #exit, #lines a, #other a'
    return [...document.querySelectorAll(targets)]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .map((one) => [one.id || one.textContent.trim(), one.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 44 || height < 44)
      .map(([name, { width, height }]) => `${name}: ${Math.round(width)}×${Math.round(height)}`)
  })
}

/** What axe has to say about the page in light and in dark, or as asked for: rule, colours, elements. */
export async function faults(page, modes = ['light', 'dark']) {
  // Through the debugger: a script element would break the page's own policy, and the policy stays on.
  await page.evaluate(`globalThis.axe ?? (() => { ${axe} })()`)
  const found = []
  for (const mode of modes) {
    await lookAs(page, mode)
    const violations = await page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] })
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => [id, String(target), failureSummary]))
    })
    found.push(...violations.map((fault) => [mode, ...fault]))
  }
  await lookAs(page, 'light')
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

/** The numbers on the page whose groups do not stand from left to right: the digits would be dialled in another order. */
export async function mangledNumbers(page) {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const mangled = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.parentElement.checkVisibility()) continue
      for (const { 0: number, index } of node.data.matchAll(/\+?\d{2,}([\s\u00a0-]\d+)+/g)) {
        const range = document.createRange()
        const lefts = [...number].map((_, at) => {
          range.setStart(node, index + at)
          range.setEnd(node, index + at + 1)
          return range.getBoundingClientRect()
        })
        const sameLine = lefts.every(({ top }) => Math.abs(top - lefts[0].top) < 4)
        if (sameLine && lefts.some(({ left }, at) => at > 0 && left < lefts[at - 1].left)) mangled.push(number)
      }
    }
    return mangled
  })
}
