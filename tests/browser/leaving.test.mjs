// "Lämna sidan": whoever looks over the shoulder sees another page at once, and nothing brings the chat back.

import assert from 'node:assert/strict'
import { startBrowser } from './harness.mjs'
import { until } from './people.mjs'
import { exit, story } from './scene.mjs'

/** A counsellor, a visitor in a chat with words on both sides, a half-written one in the field. */
async function chatting(scene, eva, options) {
  const anna = await scene.phone(options)
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  await anna.field.fill(`Halvskrivet ${scene.canary.text}`)
  return anna
}

/** Which words of the chat, or of our page, can be found in the tab now. */
async function shown({ page }, { canary, answer }) {
  const document = await page.content()
  return [canary.text, answer, 'kurator', 'Samtalet'].filter((words) => document.includes(words))
}

async function isAway(person) {
  await person.page.waitForURL(exit, { waitUntil: 'commit' })
  await person.page.getByText('Vädret').waitFor()
}

/** Leaves, and tells what stood in the document when the tap itself was done: nothing may wait for another moment. */
async function leavesAtOnce({ page }) {
  const left = await page.evaluate(() => {
    document.querySelector('#exit').click()
    return document.body.childNodes.length
  })
  assert.equal(left, 0, 'blank in the very task of the tap')
}

const leftFast = (eva) => eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').last().waitFor()

story('from every screen the way out leads away, and neither back nor forward shows us again', async (scene, t) => {
  const eva = await scene.desk(holdsGreetings)
  await eva.opens()
  const over = async () => {
    const anna = await chatting(scene, eva, { from: scene.landing })
    await anna.end()
    await anna.isOver()
    return anna
  }
  const greeting = async () => {
    const anna = await scene.phone({ from: scene.landing })
    await anna.joins()
    await eva.page.evaluate(() => (globalThis.holdGreetings = true))
    await eva.takeNext()
    await anna.status.filter({ hasText: 'En kurator svarar nu' }).waitFor()
    return anna
  }
  const step = async (act) => {
    const anna = await scene.phone({ from: scene.landing })
    await act(anna)
    return anna
  }
  const screens = {
    safety: () => step((anna) => anna.page.getByText('Är det säkert').waitFor()),
    choices: () => step((anna) => anna.continueAfterSafety()),
    waiting: () => step((anna) => anna.joins()),
    chatting: () => chatting(scene, eva, { from: scene.landing }),
    over,
    covered: async () => {
      const anna = await chatting(scene, eva, { from: scene.landing })
      await anna.page.getByRole('button', { name: 'Någon kom' }).click()
      await eva.page.getByText('Besökaren har täckt skärmen: någon kom.').last().waitFor()
      return anna
    },
    refused: async () => {
      // Before the page is there: it fetches the module as soon as it is painted.
      const { context } = await scene.phoneBrowser()
      await context.route('**/assets/visit-*.wasm', (route) => route.abort())
      const anna = await step(async (anna) => {
        await anna.continueAfterSafety()
        await anna.startChat()
        await anna.page.getByText('Chatten gick inte att hämta.').waitFor()
      })
      await context.unroute('**/assets/visit-*.wasm')
      return anna
    },
    // The last: the desk holds back its answers from here on.
    greeting,
  }
  for (const [name, arrive] of Object.entries(screens)) {
    await t.test(name, async () => {
      const anna = await arrive()
      const { page } = anna
      const steps = () => page.evaluate(() => history.length)
      assert.equal(await steps(), anna.stepsAtArrival, 'no step of a visit stands in the history')
      await anna.leave()
      await isAway(anna)
      assert.deepEqual(await shown(anna, scene), [])
      assert.equal(await steps(), anna.stepsAtArrival, 'the other page stands in our place')

      await page.goBack({ waitUntil: 'commit' })
      await page.waitForURL(scene.landing, { waitUntil: 'commit' })
      // The control: this browser does bring pages back as they were, when they let it.
      await until('the page before came back from the cache', () => page.evaluate(() => globalThis.cameBack === true))
      await page.goForward({ waitUntil: 'commit' })
      await isAway(anna)
      assert.deepEqual(await shown(anna, scene), [])
      if (name === 'chatting' || name === 'covered') await leftFast(eva)
      // Nobody is left behind in the line for the next one.
      await until('an empty line', async () => (await eva.line.getByRole('listitem').count()) === 0)
      await page.close()
    })
  }
  // The greeting never came through, so no goodbye could be sealed: the desk says what it knows and no more.
  await eva.page.getByText('Besökaren tappade kontakten. Allt är raderat här.').waitFor()
})

