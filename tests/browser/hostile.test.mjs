// Somebody has got markup into the page, or builds a page around it. Each header is broken on purpose and the browser
// refuses; then the same is done without that header, and works: so it is the header that keeps them out.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startFront, startStranger } from './front.mjs'
import { startBrowser, startRelay } from './harness.mjs'
import { until } from './people.mjs'

const CSP = 'content-security-policy'
const INTEGRITY = 'integrity-policy'

let relay, browser
const fronts = []
before(async () => {
  relay = await startRelay()
  browser = await startBrowser({
    args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--host-resolver-rules=EXCLUDE localhost, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND'],
    geolocation: { latitude: 59.6, longitude: 16.5 },
  })
})
after(async () => {
  await browser?.stop()
  for (const front of fronts) await front.stop()
  await relay?.stop()
})

/** A front for this test, and a page that has opened the visitor's address through it. */
async function through(changes, { waits = 'load' } = {}) {
  const front = await startFront(relay.port, changes)
  fronts.push(front)
  const page = await browser.context.newPage()
  await page.addInitScript(() => (globalThis.worked = []))
  const address = `http://localhost:${front.port}/`
  await page.goto(address, { waitUntil: waits })
  return { page, address }
}

async function strangerWith(pages) {
  const stranger = await startStranger(pages)
  fronts.push(stranger)
  return stranger
}

