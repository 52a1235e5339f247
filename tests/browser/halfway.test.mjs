// The page that did not come whole: a script that is lost, late, changed or too new for the browser, a module that
// does not come, a machine that breaks. Whoever meets it reads the information, can call and can leave, and is told.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { exit, story } from './scene.mjs'

/** The sentence the document itself has for it, eight seconds after it came. */
const notStarted = (page) => page.getByText('Chatten har inte startat än.')

const numbers = (page) =>
  page.locator('a[href^="tel:"]').filter({ visible: true }).evaluateAll((all) => all.map(({ textContent }) => textContent))

/** What is there before any script: the safety text, the numbers, no button that could not work, and the way out. */
async function isReadable({ page }) {
  await page.getByText('Är det säkert att chatta här?').waitFor()
  assert.ok((await numbers(page)).includes('112'))
  assert.ok((await numbers(page)).length > 3, 'the help lines')
  assert.equal(await page.getByRole('button', { name: 'Fortsätt', exact: true }).count(), 0, 'nothing that could not work')
}

async function leavesByLink({ page }) {
  await page.getByRole('button', { name: 'Lämna sidan', exact: true }).click({ noWaitAfter: true })
  await page.waitForURL(exit)
}

const script = '**/assets/visitor-*.js'
const lost = {
  'is not there': (route) => route.fulfill({ status: 404, body: '' }),
  'breaks off': (route) => route.abort('connectionreset'),
  'was changed on the way': async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `${await answer.text()}\n// and one line more` })
  },
  'comes only in part': async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: (await answer.text()).slice(0, 9_000) })
  },
}

story('a script that is lost in any way leaves the information, the numbers, the way out and a sentence', async (scene, t) => {
  const { context } = await scene.phoneBrowser()
  for (const [how, meets] of Object.entries(lost)) {
    await t.test(how, async () => {
      await context.route(script, meets)
      const anna = await scene.phone()
      await isReadable(anna)
      assert.equal(await notStarted(anna.page).isVisible(), false, 'not yet: a slow network is no fault')
      // What eight seconds do is said by the style; here they pass at once.
      await anna.page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()))
      await notStarted(anna.page).waitFor()
      await leavesByLink(anna)
      await anna.page.close()
      await context.unroute(script)
    })
  }
})

story('a script that is only slow is waited for, with a sentence after eight seconds, and then the page works', async (scene) => {
  const { context } = await scene.phoneBrowser()
  let come
  const late = new Promise((resolve) => (come = resolve))
  await context.route(script, async (route) => {
    await late
    await route.continue()
  })
  // Its load event comes only with the script.
  const arriving = scene.phone()
  let page
  await until('the document', async () => {
    page = context.pages().find((one) => one.url() === scene.stage.relay.visitor)
    return page !== undefined
  })
  const began = Date.now()
  await notStarted(page).waitFor()
  assert.ok(Date.now() - began < 12_000)
  await isReadable({ page })
  come()
  const anna = await arriving
  await anna.joins()
  assert.equal(await notStarted(page).isVisible(), false)
})

/** In front of the page: a browser of years ago does not have this, and whatever breaks of it is heard. */
const without = (name) => `
  for (const kind of ['error', 'unhandledrejection']) addEventListener(kind, () => (globalThis.broke = true))
  for (const [owner, key] of [[globalThis, '${name}'], [globalThis.${name.split('.')[0]}?.prototype, '${name.split('.')[1]}']]) {
    if (owner && key !== 'undefined') delete owner[key]
  }`

/** What our own script needs to begin with: without any of it the document must speak for itself. */
const needed = ['DataView', 'WebSocket', 'Crypto.getRandomValues', 'TextEncoder', 'Element.replaceChildren', 'NodeList.forEach', 'Element.append']
/** What only a chat needs, or what there is something else for. */
const spared = ['Intl', 'visualViewport', 'BroadcastChannel', 'Navigator.connection', 'queueMicrotask']

story('a browser without what the page needs shows the same sentence, or a page that works', async (scene, t) => {
  for (const name of [...needed, ...spared]) {
    await t.test(name, async () => {
      const anna = await scene.phone({ before: without(name) })
      const { page } = anna
      try {
        await page.getByText('Är det säkert att chatta här?').waitFor()
        await page.waitForFunction(() => globalThis.broke || document.getElementById('continue').checkVisibility())
        await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()))
        const works = await page.getByRole('button', { name: 'Fortsätt', exact: true }).isVisible()
        if (spared.includes(name)) assert.ok(works, 'it works without')
        if (works) {
          assert.equal(await notStarted(page).isVisible(), false)
          await anna.continueAfterSafety()
          await anna.startChat()
          // Into the line, or a sentence: no connection, or a chat that could not be made safe.
          const place = anna.status.filter({ hasText: 'nummer 1' })
          const sentence = page.getByText(/^(Ingen kontakt\.|Något gick fel och vi kunde inte göra chatten säker\.|Chatten gick inte att hämta\.)/)
          await (spared.includes(name) ? place : place.or(sentence)).filter({ visible: true }).first().waitFor()
        } else {
          await isReadable(anna)
          assert.ok(await notStarted(page).isVisible())
        }
        await anna.leave()
        await page.waitForURL(exit)
      } finally {
        // Nobody is left in the line before the next.
        await page.close()
      }
    })
  }
})

