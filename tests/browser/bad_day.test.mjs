// A bad day: the relay dies, a phone sleeps, two counsellors want the same visitor, a counsellor's page is gone.

import assert from 'node:assert/strict'
import { addressOfNobody } from './canary.mjs'
import { until } from './people.mjs'
import { story, together } from './scene.mjs'

/** Everything one side has said stands at the other, once and in order, and both know it. */
async function heard(listener, speaker, said) {
  await speaker.delivered(said.length)
  const all = await listener.messages()
  assert.deepEqual(all.filter((text) => said.includes(text)), said)
}

story('a chat goes on by itself after the relay was killed, and nothing is lost, doubled or reordered', async (scene) => {
  const { anna, eva } = await together(scene)
  const theirs = ['ett', 'två', 'tre', 'fyra'].map((word) => `${word} från besökaren ${scene.canary.text}`)
  const ours = ['ett', 'två', 'tre', 'fyra'].map((word) => `${word} från kuratorn ${scene.answer}`)
  await anna.say(theirs[0])
  await eva.say(ours[0])
  await eva.reads(theirs[0])
  await anna.reads(ours[0])

  process.kill(scene.stage.relay.pid, 'SIGKILL')
  await scene.stage.relay.ended
  await anna.page.getByText('Ingen kontakt.').waitFor()
  await eva.page.getByText('Ingen kontakt med servern.').waitFor()
  await scene.screenshot(anna.page, 'visitor-9-lost')
  for (const at of [1, 2]) {
    await anna.say(theirs[at])
    await eva.say(ours[at])
  }
  await scene.stage.raise()

  await anna.page.getByText('Ingen kontakt.').waitFor({ state: 'hidden' })
  await eva.page.getByText('Ansluten', { exact: true }).waitFor()
  await eva.sees('kontakt')
  await anna.say(theirs[3])
  await eva.say(ours[3])
  await heard(eva, anna, theirs)
  await heard(anna, eva, ours)
})

story('a phone that slept has missed nothing when it wakes', async (scene) => {
  const { anna, eva } = await together(scene)
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  const pages = await pageProcesses(await scene.phoneBrowser())

  await lies(anna.page, 'hidden')
  await anna.page.getByRole('button', { name: 'Fortsätt' }).waitFor()
  assert.ok(!(await anna.page.getByText(scene.canary.text).isVisible()), 'covered')
  // Asleep as a whole: no timer runs, no message is taken, while the network still answers for it.
  pages.forEach((id) => process.kill(id, 'SIGSTOP'))
  const ours = ['ett', 'två', 'tre'].map((word) => `${word} ${scene.answer}`)
  try {
    for (const text of ours) await eva.say(text)
    // Time itself is the story here: longer than a beat and than the desk's own renewals.
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    assert.equal(await eva.log.getByText('levererat').count(), 0, 'whoever sleeps has read nothing')
  } finally {
    pages.forEach((id) => process.kill(id, 'SIGCONT'))
  }
  await lies(anna.page, 'visible')
  await anna.page.getByRole('button', { name: 'Fortsätt' }).click()
  await heard(anna, eva, ours)
  await anna.say(`vaken ${scene.canary.text}`)
  await eva.reads(`vaken ${scene.canary.text}`)
})

/** The processes that draw a browser's pages. Chromium freezes hidden pages only, and Playwright's are never hidden. */
async function pageProcesses({ context }) {
  const session = await context.browser().newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Tells the page that it was put away or taken up again. */
const lies = (page, state) =>
  page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)

story('in airplane mode the page says so and keeps the words; afterwards all arrives, once and in order', async (scene) => {
  const { anna, eva } = await together(scene)
  const { context } = await scene.phoneBrowser()
  const theirs = ['ett', 'två', 'tre'].map((word) => `${word} från besökaren ${scene.canary.text}`)
  const ours = ['ett', 'två'].map((word) => `${word} från kuratorn ${scene.answer}`)
  await anna.say(theirs[0])
  await anna.delivered(1)

  scene.road.cut()
  await context.setOffline(true)
  await anna.page.getByText('Ingen kontakt.').waitFor()
  await anna.say(theirs[1])
  assert.equal(await anna.log.getByText('väntar').count(), 1, 'it is not called sent')
  await anna.field.fill(`Halvskrivet ${scene.canary.text}`)
  await eva.sees('borta')
  await eva.say(ours[0])
  // The network is back; the browser says so, and the page need not wait for its next try.
  scene.road.mend()
  await context.setOffline(false)
  await anna.page.getByText('Ingen kontakt.').waitFor({ state: 'hidden' })
  await anna.reads(ours[0])
  await eva.reads(theirs[1])
  assert.equal(await anna.field.inputValue(), `Halvskrivet ${scene.canary.text}`)
  await eva.sees('kontakt')
  await anna.say(theirs[2])
  await eva.say(ours[1])
  await heard(eva, anna, theirs)
  await heard(anna, eva, ours)
})

story('from wifi to mobile the chat goes on from another address, and nobody notes either', async (scene) => {
  const { anna, eva } = await together(scene)
  const theirs = ['hemma', 'på väg', 'framme'].map((word) => `${word} ${scene.canary.text}`)
  const ours = ['ett', 'två', 'tre'].map((word) => `${word} ${scene.answer}`)
  const mobile = addressOfNobody()
  scene.canary.also('address of the mobile network', mobile)
  for (const [at, move] of [() => {}, () => scene.road.moveTo(mobile), () => scene.road.moveTo(scene.canary.address)].entries()) {
    move()
    await anna.say(theirs[at])
    await eva.say(ours[at])
    await eva.reads(theirs[at])
    await anna.reads(ours[at])
  }
  await heard(eva, anna, theirs)
  await heard(anna, eva, ours)
  assert.equal(await anna.page.getByText('Ingen kontakt.').isVisible(), false)
})

story('two counsellors press at once for one visitor, and the one who was late sees why', async (scene) => {
  const eva = await scene.desk()
  const ali = await scene.otherDesk()
  await eva.opens()
  await ali.opens()
  const anna = await scene.phone()
  await anna.joins()
  for (const person of [eva, ali]) await person.line.getByRole('listitem').waitFor()
  await Promise.all([eva.takeNext(), ali.takeNext()])
  await anna.isTalking()

  const tabs = (person) => person.page.getByRole('tab').count()
  await until('one of them has the chat', async () => (await tabs(eva)) + (await tabs(ali)) === 1)
  const [first, late] = (await tabs(eva)) === 1 ? [eva, ali] : [ali, eva]
  await late.page.getByRole('status').filter({ hasText: /^(En kollega hann före|Ingen väntar som kan tas just nu)\.$/ }).waitFor()
  await first.sees('kontakt')
  await anna.say(scene.canary.text)
  await first.reads(scene.canary.text)
  assert.equal(await tabs(late), 0)
})

story('a visitor is told when the counsellor’s page is gone', async (scene) => {
  const { anna, eva } = await together(scene)
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  const gone = Date.now()
  await eva.page.close()
  // Within the seat's lease of 15 s and a tick of 10 s, and a moment for the word to arrive.
  await anna.page.getByText('Kuratorn har tappat kontakten.').waitFor({ timeout: 30_000 })
  assert.ok(Date.now() - gone < 30_000)
  await scene.screenshot(anna.page, 'visitor-10-counsellor-lost')
  // What has been said is still there, and what is said now waits.
  await anna.say(scene.canary.text)
  assert.deepEqual(await anna.messages(), [scene.answer, scene.canary.text])
})
