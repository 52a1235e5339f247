// Leaving, in the other engine: another history, another cache of pages, another profile on disk. The rest of it is in
// night/firefox.mjs.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { address, pocketStory, showsNothingOf, talking } from './pocket.mjs'
import { exit } from './scene.mjs'

const leftFast = (eva) => eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()

pocketStory('in Firefox the way out leads away, and neither back nor forward nor the profile shows the chat', async (scene) => {
  const { anna, eva, page, before, words } = scene
  await talking(scene)
  await anna.leave()
  await anna.isAway()
  await showsNothingOf(page, words)
  await leftFast(eva)
  // Through the page: a page that comes from the cache of pages is not loaded, and a load would be waited for.
  await page.evaluate(() => void history.back())
  await until('the page that was there before us', async () => (await address(page)) === before)
  await page.evaluate(() => void history.forward())
  await until('the other page, in our place', async () => (await address(page))?.startsWith(exit))
  await showsNothingOf(page, words)
}, { engine: 'firefox' })

pocketStory('in Firefox a page that goes away by itself is empty when it comes back', async (scene) => {
  const { anna, eva, page, before, words } = scene
  await talking(scene)
  await page.goto(before)
  await leftFast(eva)
  await page.goBack({ waitUntil: 'domcontentloaded' })
  await anna.has('#safety', 'Är det säkert att chatta här?')
  await showsNothingOf(page, words)
  assert.equal(await anna.draft(), '')
  assert.equal(await anna.sees('#talk'), false)
}, { engine: 'firefox' })
