// Where WebAssembly is switched off for safety: the same machine as JavaScript. And the frozen chat, byte for byte, in
// the browser.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isOurs, startBrowser } from './harness.mjs'
import { noWebAssembly, story } from './scene.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))

const talk = async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  assert.equal(await anna.page.evaluate(() => typeof WebAssembly), 'undefined')
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  const theirs = [`Hej ${scene.canary.text}`, `${scene.canary.text} ${'å'.repeat(3_000)}`]
  const ours = [`Hej, bra att du skriver. ${scene.answer}`, `Ja. ${scene.answer}`]
  for (const at of [0, 1]) {
    await anna.say(theirs[at])
    await eva.reads(theirs[at])
    await eva.say(ours[at])
    await anna.reads(ours[at])
  }
  await anna.delivered(2)
  await eva.delivered(2)
  const { urls, said } = await scene.phoneBrowser()
  const modules = urls.filter((url) => /\/assets\/(visit|desk)-/.test(url)).map((url) => url.replace(/.*\./, '.'))
  assert.deepEqual(new Set(modules), new Set(['.js']), 'nothing was fetched that cannot run')
  assert.deepEqual(said.filter(isOurs), [], 'no policy was broken')
  await scene.screenshot(anna.page, 'visitor-without-wasm')
  return { anna, eva }
}

story(
  'a visitor whose browser has no WebAssembly waits, talks and ends the chat like everybody',
  async (scene) => {
    const { anna, eva } = await talk(scene)
    await anna.end()
    await anna.isOver()
    await eva.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
  },
  { withoutWasm: true },
)

story(
  'a visitor whose browser has no WebAssembly leaves fast, and the console hears of it',
  async (scene) => {
    const { anna, eva } = await talk(scene)
    await anna.leave()
    await eva.page.getByText('Besökaren lämnade sidan snabbt').first().waitFor()
  },
  { withoutWasm: true },
)

story(
  'a network that loses the module as JavaScript does not keep the visitor out',
  async (scene) => {
    const anna = await scene.phone()
    let down = true
    const { context } = await scene.phoneBrowser()
    await context.route('**/assets/visit-*.js', (route) => (down ? route.abort() : route.continue()))
    await anna.continueAfterSafety()
    await anna.startChat()
    await anna.page.getByText('Chatten gick inte att hämta.').waitFor()
    down = false
    await anna.startChat()
    await anna.place()
  },
  { withoutWasm: true },
)

story(
  'a console without WebAssembly holds its seat and its chats',
  async (scene) => {
    const eva = await scene.desk()
    assert.equal(await eva.page.evaluate(() => typeof WebAssembly), 'undefined')
    await eva.opens()
    const [anna, fatima] = [await scene.phone(), await scene.phone()]
    for (const person of [anna, fatima]) {
      await person.page.bringToFront()
      await person.joins()
      await eva.talksToNext()
      await person.isTalking()
      await person.say(scene.canary.text)
      await eva.reads(scene.canary.text)
      await eva.say(scene.answer)
      await person.reads(scene.answer)
    }
    await eva.end()
    await fatima.isOver()
  },
  { deskWithoutWasm: true },
)

for (const [how, kind, args] of [
  ['as WebAssembly', 'wasm', []],
  ['as JavaScript, without WebAssembly', 'js', noWebAssembly],
]) {
  test(`the modules answer the frozen chats byte for byte in the browser ${how}`, async () => {
    const assets = `${root}web-client/dist/assets/`
    const file = (name) => readdirSync(assets).find((file) => new RegExp(`^${name}-\\w{12}\\.${kind}$`).test(file))
    const given = {
      kind,
      player: readFileSync(`${root}web-client/test/replay.js`, 'base64'),
      vectors: ['doors', 'doors-room', 'doors-return'].map((name) => readFileSync(`${root}protocol/manual/vectors/${name}.json`, 'utf8')),
      modules: Object.fromEntries(['visit', 'desk'].map((name) => [name, readFileSync(assets + file(name), 'base64')])),
    }
    const browser = await startBrowser({ args })
    try {
      const page = browser.context.pages()[0]
      const result = await page.evaluate(inThePage, given)
      const same = given.vectors.map((vector) => JSON.parse(vector).steps.length)
      assert.deepEqual(result, { wasm: kind === 'wasm', same, other: [] })
    } finally {
      await browser.stop()
    }
  })
}

/** On an empty page, which forbids no address of a script. */
async function inThePage({ kind, player, vectors, modules }) {
  const script = (base64) => import(`data:text/javascript;base64,${base64}`)
  const { replay } = await script(player)
  const fresh = {}
  for (const [name, bytes] of Object.entries(modules)) {
    if (kind === 'js') fresh[name] = (await script(bytes)).default
    else {
      const module = await WebAssembly.compile(Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)))
      fresh[name] = () => new WebAssembly.Instance(module).exports
    }
  }
  const result = { wasm: typeof WebAssembly === 'object', same: [], other: [] }
  for (const vector of vectors) {
    let same = 0
    for (const { step, answer } of replay(JSON.parse(vector), (name) => fresh[name]())) {
      if (answer === step.answer) same += 1
      else result.other.push(step.at)
    }
    result.same.push(same)
  }
  return result
}
