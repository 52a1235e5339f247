// Every language is a whole page: the way out first, nothing hanging out at the side, nothing left in Swedish.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { faults, mangledNumbers, reachable } from './looks.mjs'
import { story } from './scene.mjs'

const RIGHT_TO_LEFT = ['ar', 'ckb', 'fa', 'prs']
const textsOf = async (tag) =>
  JSON.parse(await readFile(new URL(`../../web-client/texts/${tag}.json`, import.meta.url), 'utf8'))
const swedish = await textsOf('sv')

/** The Swedish texts of the page that are seen now, of those that this language says in other words. */
async function leftInSwedish(page, texts) {
  const plain = (text) => text.replace(/\*\*|\{[^}]+\}/g, '').trim()
  const foreign = Object.keys(swedish).filter((key) => !key.startsWith('_') && plain(swedish[key]) !== plain(texts[key]))
  const seen = await page.evaluate(() =>
    [...document.querySelectorAll('[data-t]')].filter((one) => one.checkVisibility()).map((one) => [one.dataset.t, one.textContent.trim()]),
  )
  return seen.filter(([key, text]) => foreign.includes(key) && text === plain(swedish[key]))
}

story('a number is read in the order in which it is dialled, also among letters from the right', async (scene) => {
  const { page } = await scene.phone()
  assert.deepEqual(await mangledNumbers(page), [])
  for (const tag of RIGHT_TO_LEFT) {
    await page.locator(`#languages [lang="${tag}"]`).click()
    await page.locator(`html[lang="${tag}"][dir="rtl"]`).waitFor()
    await page.locator('#door').filter({ hasText: '112' }).waitFor()
    assert.deepEqual(await mangledNumbers(page), [], tag)
    await scene.screenshot(page, `language-${tag}-closed`)
  }
  // The control: a number as one would write it, without anything done for it.
  await page.evaluate(() => document.querySelector('#door').append('جهات 114 14'))
  assert.deepEqual(await mangledNumbers(page), ['114 14'])
}, { clock: '2026-11-22T12:00:00+01:00' })

for (const tag of ['ar', 'ckb', 'en', 'fa', 'kmr', 'prs', 'so', 'ti', 'tr']) {
  story(`a whole visit in ${tag}`, async (scene) => {
    const texts = await textsOf(tag)
    const eva = await scene.desk()
    await eva.opens()
    const { page } = await scene.phone()
    const found = []
    const look = async (what) => {
      found.push(...(await faults(page)).map((fault) => [what, ...fault]))
      found.push(...(await leftInSwedish(page, texts)).map((left) => [what, ...left]))
      await scene.screenshot(page, `language-${tag}-${what}`)
      await page.setViewportSize({ width: 320, height: 568 })
      await reachable(page, `${tag} ${what}`)
      await page.setViewportSize({ width: 390, height: 844 })
    }
    await page.locator(`#languages [lang="${tag}"]`).click()
    await page.locator(`html[lang="${tag}"]`).waitFor()
    assert.equal(await page.locator('html').getAttribute('dir'), RIGHT_TO_LEFT.includes(tag) ? 'rtl' : 'ltr')
    assert.equal(await page.locator('#exit').innerText(), texts.exit)
    await page.getByText(texts['safety.question']).waitFor()
    await look('safety')
    await page.locator('#continue').click()
    await look('choices')
    await page.locator('#start').click()
    await page.locator('#status').filter({ hasText: texts['line.free'] }).waitFor()
    await look('waiting')
    await eva.talksToNext()
    const somebodyIsHere = texts['talk.here.named'].split('{name}')[1].trim()
    await page.locator('#status').filter({ hasText: somebodyIsHere }).waitFor()
    await page.locator('#field').fill(scene.canary.text)
    await page.locator('#send').click()
    await eva.reads(scene.canary.text)
    await eva.say(scene.answer)
    await page.getByRole('log').getByText(scene.answer).waitFor()
    await page.getByRole('log').getByText(texts['talk.delivered']).waitFor()
    await look('chat')
    await page.locator('#end').click()
    await page.locator('#end-yes').click()
    await page.getByRole('heading', { name: texts['over.title'] }).waitFor()
    await look('over')
    assert.deepEqual(found, [])
  })
}
