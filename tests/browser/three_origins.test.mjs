// Pages, relay and console at three hosts and in two processes: what each may ask of the others, and what goes on when
// one of them is gone.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test } from 'node:test'
import { openCentre } from './centre.mjs'
import { story } from './earnest.mjs'
import { phone, screenshot, startBrowser } from './harness.mjs'
import { until } from './people.mjs'

/** Somebody who may go on duty. */
async function alva(scene) {
  const person = await scene.console()
  const { request, words } = await person.enrols('Alva')
  await person.done()
  await scene.centre.publishes('--request', request, '--yes', '--words', words)
  await person.signIn()
  await person.isAtTheDesk()
  return person
}

async function talking(scene) {
  const eva = await alva(scene)
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  return { anna, eva }
}

/** One request, with these headers; its status and headers. */
async function ask(port, path, headers, method = 'GET') {
  const request = http.request({ host: '127.0.0.1', port, path, method, headers })
  request.end()
  const answered = await Promise.race([
    once(request, 'response').then(([answer]) => (answer.resume(), answer)),
    once(request, 'upgrade').then(([answer, socket]) => (socket.destroy(), answer)),
  ])
  return { status: answered.statusCode, headers: answered.headers }
}

const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'lykta.1',
}

const apart = { apart: true }

story('a whole chat over three hosts, and each browser spoke to its own alone', async (scene) => {
  const { hosts } = scene.centre
  const asked = new Map()
  const watches = (person) => {
    const seen = new Set()
    asked.set(person, seen)
    const note = (url) => seen.add(`${new URL(url).host}${new URL(url).pathname}`)
    person.page.on('request', (request) => note(request.url()))
    person.page.on('websocket', (socket) => note(socket.url()))
    return seen
  }
  const eva = await alva(scene)
  const evas = watches(eva)
  await eva.opens()
  const anna = await scene.phone()
  const annas = watches(anna)
  await anna.page.reload()
  // Served by the calendar alone; what the relay knows comes from the relay.
  await anna.page.locator('html[data-state="open"]').waitFor()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say('Hej, är det någon där?')
  await eva.reads('Hej, är det någon där?')
  await eva.say('Ja, jag är här.')
  await anna.reads('Ja, jag är här.')
  await anna.delivered(1)

  const cookies = await eva.page.context().cookies()
  assert.deepEqual(cookies.map(({ name, domain, httpOnly, secure, sameSite }) => [name, domain, httpOnly, secure, sameSite]), [
    ['__Host-lykta', 'personal.localhost', true, true, 'Strict'],
  ])
  assert.deepEqual(await anna.page.context().cookies(), [])

  await anna.leave()
  await eva.page.getByText('Besökaren lämnade sidan snabbt').first().waitFor()
  const at = (origin) => new URL(origin).host
  const relay = [...annas].filter((url) => url.startsWith(at(hosts.relay))).map((url) => url.slice(at(hosts.relay).length))
  assert.deepEqual(relay.sort(), ['/leave', '/state', '/ws/visit'])
  assert.ok(![...annas].some((url) => url.startsWith(at(hosts.personal))), 'the console is nothing to a visitor')
  assert.ok(![...evas].some((url) => url.startsWith(at(hosts.relay))), 'the console speaks at its own host')
}, apart)

story('the relay dies: the page reads, calls and leaves; it comes back, and the chat goes on', async (scene) => {
  const { centre } = scene
  const { anna, eva } = await talking(scene)
  await anna.say('Före.')
  await eva.reads('Före.')
  await centre.kills('relay')
  await anna.status.filter({ hasText: /Inget nät|nätet|Ansluter|kontakt/i }).waitFor()
  assert.ok(await anna.page.getByText('Före.').isVisible(), 'what was said is still read')

  const bea = await scene.phone()
  await bea.page.getByRole('heading', { name: 'Är det säkert att chatta här?' }).waitFor()
  assert.equal(await bea.page.locator('html').getAttribute('data-state'), 'away', 'nobody is promised a chat')
  await bea.page.locator('#starting').waitFor({ state: 'hidden' })
  const calls = await bea.page.locator('a[href^="tel:"]').evaluateAll((all) => all.map(({ href }) => href))
  assert.ok(calls.includes('tel:112') && calls.includes('tel:021398762'), `${calls}`)
  const numbers = bea.page.locator('#help a[href^="tel:"]').first()
  if (!(await numbers.isVisible())) await bea.page.locator('#help summary').first().click()
  assert.ok(await numbers.isVisible(), 'there is a number to call')
  await screenshot(bea.page, 'three-origins-without-relay')
  // The way out needs nobody. Where it leads is not reached from here, so the browser shows that it went.
  const went = bea.page.waitForRequest(/smhi/)
  await bea.leave()
  await went

  await centre.raises('relay')
  await anna.say('Efter.')
  await eva.reads('Efter.')
  await eva.say('Jag är kvar.')
  await anna.reads('Jag är kvar.')
}, apart)

story('the host of the pages dies, and running chats go on', async (scene) => {
  const { anna, eva } = await talking(scene)
  await scene.centre.kills('pages')
  await anna.say('Märks det?')
  await eva.reads('Märks det?')
  await eva.say('Nej.')
  await anna.reads('Nej.')
  await anna.end()
  await anna.isOver()
  await eva.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
}, apart)

