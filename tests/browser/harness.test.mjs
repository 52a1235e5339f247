// The harness on a relay of paper (paper.mjs): a story is worth nothing if what it stands on cannot fail.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { arriveFrom, plant } from './canary.mjs'
import { freePort, startBrowser, startRelay, startStage, temporaryFolder } from './harness.mjs'
import { counsellor, visitor } from './people.mjs'

const program = [process.execPath, fileURLToPath(new URL('paper.mjs', import.meta.url))]

/** A stage on paper that ends with the test, however that ends. */
async function paperStage(t, options = {}) {
  const stage = await startStage({ relay: { program }, ...options })
  t.after(() => stage.stop())
  return stage
}

test('a relay is ready when it has printed both addresses, and ends by SIGTERM', async () => {
  const relay = await startRelay({ program })
  assert.equal(relay.visitor, `http://localhost:${relay.port}/`)
  assert.equal(relay.staff, `http://localhost:${relay.port}/staff/#paper`)
  assert.equal((await stat(join(relay.folder, 'target/demo'))).mode & 0o777, 0o700)
  assert.deepEqual(await relay.stop(), { code: 0, signal: null })
  assert.throws(() => process.kill(relay.pid, 0), { code: 'ESRCH' })
})

test('a relay that ends instead of getting ready is reported in its own words', async () => {
  const first = await startRelay({ program })
  await assert.rejects(startRelay({ program, port: first.port }), /ended with 1[^]*EADDRINUSE/)
  await first.stop()
  await assert.rejects(startRelay({ program: ['/nowhere/lykta'] }), /make relay/)
})

test('a relay that is started again has the same address and folder, and pages stay open', async (t) => {
  const stage = await paperStage(t)
  const page = await stage.visitorPage()
  const { pid, port, folder } = stage.relay
  assert.deepEqual(await stage.restart(), { code: 0, signal: null })
  assert.notEqual(stage.relay.pid, pid)
  assert.deepEqual([stage.relay.port, stage.relay.folder], [port, folder])
  assert.equal(await page.evaluate(() => fetch('/away').then((answer) => answer.status)), 200)
  assert.match(stage.output(), /visitor [^]*visitor /)
})

test('the visitor has a Swedish phone, the counsellor a Swedish desk', async (t) => {
  const stage = await paperStage(t)
  const seen = (page) =>
    page.evaluate(() => [screen.width, screen.height, navigator.language, 'ontouchstart' in window])
  assert.deepEqual(await seen(await stage.visitorPage()), [390, 844, 'sv-SE', true])
  assert.deepEqual(await seen(await stage.staffPage()), [1280, 800, 'sv-SE', false])
})

test('a second visitor page is another tab of the same phone', async (t) => {
  const stage = await paperStage(t)
  const [first, second] = [await stage.visitorPage(), await stage.visitorPage()]
  assert.notEqual(first, second)
  assert.equal(first.context(), second.context())
})

test('a picture of a page is a PNG in target/screenshots', async (t) => {
  const stage = await paperStage(t)
  const path = await stage.screenshot(await stage.visitorPage(), 'paper')
  const picture = await readFile(path)
  assert.equal(picture.toString('latin1', 1, 4), 'PNG')
  assert.equal(picture.readUInt32BE(16), 390)
})

test('every name on the pages can be used', async (t) => {
  const stage = await paperStage(t)

  const anna = visitor(await stage.visitorPage())
  await anna.continueAfterSafety()
  await anna.choose('I mitt arbete')
  assert.ok(await anna.page.getByLabel('I mitt arbete').isChecked())
  await anna.startChat()
  assert.equal(await anna.place(), 3)
  await anna.say('Hej, jag heter något annat')
  await anna.reads('Hej, jag heter något annat')
  await anna.end()

  const eva = counsellor(await stage.staffPage())
  await eva.onDuty()
  assert.equal(await eva.line.getByRole('listitem').count(), 1)
  await eva.takeNext()
  assert.equal(await eva.line.getByRole('listitem').count(), 0)
  await eva.say('Hej, jag lyssnar')
  await eva.end()

  await Promise.all([anna.page.waitForURL('**/away'), anna.leave()])
  assert.match(await anna.page.content(), /Vädret/)
})

test('a page that allows it comes back from the back/forward cache as it was', async (t) => {
  const stage = await paperStage(t)
  const page = await stage.visitorPage()
  await page.goto(new URL('/comes-back', stage.relay.visitor).href)
  await page.evaluate(() => {
    window.memory = 'still here'
  })
  await page.goto(new URL('/away', stage.relay.visitor).href)
  await page.goBack({ waitUntil: 'commit' })
  await page.waitForFunction(() => window.cameBack === true)
  assert.equal(await page.evaluate(() => window.memory), 'still here')
})

test('the canary is found where a careless relay and page leave it', async () => {
  const canary = plant()
  const port = await freePort()
  const road = await arriveFrom(canary.address, port)
  const stage = await startStage({
    relay: { program, port },
    visitor: { args: road.args, userAgent: canary.userAgent },
  })
  const anna = visitor(await stage.visitorPage())
  await Promise.all([anna.page.waitForResponse('**/said?*'), anna.say(canary.text)])
  const [phone] = await stage.browsers()
  await stage.stop()
  await road.stop()

  const words = async (places) => new Set((await canary.search(places)).map(({ word }) => word))
  assert.deepEqual(await words({ output: stage.output() }), new Set(['userAgent', 'address']))
  assert.deepEqual(await words({ urls: phone.urls }), new Set(['text']))
  assert.ok((await words({ folders: [phone.profile] })).has('text'), 'local storage lies in the profile')
  // The browser came by another road and still asked for the address it was given.
  assert.match(stage.output(), new RegExp(`from ${canary.address} localhost:${port} `))

  const everywhere = { output: stage.output(), urls: phone.urls, folders: [phone.profile] }
  assert.deepEqual(await plant().search(everywhere), [])
})

test('the canary is recognised in every shape it is looked for', async () => {
  const { text, address, search } = plant()
  const shapes = [
    text,
    Buffer.from(text).toString('hex'),
    ...['', '-', '--'].map((before) => Buffer.from(before + text).toString('base64')),
    address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0')).join(''),
    String(address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)),
  ]
  for (const output of shapes) assert.notDeepEqual(await search({ output }), [], output)
})

test('the canary looks for the bytes of a key too', async () => {
  const canary = plant()
  const key = randomBytes(32)
  canary.also('key', key)
  for (const shape of ['hex', 'base64', 'base64url']) {
    assert.notDeepEqual(await canary.search({ output: `{"key":"${key.toString(shape)}"}` }), [], shape)
  }
  const folder = await temporaryFolder('key')
  await writeFile(join(folder, 'raw'), Buffer.concat([Buffer.from('before'), key, Buffer.from('after')]))
  assert.notDeepEqual(await canary.search({ folders: [folder] }), [])
  assert.deepEqual(await plant().search({ folders: [folder] }), [])
})

test('what a browser keeps of a page is in its profile when it has stopped', async () => {
  const relay = await startRelay({ program })
  const profile = await temporaryFolder('profile')
  const browser = await startBrowser({ profile })
  const [page] = browser.context.pages()
  await page.goto(relay.visitor)
  await browser.stop()
  await relay.stop()
  const history = await readFile(join(profile, 'Default/History'))
  assert.ok(history.includes(relay.visitor))
})