/** On the desk: the answer to a visitor's greeting (a put, 0x44) is not sent while `holdGreetings` is set. */
function holdsGreetings() {
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (frame) {
    if (globalThis.holdGreetings && new Uint8Array(frame.buffer ?? frame)[0] === 0x44) return
    send.call(this, frame)
  }
}

story('the closed page has the same way out', async (scene) => {
  const anna = await scene.phone({ from: scene.landing })
  await anna.page.getByText('Chatten är stängd nu.').first().waitFor()
  await anna.leave()
  await isAway(anna)
  await anna.page.goBack({ waitUntil: 'commit' })
  await anna.page.waitForURL(scene.landing, { waitUntil: 'commit' })
  await until('the cache is on', () => anna.page.evaluate(() => globalThis.cameBack === true))
}, { clock: '2026-11-22T12:00:00+01:00' })

story('a page that goes away by itself is empty when it comes back', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva)
  const { page } = anna
  await page.goto(scene.landing)
  await leftFast(eva)
  await page.goBack({ waitUntil: 'commit' })
  await page.getByText('Är det säkert att chatta här?').waitFor()
  const content = await page.content()
  assert.ok(!content.includes(scene.canary.text) && !content.includes(scene.answer))
  assert.equal(await anna.field.count(), 0, 'at the empty start')
  assert.equal(await page.locator('textarea').inputValue(), '')
  await page.goForward({ waitUntil: 'commit' })
  await until('the cache is on', () => page.evaluate(() => globalThis.cameBack === true))
})

story('a tab that is opened again shows an empty start or the other page, never the chat', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva)
  await anna.leave()
  await isAway(anna)
  const again = await scene.phone()
  await again.page.getByText('Är det säkert att chatta här?').waitFor()
  const content = await again.page.content()
  assert.ok(!content.includes(scene.canary.text) && !content.includes(scene.answer))
  await again.page.close()

  const phone = await scene.phoneBrowser()
  await phone.stop()
  const restored = await startBrowser({
    profile: phone.profile,
    args: ['--restore-last-session', '--host-resolver-rules=MAP * ~NOTFOUND'],
  })
  try {
    await until('the tabs of before', async () => restored.context.pages().some(({ url }) => url !== 'about:blank'))
    for (const page of restored.context.pages()) {
      assert.ok(!page.url().includes('localhost'), page.url())
      assert.deepEqual(await shown({ page }, scene), [])
    }
  } finally {
    await restored.stop()
  }
})

story('leaving works with the keyboard: Space on the way out, or Shift three times', async (scene) => {
  const anna = await scene.phone()
  await anna.page.keyboard.press('Tab')
  await anna.page.keyboard.press(' ')
  await isAway(anna)
  const sara = await scene.phone()
  await sara.continueAfterSafety()
  for (let press = 0; press < 3; press += 1) await sara.page.keyboard.press('Shift')
  await isAway(sara)
})

story('leaving works with the words half-written and the cursor in the field', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva)
  await anna.field.focus()
  await anna.page.keyboard.press('ControlOrMeta+a')
  await anna.leave()
  await isAway(anna)
  await leftFast(eva)
})

story('leaving works with the keyboard of a small phone up, with one tap, and in the task of the tap', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva)
  await anna.page.setViewportSize({ width: 320, height: 300 })
  await anna.field.tap()
  const before = await anna.page.evaluate(() => document.activeElement.id)
  assert.equal(before, 'field')
  const { x, y, width, height } = await anna.page.locator('#exit').boundingBox()
  await anna.page.touchscreen.tap(x + width / 2, y + height / 2)
  await isAway(anna)
  await leftFast(eva)
  const sara = await chatting(scene, eva)
  await leavesAtOnce(sara)
  await isAway(sara)
  assert.deepEqual(await shown(sara, scene), [])
})

