// What every story has in common: a relay, a phone from an address of its own, desks, and the search it ends with.
//
//   story('a visitor talks', async ({ phone, desk, canary }) => { … })
//
// Whatever a story does, it is followed by the same question: is a message, a key, the address or the browser of
// the visitor found anywhere it must not be?

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { arriveFrom, plant } from './canary.mjs'
import { desk as deskOptions, freePort, screenshot, startBrowser, startStage, temporaryFolder } from './harness.mjs'
import { counsellor, visitor } from './people.mjs'

/** Where "Lämna sidan" leads in the demonstration. Nothing is ever fetched from there: a page of ours answers. */
export const exit = 'https://www.smhi.se/'

/**
 * The first frame of a visitor's socket, `01 | secret 32 | …` or `0D | secret 32 | id 16 | …`, and the one that leaves,
 * `06 | secret 32 | …`.
 */
const JOIN = 0x01
const LEAVE = 0x06
const RETURN = 0x0d

/**
 * @param {string} name the story in a sentence
 * @param {(scene: Awaited<ReturnType<typeof openScene>>, t: import('node:test').TestContext) => Promise<void>} play
 * @param {{ clock?: string, withoutScript?: boolean, withoutWasm?: boolean, deskWithoutWasm?: boolean,
 *   largeLetters?: boolean, within?: number, config?: string, after?: Function }} [options] `clock` moves the relay's
 *   calendar, `config` is another centre's file, `within` are the milliseconds it may take; `after` is given the scene
 *   and the test when all browsers have stopped; the others are settings of the phone's browser, or of the desk's
 */
export function story(name, play, options = {}) {
  test(name, async (t) => {
    const scene = await openScene(options)
    try {
      await inTime(play(scene, t), options.within)
    } finally {
      await scene.close()
    }
    assert.deepEqual(await scene.findings(), [])
    await options.after?.(scene, t)
  })
}

/** A visitor and a counsellor who talk. */
export async function together(scene) {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  return { anna, eva }
}

// The longest story takes 20 s on two busy cores. One that hangs must still end its browsers.
const STORY_WITHIN_MS = 90_000

async function inTime(playing, within = STORY_WITHIN_MS) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the story hangs')), within)
  })
  return Promise.race([playing, late]).finally(() => clearTimeout(timer))
}

