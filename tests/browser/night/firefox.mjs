// Leaving in Firefox, from everywhere and however bad the network is. Two of these are in `make test` (firefox.test.mjs).

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unpack } from '../firefox.mjs'
import { until } from '../people.mjs'
import { address, holder, pocketStory, putAway, showsNothingOf, talking } from '../pocket.mjs'
import { exit } from '../scene.mjs'

const engine = 'firefox'
const leftFast = (eva) => eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').last().waitFor()

/** Leaves in one task, and neither the other page nor the way back and forth shows anything of us. */
async function leavesForGood({ anna, page, before, words, road }) {
  const left = await page.evaluate(() => {
    document.querySelector('#exit').click()
    return document.body.childNodes.length
  })
  assert.equal(left, 0, 'blank in the very task of the tap')
  await anna.isAway()
  await showsNothingOf(page, words)
  // The page before is on the same host: it can only be seen when that answers again.
  road.mend()
  await page.evaluate(() => void history.back())
  await until('the page before', async () => (await address(page)) === before)
  await showsNothingOf(page, words)
  await page.evaluate(() => void history.forward())
  await until('the other page, in our place', async () => (await address(page))?.startsWith(exit))
  await showsNothingOf(page, words)
}

/** On the desk: the answer to a visitor's greeting (a put, 0x44) is not sent. */
function holdsGreetings() {
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (frame) {
    if (new Uint8Array(frame.buffer ?? frame)[0] === 0x44) return
    send.call(this, frame)
  }
}

const arrivals = {
  'the safety text': async ({ anna }) => anna.has('#safety', 'Är det säkert'),
  'the choices': async ({ anna }) => anna.choices(),
  'the line': async ({ anna }) => anna.joins(),
  'the handshake': async ({ anna, eva }) => {
    await eva.opens()
    await anna.joins()
    await eva.page.evaluate(holdsGreetings)
    await eva.takeNext()
    await anna.has('#status', 'En kurator svarar nu')
  },
  'a chat': talking,
  'a covered chat': async (scene) => {
    await talking(scene)
    await scene.anna.click('#someone')
    await scene.eva.page.getByText('Besökaren har täckt skärmen: någon kom.').waitFor()
  },
  'the end': async (scene) => {
    await talking(scene)
    await scene.anna.click('#end')
    await scene.anna.click('#end-yes')
    await scene.anna.has('#over-words', 'raderat')
    await until('over', () => scene.anna.sees('#over-words'))
  },
  'a chat whose socket hangs': async (scene) => {
    await talking(scene)
    scene.road.hang()
    await scene.anna.say(`Efteråt ${scene.canary.text}`)
  },
  'a line that never answered': async ({ anna, road, canary }) => {
    await anna.choices()
    await anna.page.evaluate(() => new Promise((done) => setTimeout(done, 1_000)))
    road.hang()
    await anna.click('#start')
    await anna.has('#status', 'Vi ställer dig i kön')
    await anna.writes(`Halvskrivet ${canary.text}`)
    await until('no connection', () => anna.sees('#lost-link'))
  },
  'a chat whose relay is dead': async (scene) => {
    await talking(scene)
    process.kill(scene.stage.relay.pid, 'SIGKILL')
    await scene.stage.relay.ended
    await until('no connection', () => scene.anna.sees('#lost-link'))
  },
}

for (const [where, arrive] of Object.entries(arrivals)) {
  pocketStory(`in Firefox the way out leads away from ${where}`, async (scene) => {
    await arrive(scene)
    await leavesForGood(scene)
  }, { engine })
}

pocketStory('in Firefox leaving works without any network', async (scene) => {
  await talking(scene)
  scene.road.cut()
  scene.phone.loseExit()
  await until('no connection', () => scene.anna.sees('#lost-link'))
  await scene.anna.leave()
  // The other page cannot be had, so this one stays; there is nothing on it.
  const { page, words } = scene
  assert.equal(await page.evaluate(() => document.body.childNodes.length), 0)
  await showsNothingOf(page, words)
  scene.road.mend()
  await page.evaluate(() => void location.reload())
  await scene.anna.has('#safety', 'Är det säkert')
  await showsNothingOf(page, words)
}, { engine })

pocketStory('in Firefox leaving works in the middle of sending', async (scene) => {
  await talking(scene)
  const left = await scene.page.evaluate((word) => {
    const field = document.querySelector('#field')
    for (let sent = 0; sent < 12; sent += 1) {
      field.value = `${sent} ${word} ${'å'.repeat(3_900)}`
      document.querySelector('#send').click()
    }
    document.querySelector('#exit').click()
    return document.body.childNodes.length
  }, scene.canary.text)
  assert.equal(left, 0)
  await scene.anna.isAway()
  await leftFast(scene.eva)
}, { engine })