story('leaving works in the middle of sending, and the counsellor hears the goodbye all the same', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva, { from: scene.landing })
  const left = await anna.page.evaluate((word) => {
    const field = document.querySelector('#field')
    for (let sent = 0; sent < 12; sent += 1) {
      field.value = `${sent} ${word} ${'å'.repeat(3_900)}`
      document.querySelector('#send').click()
    }
    document.querySelector('#exit').click()
    return document.body.childNodes.length
  }, scene.canary.text)
  assert.equal(left, 0)
  await isAway(anna)
  await leftFast(eva)
  await until('nothing is left at the desk', async () => !(await eva.page.content()).includes(scene.canary.text))
})

for (const [when, arrive] of Object.entries({
  'in the middle of a chat': async (scene) => {
    const eva = await scene.desk()
    await eva.opens()
    const anna = await chatting(scene, eva, { from: scene.landing })
    scene.road.hang()
    await anna.say(`Efteråt ${scene.canary.text}`)
    return anna
  },
  'before it ever answered': async (scene) => {
    const anna = await scene.phone({ from: scene.landing })
    await anna.continueAfterSafety()
    // The module is here; what hangs is the socket's own first answer.
    await anna.page.waitForLoadState('networkidle')
    scene.road.hang()
    await anna.startChat()
    await anna.status.filter({ hasText: 'Vi ställer dig i kön' }).waitFor()
    await anna.field.fill(`Halvskrivet ${scene.canary.text}`)
    // Ten seconds without an answer are no connection, and the page says so instead of letting anybody wait for ever.
    await anna.page.getByText('Ingen kontakt.').waitFor()
    return anna
  },
})) {
  story(`leaving works when the socket hangs ${when}`, async (scene) => {
    const anna = await arrive(scene)
    await leavesAtOnce(anna)
    await isAway(anna)
    assert.deepEqual(await shown(anna, scene), [])
    await anna.page.goBack({ waitUntil: 'commit' })
    await anna.page.waitForURL(scene.landing, { waitUntil: 'commit' })
  })
}

story('leaving works when the relay is dead', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva, { from: scene.landing })
  process.kill(scene.stage.relay.pid, 'SIGKILL')
  await scene.stage.relay.ended
  await anna.page.getByText('Ingen kontakt.').waitFor()
  await leavesAtOnce(anna)
  await isAway(anna)
  await anna.page.goBack({ waitUntil: 'commit' })
  await anna.page.waitForURL(scene.landing, { waitUntil: 'commit' })
  assert.deepEqual(await shown(anna, scene), [])
})

story('leaving works without any network', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva, { from: scene.landing })
  const { context } = await scene.phoneBrowser()
  await context.unroute(`${exit}**`)
  scene.road.cut()
  await context.setOffline(true)
  await leavesAtOnce(anna)
  // The browser's own words about the missing network stand at the other page's address.
  await until('another page', () => !anna.page.url().includes('localhost'))
  assert.deepEqual(await shown(anna, scene), [])
  await anna.page.goBack({ waitUntil: 'commit' })
  await until('the page before', () => anna.page.url() === scene.landing)
  assert.deepEqual(await shown(anna, scene), [])
  await context.setOffline(false)
})

story('nothing is kept in the browser: cookies, stores, caches, workers, permissions', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await chatting(scene, eva)
  const { context } = await scene.phoneBrowser()
  const { page } = anna
  const kept = () =>
    page.evaluate(async () => ({
      cookie: document.cookie,
      local: localStorage.length,
      session: sessionStorage.length,
      caches: await caches.keys(),
      databases: await indexedDB.databases(),
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      name: globalThis.name,
      state: history.state,
      kept: await navigator.storage.persisted(),
      granted: (await Promise.all(['geolocation', 'notifications', 'camera', 'microphone', 'persistent-storage', 'clipboard-read']
        .map(async (name) => [name, (await navigator.permissions.query({ name })).state])))
        .filter(([, state]) => state === 'granted').map(([name]) => name),
    }))
  const nothing = {
    cookie: '', local: 0, session: 0, caches: [], databases: [], workers: 0, name: '', state: null, kept: false, granted: [],
  }
  assert.deepEqual(await kept(), nothing)
  await anna.leave()
  await isAway(anna)
  // The same tab at the same address: what it kept for itself would be here.
  await page.goto(scene.stage.relay.visitor)
  assert.deepEqual(await kept(), nothing)
  assert.deepEqual(await context.cookies(), [])
  assert.deepEqual(await context.storageState(), { cookies: [], origins: [] })
  // The control: this question does find what a page keeps.
  await page.evaluate(async () => {
    document.cookie = 'a=b'
    localStorage.setItem('a', 'b')
    sessionStorage.setItem('a', 'b')
    globalThis.name = 'a'
    await caches.open('a')
    await new Promise((done) => (indexedDB.open('a').onsuccess = done))
  })
  const found = await kept()
  assert.deepEqual([found.cookie, found.local, found.session, found.caches, found.databases.length, found.name], ['a=b', 1, 1, ['a'], 1, 'a'])
})

