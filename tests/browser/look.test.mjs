// The console looks at the visitor's page at sign-in: unchanged it says so quietly, and one changed byte, header or file
// is a warning nobody overlooks.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { after } from 'node:test'
import { story } from './earnest.mjs'
import { screenshot } from './harness.mjs'
import { faults } from './looks.mjs'

const servers = new Set()
after(() => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
})

/** Whoever holds the pages' host: passes everything on, changed by `meddler.change(path, answer)`. */
function meddling() {
  const meddler = { change: () => {} }
  const before = async (port) => {
    const server = http.createServer(async (request, response) => {
      const headers = { ...request.headers, 'accept-encoding': 'identity' }
      const asked = http.request({ host: '127.0.0.1', port, path: request.url, method: request.method, headers })
      asked.on('error', () => response.destroy())
      asked.end()
      const [answer] = await once(asked, 'response').catch(() => [null])
      if (!answer) return
      const { 'transfer-encoding': _, connection: __, 'content-length': ___, ...kept } = answer.headers
      const passing = { headers: kept, body: Buffer.concat(await answer.toArray()) }
      meddler.change(request.url, passing)
      response.writeHead(answer.statusCode, passing.headers).end(passing.body)
    })
    servers.add(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server.address().port
  }
  return { meddler, options: { apart: true, before } }
}

const { meddler, options } = meddling()

story('one changed byte of the visitor’s page is a warning at sign-in, and an unchanged page is none', async (scene) => {
  const { centre } = scene
  const eva = await scene.console()
  const evas = await eva.enrols('Eva')
  await eva.done()
  const daniel = await scene.console()
  const daniels = await daniel.enrols('Daniel', { role: 'Samordnare' })
  await daniel.done()
  await centre.publishes(
    '--request', evas.request, daniels.request, '--yes', '--words', evas.words, '--words', daniels.words,
  )
  const says = (words) => eva.page.locator('#look').filter({ hasText: words }).waitFor()
  const again = () => eva.button('Kontrollera igen').click()
  const unchanged = async () => {
    await says('Besökarens sida är oförändrad. Kontrollerad')
    assert.equal(await eva.page.locator('#look [role=alert]').innerText(), '')
  }
  const differs = async (what) => {
    const warning = eva.page.getByRole('alert').filter({ hasText: 'Besökarens sida är ändrad!' })
    await warning.waitFor()
    assert.ok((await warning.innerText()).includes('Gå inte i tjänst'), 'it says what to do')
    await eva.page.locator('#look small').getByText(what, { exact: true }).waitFor()
  }

  await eva.signIn()
  await eva.isAtTheDesk()
  await unchanged()
  await screenshot(eva.page, 'staff-look-same')

  // The root whom the page believes: one digit of it, and whoever has the other key can be the counsellor.
  meddler.change = (path, passing) => {
    if (path !== '/') return
    const at = passing.body.indexOf('data-roots="') + 'data-roots="'.length
    passing.body[at] = passing.body[at] === 0x30 ? 0x31 : 0x30
  }
  await eva.page.reload()
  await eva.signIn()
  await eva.isAtTheDesk()
  await differs('/')
  await screenshot(eva.page, 'staff-look-changed')
  assert.deepEqual(await faults(eva.page), [])

  await daniel.signIn()
  await daniel.page.getByRole('alert').filter({ hasText: 'Besökarens sida är ändrad!' }).waitFor()
  await screenshot(daniel.page, 'staff-look-changed-keeper')

  meddler.change = () => {}
  await again()
  await unchanged()

  // A digit of a number to call, in a sentence that the server writes.
  meddler.change = (path, passing) => {
    if (path === '/') passing.body[passing.body.lastIndexOf('tel:021') + 4] = 0x39
  }
  await again()
  await differs('/')

  meddler.change = (path, passing) => {
    if (path === '/') delete passing.headers['content-security-policy']
  }
  await again()
  await differs('content-security-policy')

  let file = ''
  meddler.change = (path, passing) => {
    if (!/visit-.*\.wasm$/.test(path)) return
    file = path.slice(1)
    passing.body[1_000] ^= 1
  }
  await eva.page.reload()
  await eva.signIn()
  await eva.isAtTheDesk()
  await eva.page.getByText('visit-').waitFor()
  await differs(file)

  await centre.kills('pages')
  await again()
  await says('gick inte att hämta härifrån')
}, options)
