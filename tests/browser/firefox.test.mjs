// Leaving, in the other engine: another history, another cache of pages, another profile on disk.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plant } from './canary.mjs'
import { startFirefox, unpack } from './firefox.mjs'
import { desk, startStage } from './harness.mjs'
import { counsellor, until } from './people.mjs'
import { exit } from './scene.mjs'

/** A counsellor in Chromium, a visitor in Firefox, talking; then the search of everything that is left. */
async function withFirefox(play) {
  const canary = plant()
  const answer = plant()
  canary.also('answer', answer.text.split(' ')[1])
  const stage = await startStage({ staff: desk })
  const firefox = await startFirefox({ exit, userAgent: canary.userAgent })
  try {
    const staff = await (await stage.staffBrowser()).context.newPage()
    await staff.goto(stage.relay.staff)
    const eva = counsellor(staff)
    await staff.getByText('Ansluten').waitFor()
    await eva.opens()
    const page = await firefox.page()
    const urls = []
    page.on('request', (request) => urls.push(request.url()))
    const before = `${stage.relay.visitor}health`
    await page.goto(before)
    await page.goto(stage.relay.visitor)
    await page.locator('#continue').click()
    await page.locator('#start').click()
    await has(page, '#status', 'nummer 1')
    await eva.talksToNext()
    await has(page, '#status', 'Skriv i din takt')
    await page.locator('#field').fill(canary.text)
    await page.locator('#send').click()
    await eva.reads(canary.text)
    await eva.say(answer.text)
    await has(page, '#log', answer.text)
    await page.locator('#field').fill(`Halvskrivet ${canary.text}`)
    await play({ page, eva, before, words: [canary.text, answer.text] })
    await firefox.stop()
    assert.ok((await unpack(firefox.profile)) > 0, 'Firefox packs its session files, and they were unpacked')
    const found = await canary.search({ output: stage.output(), urls, folders: [firefox.profile, stage.relay.folder] })
    // A browser notes its own name in its own preferences: the control that the search looks where it should.
    const preferences = ({ word, where }) => word === 'userAgent' && /(prefs|user)\.js$/.test(where)
    assert.ok(found.some(preferences))
    assert.deepEqual(found.filter((one) => !preferences(one)), [])
    // What a browser carries in itself (`data:`) is asked of nobody.
    assert.deepEqual(urls.filter((url) => ![stage.relay.visitor, exit, 'data:'].some((ours) => url.startsWith(ours))), [])
  } finally {
    await firefox.stop().catch(() => {})
    await stage.stop()
  }
}

const has = (page, selector, text) =>
  page.waitForFunction((one, words) => document.querySelector(one)?.textContent.includes(words), {}, selector, text)

/** Asked of the page itself; none while it changes. */
const address = (page) => page.evaluate(() => location.href).catch(() => null)

async function showsNothingOf(page, words) {
  const content = await page.content()
  assert.deepEqual(words.filter((one) => content.includes(one)), [])
}

test('in Firefox the way out leads away, and neither back nor forward nor the profile shows the chat', async () => {
  await withFirefox(async ({ page, eva, before, words }) => {
    await page.evaluate(() => document.querySelector('#exit').click())
    await until('away', () => page.url().startsWith(exit))
    await has(page, 'p', 'Vädret')
    await showsNothingOf(page, words)
    await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
    // Through the page: a page that comes from the cache of pages is not loaded, and a load would be waited for.
    await page.evaluate(() => void history.back())
    await until('the page that was there before us', async () => (await address(page)) === before)
    await page.evaluate(() => void history.forward())
    await until('the other page, in our place', async () => (await address(page))?.startsWith(exit))
    await showsNothingOf(page, words)
  })
})

test('in Firefox a page that goes away by itself is empty when it comes back', async () => {
  await withFirefox(async ({ page, eva, before, words }) => {
    await page.goto(before)
    await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
    await page.goBack({ waitUntil: 'domcontentloaded' })
    await has(page, '#safety', 'Är det säkert att chatta här?')
    await showsNothingOf(page, words)
    assert.equal(await page.$eval('#field', (field) => field.value), '')
    assert.equal(await page.$eval('#talk', (talk) => talk.checkVisibility()), false)
  })
})