test('every answer has the headers of the manual, each with exactly these words', async () => {
  const built = (name) => readFileSync(fileURLToPath(new URL(`../../web-client/dist/${name}.html`, import.meta.url)), 'utf8')
  const hashes = (html) =>
    [/<script type="importmap">([^]*?)<\/script>/, /<style>([^]*?)<\/style>/].map(
      (pattern) => `'sha256-${createHash('sha256').update(pattern.exec(html)[1]).digest('base64')}'`,
    )
  const html = built('visitor')
  const [map, style] = hashes(html)
  const [staffMap, staffStyle] = hashes(built('staff'))
  const sockets = `ws://localhost:${relay.port} ws://127.0.0.1:${relay.port}`
  const everywhere = {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
  }
  const closed = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
  const script = /<script type="module" src="([^"]+)"/.exec(html)[1]
  const expected = {
    '/': {
      ...everywhere,
      [CSP]: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${map}; style-src 'self' ${style}; img-src 'self'; connect-src 'self' ${sockets}; ${closed}; trusted-types 'none'`,
      [INTEGRITY]: 'blocked-destinations=(script)',
    },
    '/staff/': {
      ...everywhere,
      [CSP]: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${staffMap}; style-src 'self' ${staffStyle}; img-src 'self'; connect-src 'self' ${sockets}; worker-src 'self'; media-src 'self'; ${closed}; trusted-types lykta-worker`,
      [INTEGRITY]: 'blocked-destinations=(script)',
    },
    [script]: {
      ...everywhere,
      [CSP]: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${sockets}; ${closed}; trusted-types 'none'`,
    },
    '/state': everywhere,
    '/health': everywhere,
  }
  for (const [path, headers] of Object.entries(expected)) {
    const answer = await fetch(new URL(path, relay.visitor))
    const got = Object.fromEntries(Object.keys(headers).map((name) => [name, answer.headers.get(name)]))
    assert.deepEqual(got, headers, path)
    assert.equal(answer.headers.get('set-cookie'), null, `${path}: nothing to keep`)
    if (!headers[INTEGRITY]) continue
    const features = Object.fromEntries(answer.headers.get('permissions-policy').split(', ').map((one) => one.split('=')))
    const ours = ['autoplay', 'publickey-credentials-create', 'publickey-credentials-get']
    const open = Object.keys(features).filter((feature) => features[feature] !== '()')
    assert.deepEqual(open.map((feature) => [feature, features[feature]]), path === '/staff/' ? ours.map((one) => [one, '(self)']) : [])
    for (const feature of [...ours, 'camera', 'microphone', 'geolocation', 'bluetooth', 'web-share', 'display-capture']) {
      assert.ok(feature in features, `${path}: ${feature}`)
    }
    assert.equal(answer.headers.get('strict-transport-security'), null, 'which would mean nothing over plain http')
  }
})

test('whatever is injected into the document runs nothing, loads nothing and reaches nobody', async (t) => {
  const stranger = await strangerWith({
    '/script.js': ['text/javascript', "worked.push('a foreign script')"],
    '/style.css': ['text/css', '#sheet { color: rgb(1, 2, 3) }'],
    '/frame': ['text/html', 'a frame'],
  })
  const at = `http://127.0.0.1:${stranger.port}`
  const body = `
    <script>worked.push('an inline script')</script>
    <script src="${at}/script.js"></script>
    <img src="/nowhere" onerror="worked.push('an inline handler')">
    <a id="js" href="javascript:void worked.push('a javascript: address')">x</a>
    <style>#inline { color: rgb(1, 2, 3) }</style><p id="inline">x</p>
    <p id="attribute" style="color: rgb(1, 2, 3)">x</p>
    <link rel="stylesheet" href="${at}/style.css"><p id="sheet">x</p>
    <img src="${at}/image"><audio src="${at}/sound" preload="auto"></audio>
    <object data="${at}/object"></object><iframe src="${at}/frame"></iframe>
    <iframe name="into"></iframe>
    <form id="form" method="post" action="${at}/form" target="into"><input name="words" value="secret"></form>
    <form id="home" method="post" action="/leave" target="into"></form>`
  /** In a task of the page's own: what a debugger runs is allowed more. */
  const acts = (address) =>
    new Promise((done) =>
      setTimeout(async () => {
        const attempt = async (name, act) => {
          try {
            // What is refused may also simply never be answered.
            const never = new Promise((late) => setTimeout(late, 1_000, false))
            if ((await Promise.race([act(), never])) !== false) globalThis.worked.push(name)
          } catch {
            // Refused.
          }
        }
        await attempt('eval', () => (0, eval)('1'))
        await attempt('new Function', () => new Function('return 1')())
        await attempt('words as a timer', () => new Promise((run) => {
          globalThis.timed = run
          setTimeout('timed()')
          setTimeout(() => run(false), 300)
        }))
        await attempt('innerHTML', () => (document.querySelector('#intro').innerHTML = '<b>x</b>'))
        await attempt('document.write', () => document.implementation.createHTMLDocument().write('x'))
        await attempt('a policy of its own', () => trustedTypes.createPolicy('own', { createHTML: (html) => html }))
        await attempt('fetch', () => fetch(`${address}/fetch`))
        await attempt('XMLHttpRequest', () => new Promise((loaded, failed) => {
          const request = new XMLHttpRequest()
          request.open('GET', `${address}/xhr`)
          request.onload = loaded
          request.onerror = failed
          request.send()
        }))
        await attempt('a font', () => new FontFace('x', `url(${address}/font)`).load().catch(() => false) && false)
        await attempt('a socket', () => void new WebSocket(`${address.replace('http', 'ws')}/socket`) ?? false)
        await attempt('events', () => void new EventSource(`${address}/events`) ?? false)
        await attempt('a beacon', () => void navigator.sendBeacon(`${address}/beacon`, 'words') ?? false)
        await attempt('a worker', () => new Promise((ran) => {
          const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])))
          worker.onmessage = ran
          worker.onerror = () => ran(false)
        }))
        document.querySelector('#js').click()
        document.querySelector('#form').submit()
        done()
      }),
    )
  const inThePage = ['an inline script', 'a foreign script', 'an inline handler', 'a javascript: address', 'eval', 'new Function',
    'words as a timer', 'innerHTML', 'document.write', 'a policy of its own', 'fetch', 'XMLHttpRequest', 'a worker']
  const overThere = ['/script.js', '/style.css', '/image', '/sound', '/object', '/frame', '/form', '/fetch', '/xhr', '/font', '/socket',
    '/events', '/beacon']
  const coloured = ['inline', 'attribute', 'sheet']
  const what = async (changes) => {
    stranger.asked.clear()
    const { page } = await through({ ...changes, body }, { waits: 'domcontentloaded' })
    await page.evaluate(acts, at)
    const result = async () => ({
      worked: new Set(await page.evaluate(() => globalThis.worked)),
      asked: new Set(overThere.filter((path) => stranger.asked.has(path))),
      coloured: new Set(
        await page.evaluate((ids) => ids.filter((id) => getComputedStyle(document.getElementById(id)).color === 'rgb(1, 2, 3)'), coloured),
      ),
    })
    return { page, result }
  }
  const all = { worked: new Set(inThePage), asked: new Set(overThere), coloured: new Set(coloured) }
  const nothing = { worked: new Set(), asked: new Set(), coloured: new Set() }
  await t.test('without the policies all of it works', async () => {
    const { page, result } = await what({ without: [CSP, INTEGRITY] })
    const enough = async () => {
      const { worked, asked, coloured } = await result()
      return worked.size === all.worked.size && asked.size === all.asked.size && coloured.size === all.coloured.size
    }
    await until('all of it', enough, 10_000).catch(() => {})
    assert.deepEqual(await result(), all)
    await page.close()
  })
  await t.test('with them none of it does, and our own page works', async () => {
    const { page, result } = await what({})
    // The slowest of it is a moment behind; our own script comes after all that was injected.
    await page.getByRole('button', { name: 'Fortsätt', exact: true }).waitFor()
    await page.evaluate(() => new Promise((later) => setTimeout(later, 500)))
    assert.deepEqual(await result(), nothing)
    await page.close()
  })
})