pocketStory('in Firefox leaving works with the keyboard of a small phone up, with one tap', async (scene) => {
  await talking(scene)
  const { page, anna } = scene
  await page.setViewport({ width: 320, height: 300 })
  await page.focus('#field')
  const box = await page.$eval('#exit', (exit) => {
    const { x, y, width, height } = exit.getBoundingClientRect()
    return { x: x + width / 2, y: y + height / 2, onTop: document.elementFromPoint(x + width / 2, y + height / 2).id }
  })
  assert.equal(box.onTop, 'exit')
  await page.mouse.click(box.x, box.y)
  await anna.isAway()
  await leftFast(scene.eva)
}, { engine })

// Whoever asks Firefox for databases, caches or workers makes it keep a folder for the page. That there is none, the
// search at the end of every story says: README.md names every file that may hold the address.
pocketStory('in Firefox nothing is kept: cookies, stores, permissions, and no folder for the page', async (scene) => {
  await talking(scene)
  await leavesForGood(scene)
  await scene.page.evaluate((to) => void location.assign(to), scene.stage.relay.visitor)
  await scene.anna.has('#safety', 'Är det säkert')
  const kept = await scene.page.evaluate(async () => ({
    cookie: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    name: globalThis.name,
    granted: (await Promise.all(['geolocation', 'notifications', 'persistent-storage'].map(async (name) => [name, (await navigator.permissions.query({ name })).state])))
      .filter(([, state]) => state === 'granted').map(([name]) => name),
  }))
  assert.deepEqual(kept, {
    cookie: '', local: 0, session: 0, name: '', granted: [],
  })
}, { engine })

pocketStory('in Firefox a tab that is put away is covered, and nothing is lost behind the cover', async (scene) => {
  const { anna, eva, page, canary, answer } = scene
  await talking(scene)
  const takeUp = await putAway(scene)
  assert.ok(await page.$eval('#cover', (cover) => !cover.hidden), 'covered')
  await eva.say(`Medan du var borta ${answer}`)
  await anna.reads(`Medan du var borta ${answer}`)
  await takeUp()
  assert.equal(await anna.sees('#log'), false)
  await anna.click('#uncover')
  assert.deepEqual(await anna.messages(), [canary.text, answer, `Medan du var borta ${answer}`])
  assert.equal(await anna.draft(), `Halvskrivet ${canary.text}`)
}, { engine })

// When it closes a tab, Firefox may stop the page's script in the middle of its first farewell.
pocketStory('in Firefox a tab that is closed in the middle of a chat says goodbye', async (scene) => {
  // Without anything that could hold up a request of a page that is gone.
  const page = await scene.phone.browser.newPage()
  await page.goto(scene.stage.relay.visitor)
  await talking({ ...scene, page, anna: holder(page) })
  await page.close()
  await leftFast(scene.eva)
}, { engine })

/** What Firefox would open again: every page of every tab, open or closed, with what it kept of each. */
async function kept(profile) {
  await unpack(profile)
  const session = JSON.parse(await readFile(join(profile, 'sessionstore.jsonlz4.plain'), 'utf8'))
  const windows = [...session.windows, ...(session._closedWindows ?? [])]
  return windows.flatMap((one) => [...one.tabs, ...(one._closedTabs ?? []).map(({ state }) => state)])
}

pocketStory('in Firefox a session that is restored shows the other page, and a closed tab opens empty', async (scene) => {
  await talking(scene)
  await leavesForGood(scene)
  await leftFast(scene.eva)
  // Another visit, whose tab is closed in the middle of the chat.
  const page = await scene.newPage()
  await page.goto(scene.stage.relay.visitor, { waitUntil: 'domcontentloaded' })
  const sara = holder(page)
  await sara.joins()
  await scene.eva.takeNext()
  await sara.isTalking()
  await sara.say(scene.canary.text)
  await sara.writes(`Halvskrivet ${scene.canary.text}`)
  await page.close()
  await scene.phone.stop()
  const tabs = await kept(scene.phone.profile)
  const pages = tabs.map((tab) => tab.entries.map(({ url }) => url))
  assert.ok(pages.some((urls) => urls.at(-1)?.startsWith(exit) && !urls.includes(scene.stage.relay.visitor)), JSON.stringify(pages))
  const ours = tabs.filter((tab) => tab.entries.some(({ url }) => url === scene.stage.relay.visitor))
  for (const tab of ours) {
    assert.deepEqual([tab.formdata, tab.storage], [undefined, undefined], 'no field is filled again')
    assert.ok(tab.entries.every(({ url, title }) => url !== scene.stage.relay.visitor || title === 'Start'))
  }
}, { engine })