story('a module that is lost, changed or never comes is told, and another try gets it', async (scene, t) => {
  const { context } = await scene.phoneBrowser()
  const module = '**/assets/visit-*.wasm'
  const cases = {
    'is not there': lost['is not there'],
    'breaks off': lost['breaks off'],
    'was changed on the way': async (route) => {
      const answer = await route.fetch()
      const bytes = await answer.body()
      bytes[bytes.length - 1] ^= 1
      await route.fulfill({ response: answer, body: bytes })
    },
    'never comes': () => {},
  }
  for (const [how, meets] of Object.entries(cases)) {
    await t.test(how, async () => {
      const never = how === 'never comes'
      await context.route(module, meets)
      const anna = await scene.phone({ clock: never })
      await anna.continueAfterSafety()
      await anna.startChat()
      if (never) {
        await anna.page.getByRole('button', { name: 'Startar …' }).waitFor()
        await anna.page.clock.runFor(30_000)
      }
      await anna.page.getByText('Chatten gick inte att hämta.').waitFor()
      assert.ok((await numbers(anna.page)).length > 3, 'the help lines are open')
      await context.unroute(module)
      await anna.startChat()
      await anna.place()
      assert.equal(await anna.page.getByText('Chatten gick inte att hämta.').isVisible(), false)
      await anna.leave()
      await anna.page.waitForURL(exit)
      await anna.page.close()
    })
  }
})

/** In front of a page: modules that can be made to trap, as one with a bug in it would. */
function mayBreak() {
  const { instantiate } = WebAssembly
  let made = 0
  WebAssembly.instantiate = async (...given) => {
    const real = (await instantiate(...given)).exports
    const number = (made += 1)
    const step = (length) => {
      if (globalThis.breaks?.(number)) throw new WebAssembly.RuntimeError('unreachable')
      return real.step(length)
    }
    return { exports: { memory: real.memory, mailbox: real.mailbox, step } }
  }
}

async function together(scene, { desk, phone } = {}) {
  const eva = await scene.desk(desk)
  await eva.opens()
  const anna = await scene.phone({ before: phone })
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  return { anna, eva }
}

story('a visitor whose machine breaks is told the truth, can begin a new chat and can leave', async (scene) => {
  const { anna, eva } = await together(scene, { phone: mayBreak })
  await anna.page.evaluate(() => (globalThis.breaks = (number) => number === 1))
  await anna.field.fill(scene.canary.text)
  await anna.isOver()
  await anna.page.getByText('Något gick fel och vi kunde inte göra chatten säker.').waitFor()
  assert.ok(!(await anna.page.content()).includes(scene.canary.text), 'nothing is left of it')
  await anna.page.getByRole('button', { name: 'Till början' }).click()
  await anna.joins()
  await eva.takeNext()
  await anna.isTalking()
  await anna.page.evaluate(() => (globalThis.breaks = () => true))
  // The machine cannot even say goodbye; the way out does not ask it.
  await anna.leave()
  await anna.page.waitForURL(exit)
})

story('a visitor whose counsellor’s machine breaks is put first in the line, told so, and talks on with new keys', async (scene) => {
  const { anna, eva } = await together(scene, { desk: mayBreak })
  // The first is the seat's, the second the staff channel's, the third this chat's.
  await eva.page.evaluate(() => (globalThis.breaks = (number) => number === 3))
  await eva.page.getByText('Samtalet kunde inte göras säkert. Allt är raderat här.').waitFor()
  await anna.page.getByText('Samtalet bröts.').waitFor()
  assert.equal(await anna.place(), 1)
  assert.ok(!(await anna.page.content()).includes(scene.canary.text), 'what was said is gone, as the page says')
  await scene.screenshot(anna.page, 'visitor-12-cut')
  await eva.talksToNext()
  await anna.isTalking()
  assert.equal(await anna.page.getByText('Samtalet bröts.').isVisible(), false)
  await anna.say(`igen ${scene.canary.text}`)
  await eva.reads(`igen ${scene.canary.text}`)
})