test('each host answers its own, sockets ask for the origin, and only our page may read the state', async () => {
  const centre = await openCentre(apart)
  try {
    const { hosts, ports } = centre
    const { host: pages } = new URL(hosts.chatt)
    const { host: relay } = new URL(hosts.relay)
    const { host: staff } = new URL(hosts.personal)
    const status = async (port, Host, path, more = {}, method = 'GET') => (await ask(port, path, { Host, ...more }, method)).status

    assert.equal(await status(ports.pages, pages, '/'), 200)
    assert.equal(await status(ports.relay, relay, '/'), 404)
    assert.equal(await status(ports.relay, staff, '/'), 404)
    assert.equal(await status(ports.relay, staff, '/staff/'), 200)
    assert.equal(await status(ports.relay, relay, '/staff/'), 404)
    assert.equal(await status(ports.pages, pages, '/staff/'), 404)
    assert.equal(await status(ports.pages, staff, '/staff/'), 404, 'the pages process has no console, whoever asks as whom')

    // Sockets: the visitor's for the page alone, the console's for the console alone.
    const socket = (Host, path, Origin) => status(ports.relay, Host, path, { ...upgrade, ...(Origin && { Origin }) })
    assert.equal(await socket(relay, '/ws/visit', hosts.chatt), 101)
    for (const origin of [hosts.relay, hosts.personal, 'http://evil.localhost', `${hosts.chatt}.evil.example`, 'null', null]) {
      assert.equal(await socket(relay, '/ws/visit', origin), 403, `visit from ${origin}`)
    }
    assert.equal(await socket(staff, '/ws/visit', hosts.personal), 404)
    assert.equal(await socket(staff, '/ws/desk', hosts.personal), 401, 'the right origin, and no sign-in')
    for (const origin of [hosts.chatt, hosts.relay, 'http://evil.localhost', null]) {
      assert.equal(await socket(staff, '/ws/desk', origin), 403, `desk from ${origin}`)
    }
    assert.equal(await socket(relay, '/ws/desk', hosts.personal), 404)

    const allowed = async (Host, path, Origin, method) => {
      const { headers } = await ask(ports.relay, path, { Host, Origin }, method)
      assert.equal(headers['access-control-allow-credentials'], undefined)
      return headers['access-control-allow-origin']
    }
    assert.equal(await allowed(relay, '/state', hosts.chatt), hosts.chatt)
    assert.equal(await allowed(relay, '/leave', hosts.chatt, 'POST'), hosts.chatt)
    for (const origin of [hosts.personal, hosts.relay, 'http://evil.localhost', 'null']) {
      assert.equal(await allowed(relay, '/state', origin), undefined, origin)
    }
    for (const path of ['/staff/', '/staff/session', '/staff/day', '/state']) {
      assert.equal(await allowed(staff, path, hosts.chatt), undefined, path)
    }

    const told = await centre.lykta(
      'verify', centre.visitor, '--config', centre.config,
      '--connect', `127.0.0.1:${ports.pages}`, '--connect-relay', `127.0.0.1:${ports.relay}`,
    )
    assert.equal(told.code, 0, told.out)
    const console_ = ['verify', centre.staff, '--config', centre.config, '--connect', `127.0.0.1:${ports.relay}`]
    const other = await centre.lykta(...console_)
    assert.equal(other.code, 0, other.out)
  } finally {
    await centre.stop()
  }
})

test('the page speaks to its own host and to the relay, and its policy lets it speak to nobody else', async () => {
  const centre = await openCentre(apart)
  const rules = ['--host-resolver-rules=EXCLUDE *.localhost, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND']
  const browser = await startBrowser({ ...phone, args: rules })
  try {
    const { hosts } = centre
    const page = browser.context.pages()[0]
    const answer = await page.goto(centre.visitor)
    const directives = answer.headers()['content-security-policy'].split('; ')
    const socket = hosts.relay.replace('http', 'ws')
    assert.ok(directives.includes(`connect-src 'self' ${hosts.relay} ${socket}`), `${directives}`)
    const reaches = (url) =>
      page.evaluate(async (url) => {
        let broken = null
        const hear = (event) => (broken = event.effectiveDirective)
        document.addEventListener('securitypolicyviolation', hear)
        const reached = await fetch(url, { credentials: 'omit' }).then(() => true, () => false)
        // The event may come a turn after the refusal.
        for (let turn = 0; !reached && broken === null && turn < 50; turn++) await new Promise((go) => setTimeout(go, 20))
        document.removeEventListener('securitypolicyviolation', hear)
        return reached || broken
      }, url)
    assert.equal(await reaches(`${hosts.relay}/state`), true)
    assert.equal(await reaches(`${hosts.personal}/state`), 'connect-src')
    assert.equal(await reaches(`http://evil.localhost:${centre.ports.relay}/state`), 'connect-src')
    assert.equal(await reaches(`http://relay.localhost:${centre.ports.pages}/state`), 'connect-src', 'another port')
    // A stranger's page, without any policy of its own, reads nothing of ours.
    const stranger = http.createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>'))
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    await page.goto(`http://evil.localhost:${stranger.address().port}/`)
    for (const url of [`${hosts.relay}/state`, `${hosts.chatt}/`, `${hosts.personal}/state`, `${hosts.personal}/staff/`]) {
      const read = (url) => fetch(url).then(() => true, () => false)
      assert.equal(await page.evaluate(read, url), false, url)
    }
    const opened = await page.evaluate(
      (url) =>
        new Promise((told) => {
          const socket = new WebSocket(url, 'lykta.1')
          socket.onopen = () => told(true)
          socket.onerror = () => told(false)
        }),
      `${socket}/ws/visit`,
    )
    assert.equal(opened, false)
    stranger.close()
    stranger.closeAllConnections()
    await until('nothing was kept', async () => (await browser.context.cookies()).length === 0)
  } finally {
    await browser.stop()
    await centre.stop()
  }
})