const isOverwritten = async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone({ before: holdsMemory })
  const { page } = anna
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  await anna.say(scene.canary.text)
  await anna.field.fill(`Halvskrivet ${scene.canary.text}`)

  const join = scene.sent(anna).find((frame) => frame[0] === 0x01)
  const secret = [...join.subarray(1, 33)]
  // A page that is on its way elsewhere answers no debugger any more, so it tells another tab by itself.
  const witness = await scene.phone({ before: listensToHeld })
  await page.bringToFront()
  const told = (blank) =>
    until(`the page is ${blank ? 'blank' : 'not blank'}`, async () => {
      const last = await witness.page.evaluate(() => globalThis.told)
      return last !== undefined && blank === (last.document === 0)
    }).then(() => witness.page.evaluate(() => globalThis.told))
  await page.evaluate(tellsWhatIsHeld, secret)
  // The control: there is something to find, and this finds it.
  const before = await told(false)
  assert.deepEqual(before.memory, [{ size: 2 * 1024 * 1024, written: true, secret: true }])
  assert.ok(before.words.includes(scene.canary.text) && before.words.includes(scene.answer))

  // The other page hangs: what is left of ours stays for as long as we want to look.
  const { context } = await scene.phoneBrowser()
  let release
  const asked = new Promise((resolve) => {
    context.route(`${exit}**`, (route) => {
      release = () => route.fulfill({ contentType: 'text/html; charset=utf-8', body: '<p>Vädret' })
      resolve()
    })
  })
  await anna.leave()
  await asked
  assert.deepEqual(await told(true), {
    memory: [{ size: 2 * 1024 * 1024, written: false, secret: false }],
    words: '',
    document: 0,
  })
  release()
  await isAway(anna)
  await leftFast(eva)
}

story('the memory of the machine is overwritten before the other page is asked for', isOverwritten)
story('so it is where the machine runs without WebAssembly', isOverwritten, { withoutWasm: true })

/** In front of the page: keeps hold of every memory a module gets, so that it can be looked at afterwards. */
function holdsMemory() {
  globalThis.heldMemory = []
  if (typeof WebAssembly !== 'object') {
    // The module as JavaScript takes an array of the visitor's size.
    globalThis.ArrayBuffer = new Proxy(ArrayBuffer, {
      construct(native, given) {
        const buffer = Reflect.construct(native, given)
        if (buffer.byteLength === 2 * 1024 * 1024) globalThis.heldMemory.push({ buffer })
        return buffer
      },
    })
    return
  }
  const { instantiate } = WebAssembly
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given)
    globalThis.heldMemory.push((made.instance ?? made).exports.memory)
    return made
  }
}

/** In the page: tells every other tab of ours, again and again, what of the chat the held things contain. */
function tellsWhatIsHeld(secret) {
  // Taken out of the document, elements live on until the browser tidies up.
  const elements = [...document.querySelectorAll('[role=log], textarea')]
  const channel = new BroadcastChannel('held')
  setInterval(() => {
    const memory = globalThis.heldMemory.map(({ buffer }) => {
      const bytes = new Uint8Array(buffer)
      // In steps that are quick without a compiler too.
      let at = bytes.indexOf(secret[0])
      while (at >= 0 && !secret.every((byte, offset) => bytes[at + offset] === byte)) {
        at = bytes.indexOf(secret[0], at + 1)
      }
      return { size: bytes.length, written: new BigUint64Array(buffer).some((word) => word !== 0n), secret: at >= 0 }
    })
    const words = elements.map((element) => element.value ?? element.textContent).join('')
    channel.postMessage({ memory, words, document: document.body.childNodes.length })
  }, 100)
}

function listensToHeld() {
  new BroadcastChannel('held').onmessage = ({ data }) => (globalThis.told = data)
}
