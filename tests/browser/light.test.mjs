// Light: what a first visit costs until one can chat, in bytes on the wire; and what is usable before any script has run.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { exit, story } from './scene.mjs'
import { listensToWire } from './wire.mjs'

const KIB = 1024
/** Everything until somebody stands in the line. */
const WHOLE = 75 * KIB
/** What is needed to read, to call and to leave: the document, its critical style inside. */
const FIRST = 14 * KIB

const sum = (rows) => rows.reduce((total, { wire }) => total + wire, 0)

story('a first visit weighs at most 75 KiB until one can chat, and 14 of them are enough to read, call and leave', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone({ from: 'about:blank' })
  const { page } = anna
  await page.goto('about:blank')
  const { rows } = await listensToWire(page)
  await page.goto(scene.stage.relay.visitor)
  await anna.joins()
  const has = (end) => rows().some(({ name }) => name.endsWith(end))
  await until('the module, and what the page asks of the door', async () => has('.wasm') && has('/state'))
  // The neutral icon is for the tab, and comes before or after this moment: it counts at no time. It is 773 bytes.
  const fetched = rows().filter(({ name }) => !name.startsWith('/assets/icon-'))
  console.table(fetched.map(({ name, encoding, raw, wire }) => ({ name, encoding, raw, 'on the wire': wire })))
  console.log(`together ${sum(fetched)} bytes of ${WHOLE}; the document ${sum(fetched.filter(({ name }) => name === '/'))} of ${FIRST}`)

  const names = fetched.map(({ name }) => name.replace(/-[\w-]{8,12}\./, '-….')).sort()
  assert.deepEqual(names, ['/', '/assets/visit-….wasm', '/assets/visitor-….css', '/assets/visitor-….js', '/state'].sort())
  const heavy = fetched.filter(({ type }) => ['Font', 'Image', 'Media'].includes(type))
  assert.deepEqual(heavy, [])
  for (const { name, encoding } of fetched) assert.ok(['br', 'gzip'].includes(encoding), `${name} is compressed`)
  assert.ok(sum(fetched.filter(({ name }) => name === '/')) <= FIRST)
  assert.ok(sum(fetched) <= WHOLE)
})

story('another language loads its own texts and nothing else, least of all a document', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  const { page } = anna
  await page.locator('#staffed').waitFor()
  await page.evaluate(() => (globalThis.sameDocument = true))
  const asked = []
  page.on('request', (request) => asked.push([request.resourceType(), new URL(request.url()).pathname.replace(/-[0-9a-f]{12}\./, '-….')]))
  for (const tag of ['so', 'ar', 'sv', 'ar']) {
    asked.splice(0)
    await page.locator(`#languages [lang="${tag}"]`).click()
    await page.locator(`html[lang="${tag}"]`).waitFor()
    await until('the relay’s sentences', async () => asked.some(([, name]) => name === '/state'))
    const texts = tag === 'sv' ? [] : [['fetch', `/assets/${tag}-….json`]]
    assert.deepEqual(asked, [...texts, ['fetch', '/state']], tag)
  }
  assert.ok(await page.evaluate(() => globalThis.sameDocument))
  assert.equal(page.url(), scene.stage.relay.visitor)
})

story('before any script has run, the safety text can be read, numbers can be called and the page can be left', async (scene) => {
  const anna = await scene.phone({ from: 'about:blank' })
  const { page } = anna
  // Scripts and the later style never come: a phone in a tunnel.
  await page.route(/\/assets\//, () => {})
  await page.goto(scene.stage.relay.visitor, { waitUntil: 'commit' })
  await page.getByText('Är det säkert att chatta här?').waitFor()
  assert.equal(await page.locator('html').getAttribute('data-screen'), null, 'no script has run')
  const inView = await page.getByRole('button', { name: 'Lämna sidan' }).boundingBox()
  assert.ok(inView.y >= 0 && inView.height >= 48)
  for (const number of ['112', '020-57 70 70', '116 111']) {
    assert.ok((await page.locator(`a[href^="tel:"]`).allTextContents()).includes(number), number)
  }
  assert.equal(await page.getByRole('button', { name: 'Fortsätt', exact: true }).count(), 0, 'nothing that could not work')
  await anna.leave()
  await page.waitForURL(exit)
}, { clock: '2026-11-23T14:40:00+01:00' })