async function openScene({ clock, config, withoutScript, withoutWasm, deskWithoutWasm, largeLetters }) {
  const canary = plant()
  const answer = plant()
  canary.also('answer', answer.text.split(' ')[1])
  const port = await freePort()
  const road = await arriveFrom(canary.address, port)
  const preferences = { ...(withoutScript && switchedOff), ...(largeLetters && twiceAsLarge) }
  const stage = await startStage({
    relay: { port, args: [...(clock ? ['--demo-clock', clock] : []), ...(config ? ['--config', config] : [])] },
    visitor: {
      args: [...road.args, ...(withoutWasm ? noWebAssembly : [])],
      userAgent: canary.userAgent,
      profile: await profileWith(preferences),
    },
    // A desk too reaches nothing but this machine.
    staff: { args: [noElsewhere, ...(deskWithoutWasm ? noWebAssembly : [])] },
  })
  const landing = await startLanding()
  const otherDesks = []
  /** Sockets of the phone: the frames each page sent, as buffers. */
  const sent = new Map()
  const ready = new WeakSet()
  let kept = 0

  const prepare = async (page) => {
    if (ready.has(page)) return page
    ready.add(page)
    sent.set(page, [])
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const frame = Buffer.from(payload)
        sent.get(page).push(frame)
        if ([JOIN, LEAVE, RETURN].includes(frame[0])) canary.also(`ticket secret ${++kept}`, frame.subarray(1, 33))
        if (frame[0] === RETURN) canary.also(`id of return words ${kept}`, frame.subarray(33, 49))
      })
    })
    return page
  }
  const emptyTab = async () => {
    const stageBrowser = await stage.visitorBrowser()
    const { context } = stageBrowser
    if (!ready.has(context)) {
      ready.add(context)
      await context.route(`${exit}**`, (route) =>
        route.fulfill({ contentType: 'text/html; charset=utf-8', body: '<!doctype html><title>Väder</title><p>Vädret' }),
      )
    }
    const unused = context.pages().find((page) => page.url() === 'about:blank' && !ready.has(page))
    return prepare(unused ?? (await context.newPage()))
  }
  const rememberKeys = (page) =>
    page.on('response', async (response) => {
      if (!response.url().endsWith('/staff/demo') || !response.ok()) return
      const { staff_seed: seed } = await response.json().catch(() => ({}))
      if (seed) canary.also(`staff key ${++kept}`, Buffer.from(seed, 'hex'))
    })
  const openDesk = async (page, before, { clock } = {}) => {
    rememberKeys(page)
    if (clock) await page.clock.install()
    if (before) await page.addInitScript(before)
    await page.goto(stage.relay.staff)
    const person = counsellor(page)
    await page.getByText('Ansluten').waitFor()
    return person
  }

  return {
    stage,
    canary,
    /** What a counsellor writes when it is to be searched for. */
    answer: answer.text,
    landing: landing.address,
    /** The phone's way to the relay, which can be cut, hang or change. */
    road,
    screenshot,
    /**
     * A visitor on the phone, in a tab of their own, who has opened the address. `from` is a page the tab showed
     * before; `before` is a script that runs in front of the page's own; with `clock` the story moves the page's
     * timers (`page.clock`).
     */
    async phone({ from, before, clock } = {}) {
      const page = await emptyTab()
      if (clock) await page.clock.install()
      if (before) await page.addInitScript(before)
      if (from) await page.goto(from)
      await page.goto(stage.relay.visitor)
      // Without script nobody can ask, and nobody needs to.
      return { ...visitor(page), stepsAtArrival: !withoutScript && (await page.evaluate(() => history.length)) }
    },
    /** The frames a visitor's page has sent. */
    sent: (person) => sent.get(person.page),
    /** A counsellor at the first desk; with `clock` the story moves the page's timers (`page.clock`). */
    desk: async (before, options) => openDesk(await (await stage.staffBrowser()).context.newPage(), before, options),
    /** Another counsellor, at another desk. */
    async otherDesk(options) {
      const browser = await startBrowser({
        ...deskOptions,
        args: [noElsewhere],
      })
      otherDesks.push(browser)
      return openDesk(browser.context.pages()[0], null, options)
    },
    /** The phone's browser: its addresses, its profile, what its pages said. */
    phoneBrowser: () => stage.visitorBrowser(),
    async close() {
      for (const browser of otherDesks) await browser.stop()
      await stage.stop()
      await road.stop()
      await landing.stop()
    },
    /** Where a word was found, after the end. */
    async findings() {
      const browsers = [...(await stage.browsers()), ...otherDesks]
      return canary.search({
        output: stage.output(),
        urls: browsers.flatMap(({ urls }) => urls),
        folders: [...browsers.map(({ profile }) => profile), stage.relay.folder],
      })
    },
  }
}

/**
 * A page of somebody else's, which the tab shows before or after ours. It forbids nothing, so it comes back from the
 * back/forward cache: the proof that the cache works in the very browser that must not bring ours back.
 */
async function startLanding() {
  const page = `<!doctype html><title>Något annat</title><p>Något annat
    <script>onpageshow = (event) => { window.cameBack = event.persisted }</script>`
  const server = http.createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A profile whose owner has changed the browser's settings. */
async function profileWith(preferences) {
  const profile = await temporaryFolder('profile')
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences))
  return profile
}

const noElsewhere = '--host-resolver-rules=EXCLUDE localhost, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND'
/** As the strict modes of browsers do it: no WebAssembly, and no compiler for JavaScript either. */
export const noWebAssembly = ['--js-flags=--jitless']
/** Scripts are switched off in the browser's settings, for every page. */
const switchedOff = { profile: { default_content_setting_values: { javascript: 2 } } }
/** Letters twice as large as usual: text alone grows. */
const twiceAsLarge = { webkit: { webprefs: { default_font_size: 32 } } }
