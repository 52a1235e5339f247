// What a page says to a screen reader: the browser's own tree of roles and names, and what is announced by itself.

import assert from 'node:assert/strict'

const ASKS_FOR_A_NAME = new Set([
  'button', 'link', 'textbox', 'searchbox', 'checkbox', 'radio', 'switch', 'combobox', 'listbox', 'slider', 'spinbutton', 'tab',
  'tabpanel', 'tablist', 'dialog', 'alertdialog', 'log', 'heading', 'region', 'complementary', 'image', 'InputTime', 'DisclosureTriangle',
])

/** One for each page, and it stays: with it would go what another has switched on there, as a security key. */
const sessions = new WeakMap()

/** Faults of the accessibility tree as Chromium hands it to a screen reader, and the headings in their order. */
export async function spoken(page) {
  const cdp = sessions.get(page) ?? (await page.context().newCDPSession(page))
  sessions.set(page, cdp)
  const { nodes } = await cdp.send('Accessibility.getFullAXTree')
  const shown = nodes.filter(({ ignored }) => !ignored)
  const valueOf = (node, property) => node.properties?.find(({ name }) => name === property)?.value.value
  const told = shown.map((node) => ({
    role: node.role?.value ?? '',
    name: node.name?.value ?? '',
    level: valueOf(node, 'level') ?? 0,
    focusable: valueOf(node, 'focusable') === true,
  }))
  const faults = told.filter(({ role, name }) => ASKS_FOR_A_NAME.has(role) && name.trim() === '').map(({ role }) => `a ${role} has no name`)
  const headings = told.filter(({ role }) => role === 'heading')
  // Whoever walks by headings never falls down more than one step. What a modal dialog covers, its heading too, is not there.
  const top = told.some(({ role }) => role === 'dialog') ? 1 : 0
  headings.forEach(({ name, level }, at) => {
    if (level > (headings[at - 1]?.level ?? top) + 1) faults.push(`the heading "${name}" of level ${level} comes after one of ${headings[at - 1]?.level ?? 'none'}`)
  })
  const anonymous = told.filter(({ role, focusable }) => focusable && (role === 'generic' || role === 'none' || role === ''))
  faults.push(...anonymous.map(() => 'something can be focused and has no role'))
  return { faults, headings: headings.map(({ name }) => name), roles: told.map(({ role, name }) => `${role} ${name}`) }
}

/** Keeps from now on what live regions announce. */
export async function listen(page) {
  await page.evaluate(() => {
    const live = '[role="status"], [role="alert"], [role="log"], [aria-live="polite"], [aria-live="assertive"]'
    globalThis.announced = []
    const of = (node) => (node instanceof Element ? node : node.parentElement)?.closest(live)
    new MutationObserver((changes) => {
      // Of a region that is not a log all of it is read, once for what changes together.
      const regions = new Set()
      for (const { type, target, addedNodes } of changes) {
        const region = type === 'attributes' ? null : of(target)
        if (region?.getAttribute('role') === 'log') {
          if (!region.checkVisibility()) continue
          for (const node of addedNodes) if (node.textContent.trim()) globalThis.announced.push(node.textContent.trim())
        } else if (region) regions.add(region)
        // Shown, or put there with words in it.
        const fresh = type === 'attributes' ? [target] : [...addedNodes]
        for (const node of fresh) {
          if (!(node instanceof Element)) continue
          if (node.matches(live)) regions.add(node)
          for (const one of node.querySelectorAll(live)) regions.add(one)
        }
      }
      for (const region of regions) {
        if (region.getAttribute('role') === 'log' || !region.isConnected || !region.checkVisibility()) continue
        const words = region.textContent.trim()
        // The same words once more are not read again.
        if (words && region.lastAnnounced !== words) globalThis.announced.push(words)
        region.lastAnnounced = words
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['hidden'] })
    for (const region of document.querySelectorAll(live)) region.lastAnnounced = region.checkVisibility() ? region.textContent.trim() : ''
  })
}

/** What was announced since the last question. */
export const announced = (page) => page.evaluate(() => globalThis.announced.splice(0))

/** Where the keyboard is: role or element, and its name. */
export const focusOf = (page) =>
  page.evaluate(() => {
    const one = document.activeElement
    return one?.id || one?.getAttribute('aria-label') || one?.labels?.[0]?.textContent || one?.textContent?.trim() || one?.tagName
  })

/** The keyboard is on something that is there: the next key is not lost. What is about to come is waited for. */
export async function holdsTheKeyboard(page, state) {
  const held = () =>
    page.evaluate(() => {
      const one = document.activeElement
      return one !== null && one !== document.body && one.checkVisibility() && !one.matches(':disabled')
    })
  // Hidden or disabled elements give the keyboard up a picture later: looked at after that.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  assert.ok(await held(), `${state}: the keyboard is nowhere`)
}