test('an injected base leads no address of ours elsewhere', async () => {
  const stranger = await strangerWith()
  const head = `<base href="http://127.0.0.1:${stranger.port}/">`
  const base = async (changes) => {
    const { page, address } = await through({ ...changes, head })
    const found = await page.evaluate(() => document.baseURI)
    await page.close()
    return found === address ? 'ours' : found
  }
  assert.equal(await base({}), 'ours')
  assert.equal(await base({ without: [CSP] }), `http://127.0.0.1:${stranger.port}/`)
})

test('a script of our own origin without its hash does not run, by element or by import', async () => {
  const files = {
    '/element.js': ['text/javascript', "worked.push('an element')"],
    '/import.js': ['text/javascript', "worked.push('an import')"],
  }
  const ran = async (changes) => {
    const { page } = await through({ ...changes, files, body: '<script src="/element.js"></script>' })
    await page.evaluate(() => new Promise((done) => setTimeout(() => import('/import.js').then(done, done))))
    const { worked } = await page.evaluate(() => ({ worked: globalThis.worked }))
    await page.close()
    return worked
  }
  assert.deepEqual(await ran({}), [])
  assert.deepEqual(await ran({ without: [INTEGRITY] }), ['an element', 'an import'])
})

test('an answer that is no script is not taken for one', async () => {
  const text = await (await fetch(`${relay.visitor}health`)).text()
  const integrity = `sha384-${createHash('sha384').update(text).digest('base64')}`
  const body = `<script id="sniffed" src="/health" integrity="${integrity}"></script>`
  const taken = async (changes) => {
    const { page } = await through({ ...changes, body }, { waits: 'commit' })
    const how = await page.evaluate(
      () =>
        new Promise((done) => {
          const watch = () => {
            const script = document.querySelector('#sniffed')
            if (!script) return requestAnimationFrame(watch)
            const again = document.createElement('script')
            again.integrity = script.integrity
            again.crossOrigin = 'anonymous'
            again.onload = () => done('taken')
            again.onerror = () => done('refused')
            again.setAttribute('src', script.getAttribute('src'))
            document.body.append(again)
          }
          watch()
        }),
    )
    await page.close()
    return how
  }
  // Without the policy about strings in both: here the kind of the answer is the question.
  assert.equal(await taken({ without: [CSP] }), 'refused')
  assert.equal(await taken({ without: [CSP, 'x-content-type-options'] }), 'taken')
})

