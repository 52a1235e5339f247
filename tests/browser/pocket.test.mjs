// A phone that is put away and taken up again: covered at once, empty when it was long, and nothing lost in between.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { fallsAsleep, pocketStory, putAway, talking } from './pocket.mjs'

/** The browser stops every timer of the page, as phones do with pages nobody sees; `thaw` lets them run again. */
async function freeze(page) {
  const session = await page.createCDPSession()
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  return () => session.send('Page.setWebLifecycleState', { state: 'active' })
}

/**
 * In the page: counts its own ticks, lets its wall clock be moved, and notes what stands in the document right after
 * our own page has heard that it is seen again, and when the next picture is painted.
 */
function watches() {
  globalThis.ticks = 0
  setInterval(() => (globalThis.ticks += 1), 200)
  const now = Date.now.bind(Date)
  globalThis.ahead = 0
  Date.now = () => now() + globalThis.ahead
  const look = () => ({
    log: document.querySelector('#log').textContent,
    field: document.querySelector('#field').value,
    covered: document.querySelector('#cover').checkVisibility(),
  })
  globalThis.looks = []
  document.addEventListener('visibilitychange', () => {
    globalThis.looks.push({ when: document.visibilityState, ...look() })
    if (document.visibilityState === 'visible') requestAnimationFrame(() => globalThis.looks.push({ when: 'painted', ...look() }))
  })
}

const looked = async (page, when) => {
  await until(when, () => page.evaluate((one) => globalThis.looks.some((look) => look.when === one), when))
  return page.evaluate((one) => globalThis.looks.filter((look) => look.when === one).at(-1), when)
}

pocketStory('a page that is put away is covered before the next picture, and asks for one neutral tap', async (scene) => {
  const { anna, eva, page, canary, answer } = scene
  await talking(scene)
  await page.evaluate(watches)
  const takeUp = await putAway(scene)
  const hidden = await looked(page, 'hidden')
  assert.ok(hidden.covered && hidden.log.includes(canary.text), 'covered in the same moment, and nothing lost')
  await eva.say(`Medan du var borta ${answer}`)
  await anna.reads(`Medan du var borta ${answer}`)
  await takeUp()
  assert.ok((await looked(page, 'painted')).covered)
  for (const selector of ['#log', '#field', '#status', '#danger']) assert.equal(await anna.sees(selector), false, selector)
  assert.ok(await anna.sees('#exit'), 'the way out stays')
  const seen = await page.evaluate(() => [document.activeElement.id, document.activeElement.textContent])
  assert.deepEqual(seen, ['uncover', 'Fortsätt'])
  await anna.click('#uncover')
  assert.ok(await anna.sees('#log'))
  assert.equal(await anna.draft(), `Halvskrivet ${canary.text}`)
  assert.deepEqual(await anna.messages(), [canary.text, answer, `Medan du var borta ${answer}`])
  await anna.delivered(1)
})

pocketStory('a page frozen in the pocket misses nothing, keeps the draft, and is emptied by the wall clock alone', async (scene) => {
  const { anna, eva, page, canary, answer } = scene
  await talking(scene)
  await page.evaluate(watches)
  const ours = ['ett', 'två', 'tre'].map((word) => `${word} ${answer}`)

  // Frozen in earnest: no timer of the page runs, while the network still answers for it.
  let takeUp = await putAway(scene)
  let thaw = await freeze(page)
  const ticks = () => page.evaluate(() => globalThis.ticks)
  const before = await ticks()
  for (const text of ours) await eva.say(text)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  assert.ok((await ticks()) - before <= 1, 'the control: frozen')
  // Fourteen minutes by the clock on the wall: not yet.
  await page.evaluate(() => (globalThis.ahead = 14 * 60_000))
  await thaw()
  await takeUp()
  const back = await looked(page, 'painted')
  assert.ok(back.covered && back.log.includes(canary.text) && back.field.includes(canary.text))
  await anna.click('#uncover')
  for (const text of ours) await anna.reads(text)
  assert.deepEqual(await anna.messages(), [canary.text, answer, ...ours])
  await anna.say(`vaken ${canary.text}`)
  await eva.reads(`vaken ${canary.text}`)
  await anna.delivered(2)
  await eva.delivered(4)

  // Sixteen minutes more, and no timer could see them pass: emptied before anything is painted.
  await page.evaluate(() => (globalThis.looks = []))
  takeUp = await putAway(scene)
  thaw = await freeze(page)
  await page.evaluate(() => (globalThis.ahead += 16 * 60_000))
  assert.ok((await page.$eval('#log', (log) => log.textContent)).includes(canary.text), 'the control: still there')
  await thaw()
  await takeUp()
  for (const when of ['visible', 'painted']) {
    assert.deepEqual(await looked(page, when), { when, log: '', field: '', covered: true })
  }
  assert.ok(!(await page.content()).includes(canary.text) && !(await page.content()).includes(answer))
  await anna.click('#uncover')
  await anna.has('#over-words', 'Sidan var dold länge. För din säkerhet har vi tömt chatten.')
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
})

