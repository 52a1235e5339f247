// The whole profile on disk, of both sides, after visits that ended in every way.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startFront } from './front.mjs'
import { startBrowser, startRelay, temporaryFolder } from './harness.mjs'
import { test } from 'node:test'
import { until } from './people.mjs'
import { residue, rows, unknownTo } from './residue.mjs'
import { exit, story } from './scene.mjs'

// That no planted word of either side, half-written or sent, no key and no secret is anywhere, every story asks.
story('after visits that ended in every way a browser knows the address where browsers note addresses, and nothing else', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const chat = async () => {
    const anna = await scene.phone()
    await anna.joins()
    await eva.talksToNext()
    await anna.isTalking()
    await anna.say(scene.canary.text)
    await eva.reads(scene.canary.text)
    await eva.say(scene.answer)
    await anna.reads(scene.answer)
    await anna.field.fill(`Halvskrivet ${scene.canary.text}`)
    return anna
  }
  const left = await chat()
  await left.leave()
  await left.page.waitForURL(exit)
  const ended = await chat()
  await ended.end()
  await ended.isOver()
  const closed = await chat()
  await closed.page.close()
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').last().waitFor()
  const reloaded = await chat()
  await reloaded.page.reload()
  await reloaded.page.getByText('Är det säkert att chatta här?').waitFor()
}, {
  async after(scene, t) {
    const { host } = new URL(scene.stage.relay.visitor)
    for (const [where, browser] of [
      ['Chromium, the visitor', await scene.stage.visitorBrowser()],
      ['Chromium, the counsellor', await scene.stage.staffBrowser()],
    ]) {
      const found = await residue(browser.profile, host)
      t.diagnostic(rows(where, found))
      assert.deepEqual(await unknownTo(where, found), [], 'README.md lists it, or it is not there')
      // The control: a browser does note where it has been, and this search finds that.
      assert.ok(found.address.includes('Default/History'))
      if (where.endsWith('visitor')) {
        const history = await readFile(join(browser.profile, 'Default/History'))
        assert.ok(history.includes(`${scene.stage.relay.visitor}Start`), 'under a title that says nothing')
      }
    }
  },
})

test('a page that let itself be kept would be found in the profile', async () => {
  const relay = await startRelay()
  const front = await startFront(relay.port, { instead: { 'cache-control': 'max-age=600' } })
  const host = `localhost:${front.port}`
  const profile = await temporaryFolder('careless')
  const browser = await startBrowser({ profile, args: ['--host-resolver-rules=EXCLUDE localhost, MAP * ~NOTFOUND'] })
  try {
    const [page] = browser.context.pages()
    await page.goto(`http://${host}/`)
    await page.evaluate(() => {
      localStorage.setItem('words', document.querySelector('h1').textContent)
      document.cookie = 'a=b; max-age=600'
    })
    await until('the page', () => page.getByRole('button', { name: 'Fortsätt', exact: true }).isVisible())
  } finally {
    await browser.stop()
    await front.stop()
    await relay.stop()
  }
  const found = await residue(profile, host)
  const kinds = (files) => new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))
  const unknown = kinds(await unknownTo('Chromium, the visitor', found))
  for (const kept of ['Default/Cache', 'Default/Local Storage']) assert.ok(unknown.has(kept), `${kept}: ${[...unknown]}`)
})