test('nobody can frame the page, keep hold of it as its opener, or use a file of ours', async () => {
  const page = await browser.context.newPage()
  const icon = /<link rel="icon" href="([^"]+)"/.exec(await (await fetch(relay.visitor)).text())[1]
  const around = async (without) => {
    const front = await startFront(relay.port, { without })
    fronts.push(front)
    const ours = `http://localhost:${front.port}`
    const stranger = await strangerWith({
      '/': ['text/html', `<iframe src="${ours}/"></iframe>
        <img src="${ours}${icon}" onload="globalThis.icon = 'taken'" onerror="globalThis.icon = 'refused'">`],
    })
    await page.goto(`http://127.0.0.1:${stranger.port}/`)
    const framed = await page.frames()[1]?.evaluate(() => document.querySelector('#exit') !== null).catch(() => false)
    const [opened] = await Promise.all([browser.context.waitForEvent('page'), page.evaluate((address) => void (globalThis.held = open(address)), `${ours}/`)])
    await opened.getByText('Är det säkert att chatta här?').waitFor()
    const result = {
      framed,
      opener: await opened.evaluate(() => globalThis.opener !== null),
      held: await page.evaluate(() => !globalThis.held.closed),
      icon: await page.evaluate(() => globalThis.icon),
    }
    await opened.close()
    return result
  }
  assert.deepEqual(await around([]), { framed: false, opener: false, held: false, icon: 'refused' })
  const open = [CSP, 'cross-origin-opener-policy', 'cross-origin-resource-policy']
  assert.deepEqual(await around(open), { framed: true, opener: true, held: true, icon: 'taken' })
  await page.close()
})

test('no link tells where it was tapped', async () => {
  const stranger = await strangerWith()
  const body = `<a id="link" href="http://127.0.0.1:${stranger.port}/tapped">x</a>`
  const told = async (changes) => {
    stranger.asked.clear()
    const { page, address } = await through({ ...changes, body })
    await page.evaluate(() => document.querySelector('#link').click())
    await until('the tap', () => stranger.asked.has('/tapped'))
    await page.close()
    return [stranger.asked.get('/tapped').referer, address]
  }
  assert.equal((await told({}))[0], undefined)
  const [referer, address] = await told({ without: ['referrer-policy'] })
  assert.equal(referer, address)
})

test('the page shares its process with no other, and no feature of the phone answers it', async () => {
  const asks = () =>
    new Promise((done) =>
      setTimeout(async () => {
        const answers = (promise) => promise.then(() => true, () => false)
        const syncRequest = () => {
          try {
            const request = new XMLHttpRequest()
            request.open('GET', '/health', false)
            request.send()
            return true
          } catch {
            return false
          }
        }
        done({
          cluster: globalThis.originAgentCluster,
          place: await answers(new Promise((found, not) => navigator.geolocation.getCurrentPosition(found, not))),
          camera: await answers(navigator.mediaDevices.getUserMedia({ video: true })),
          microphone: await answers(navigator.mediaDevices.getUserMedia({ audio: true })),
          clipboard: await answers(navigator.clipboard.readText()),
          waits: syncRequest(),
          allowed: ['geolocation', 'camera', 'microphone', 'usb', 'serial', 'hid', 'fullscreen', 'payment', 'autoplay',
            'publickey-credentials-get', 'display-capture', 'storage-access', 'idle-detection', 'local-fonts']
            .filter((feature) => document.featurePolicy.allowsFeature(feature)).length,
        })
      }),
    )
  const asked = async (changes) => {
    const { page, address } = await through(changes)
    await browser.context.grantPermissions(
      ['geolocation', 'camera', 'microphone', 'clipboard-read', 'clipboard-write'],
      { origin: new URL(address).origin },
    )
    await page.bringToFront()
    const answers = await page.evaluate(asks)
    await page.close()
    return answers
  }
  assert.deepEqual(await asked({}), {
    cluster: true, place: false, camera: false, microphone: false, clipboard: false, waits: false, allowed: 0,
  })
  // New Chromium gives every origin a process of its own unless it says no; older ones wait for a yes.
  assert.deepEqual(await asked({ without: ['permissions-policy'], instead: { 'origin-agent-cluster': '?0' } }), {
    cluster: false, place: true, camera: true, microphone: true, clipboard: true, waits: true, allowed: 14,
  })
})