pocketStory('a tap on a number ends nothing, and after the call the chat is where it was', async (scene) => {
  const { anna, eva, page, canary, answer } = scene
  await talking(scene)
  await page.evaluate(() => {
    globalThis.heard = []
    for (const kind of ['beforeunload', 'pagehide']) addEventListener(kind, () => globalThis.heard.push(kind))
  })
  await page.evaluate(() => (document.querySelector('#help').open = true))
  await page.$eval('#danger a[href^="tel:"]', (link) => link.click())
  // The control: the browser took it for a way out of the page, and whoever wipes on that has wiped now.
  await until('the tap', () => page.evaluate(() => globalThis.heard.length > 0))
  assert.deepEqual(await page.evaluate(() => globalThis.heard), ['beforeunload'])
  // The telephone stands in front of the page while they speak.
  const takeUp = await putAway(scene)
  await takeUp()
  await anna.click('#uncover')
  assert.deepEqual(await anna.messages(), [canary.text, answer])
  assert.equal(await anna.draft(), `Halvskrivet ${canary.text}`)
  await anna.say(`efter samtalet ${canary.text}`)
  await eva.reads(`efter samtalet ${canary.text}`)
})

pocketStory('“Någon kom” said in the line is told to the counsellor who comes, and ends nothing', async (scene) => {
  const { anna, eva, page, canary, answer } = scene
  await anna.joins()
  await anna.writes(`Halvskrivet ${canary.text}`)
  await anna.click('#someone')
  assert.ok(await anna.sees('#uncover'))
  assert.equal(await anna.sees('#status'), false)
  await eva.opens()
  await eva.talksToNext()
  await eva.page.getByText('Besökaren har täckt skärmen: någon kom.').waitFor()
  await eva.say(answer)
  await anna.reads(answer)
  assert.ok(await anna.sees('#uncover'), 'covered until the visitor wishes otherwise')
  // Put away and taken up, it is still covered, and the counsellor still knows.
  const takeUp = await putAway(scene)
  await takeUp()
  assert.ok(await anna.sees('#uncover'))
  await anna.click('#uncover')
  await eva.page.getByText('Besökaren har täckt skärmen: någon kom.').waitFor({ state: 'hidden' })
  assert.deepEqual(await anna.messages(), [answer])
  assert.equal(await anna.draft(), `Halvskrivet ${canary.text}`)
})

// The relay is less patient here than in earnest, so that it gives the phone up within seconds; the ten minutes are the
// page's own clock. In night/sleep.mjs both are real.
pocketStory('a phone that slept for ten minutes was given up by the relay, comes back by itself and has missed nothing', async (scene) => {
  const { anna, eva, page, canary, answer } = scene
  await talking(scene)
  await page.evaluate(watches)
  const takeUp = await putAway(scene)
  await page.evaluate(() => (globalThis.ahead = 10 * 60_000))
  const wake = await fallsAsleep(scene)
  const ours = ['ett', 'två'].map((word) => `${word} ${answer}`)
  try {
    await eva.say(ours[0])
    await eva.sees('borta')
    await eva.say(ours[1])
  } finally {
    wake()
  }
  await takeUp()
  assert.ok((await looked(page, 'painted')).covered)
  await anna.click('#uncover')
  for (const text of ours) await anna.reads(text)
  await eva.sees('kontakt')
  assert.deepEqual(await anna.messages(), [canary.text, answer, ...ours])
  assert.equal(await anna.draft(), `Halvskrivet ${canary.text}`)
  await until('no word of a lost network', async () => !(await anna.sees('#lost-link')))
  await anna.say(`vaken ${canary.text}`)
  await eva.reads(`vaken ${canary.text}`)
  await eva.delivered(3)
}, { clocks: { socket_ping: '5 s', socket_dead: '10 s' } })
