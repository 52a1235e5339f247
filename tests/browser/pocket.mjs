// A phone in a pocket: a page that is really hidden, frozen and thawed, in Chromium and in Firefox.
//
// Playwright keeps every page visible; puppeteer leaves that to the browser, and speaks to both engines. So the
// visitor of these stories holds a puppeteer page, and what they do is said in selectors.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import puppeteer from 'puppeteer-core'
import { addressOfNobody, arriveFrom, plant } from './canary.mjs'
import { centreWith } from './centre.mjs'
import { startFirefox, unpack } from './firefox.mjs'
import { desk, flags, freePort, startStage, temporaryFolder } from './harness.mjs'
import { counsellor, until } from './people.mjs'
import { residue, rows, unknownTo } from './residue.mjs'
import { exit } from './scene.mjs'

/** Chromium, on a profile of its own that reaches nothing but this machine. */
async function startChromium({ args, userAgent }) {
  const profile = await temporaryFolder('pocket')
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    userDataDir: profile,
    args: [...flags, ...args, `--user-agent=${userAgent}`, '--lang=sv-SE'],
  })
  return { browser, profile, stop: () => browser.close() }
}

/** The other page, in place of the real one. */
async function answersExit(page) {
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    if (!request.url().startsWith(exit)) return void request.continue()
    void request.respond({ contentType: 'text/html; charset=utf-8', body: '<!doctype html><title>Väder</title><p>Vädret' })
  })
}

/**
 * @param {string} name the story in a sentence
 * @param {(scene: object) => Promise<void>} play the visitor and the counsellor are there, nobody talks yet
 * @param {{ engine?: 'chromium' | 'firefox', clocks?: Record<string, string>, within?: number }} [options] `clocks` are
 *   settings of the centre's file, `within` is how long the story may take, ms
 */
export function pocketStory(name, play, { engine = 'chromium', clocks = {}, within = 90_000 } = {}) {
  test(name, { timeout: within + 30_000 }, async (t) => {
    const canary = plant()
    const answer = plant()
    canary.also('answer', answer.text.split(' ')[1])
    const port = await freePort()
    // Firefox knows for itself where localhost is: there the relay moves aside, and the road begins at its place.
    const aside = engine === 'firefox'
    const relay = aside ? addressOfNobody() : '127.0.0.1'
    const road = await arriveFrom(aside ? '127.0.0.1' : canary.address, port, { relay })
    const stage = await startStage({
      relay: { port, host: relay, args: ['--config', await centreWith(clocks)] },
      staff: { ...desk, args: [`--host-resolver-rules=MAP localhost ${relay}, EXCLUDE 127.0.0.1, MAP * ~NOTFOUND`] },
    })
    const start = aside ? startFirefox : startChromium
    const phone = await start({ args: road.args, exit, userAgent: canary.userAgent })
    const urls = []
    try {
      const staff = await (await stage.staffBrowser()).context.newPage()
      await staff.goto(stage.relay.staff)
      const eva = counsellor(staff)
      await staff.getByText('Ansluten').waitFor()
      const newPage = async () => {
        const page = await (aside ? phone.page() : phone.browser.newPage())
        if (!aside) {
          await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true })
          await answersExit(page)
        }
        page.on('request', (request) => urls.push(request.url()))
        return page
      }
      const page = await newPage()
      // A page of the same host that forbids nothing, so that there is somewhere to go back to.
      const before = `${stage.relay.visitor}health`
      await page.goto(before)
      await page.goto(stage.relay.visitor)
      const words = [canary.text, answer.text]
      const scene = { anna: holder(page), eva, page, newPage, phone, before, words, stage, road, canary, answer: answer.text }
      await inTime(play(scene), within)
    } finally {
      await phone.stop().catch(() => {})
      await stage.stop()
      await road.stop()
    }
    if (aside) assert.ok((await unpack(phone.profile)) > 0, 'Firefox packs its session files, and they were unpacked')
    const found = await canary.search({ output: stage.output(), urls, folders: [phone.profile, stage.relay.folder] })
    // Firefox notes its own name in its own preferences: the control that the search looks where it should.
    const preferences = ({ word, where }) => word === 'userAgent' && /(prefs|user)\.js$/.test(where)
    assert.equal(found.some(preferences), aside)
    assert.deepEqual(found.filter((one) => !preferences(one)), [])
    const where = `${aside ? 'Firefox' : 'Chromium'}, the visitor`
    const left = await residue(phone.profile, new URL(stage.relay.visitor).host)
    t.diagnostic(rows(where, left))
    assert.deepEqual(await unknownTo(where, left), [], 'README.md lists it, or it is not there')
    // The control: a browser does note where it has been.
    assert.ok(left.address.includes(aside ? 'places.sqlite' : 'Default/History') || left.address.includes('places.sqlite-wal'))
    // What a browser carries in itself (`data:`) is asked of nobody.
    const ours = [stage.relay.visitor, exit, 'data:']
    assert.deepEqual(urls.filter((url) => !ours.some((start) => url.startsWith(start))), [])
  })
}

async function inTime(playing, within) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the story hangs')), within)
  })
  return Promise.race([playing, late]).finally(() => clearTimeout(timer))
}

/** What a visitor does, on a page that may be hidden: nothing here waits for something to be painted. */
export function holder(page) {
  const has = (selector, text) =>
    page.waitForFunction(
      (one, words) => document.querySelector(one)?.textContent.includes(words),
      { polling: 50 },
      selector,
      text,
    )
  const click = (selector) => page.evaluate((one) => document.querySelector(one).click(), selector)
  return {
    page,
    has,
    click,
    /** Whether a person who looks would see it. */
    sees: (selector) =>
      page.evaluate(
        (one) => document.querySelector(one)?.checkVisibility({ visibilityProperty: true, opacityProperty: true }) === true,
        selector,
      ),
    async choices() {
      await has('#continue', 'Fortsätt')
      await click('#continue')
    },
    async starts() {
      await this.choices()
      await click('#start')
    },
    async joins() {
      await this.starts()
      await has('#status', 'nummer 1')
    },
    isTalking: () => has('#status', 'Skriv i din takt'),
    async writes(text) {
      await page.evaluate((words) => {
        const field = document.querySelector('#field')
        field.value = words
        field.dispatchEvent(new Event('input', { bubbles: true }))
      }, text)
    },
    async say(text) {
      await this.writes(text)
      await click('#send')
      await has('#log', text)
    },
    reads: (text) => has('#log', text),
    messages: () => page.$$eval('#log .bubble', (all) => all.map((one) => one.textContent)),
    delivered: (count) =>
      until(`${count} delivered`, () =>
        page.$$eval('#log .mark', (all, wanted) => all.filter((one) => one.textContent === 'levererat').length === wanted, count),
      ),
    draft: () => page.$eval('#field', (field) => field.value),
    leave: () => click('#exit'),
    isAway: () => until('away', async () => (await address(page))?.startsWith(exit) && (await page.content()).includes('Vädret')),
  }
}

/** Asked of the page itself; none while it changes. */
export const address = (page) => page.evaluate(() => location.href).catch(() => null)

export async function showsNothingOf(page, words) {
  const content = await page.content()
  assert.deepEqual(words.filter((one) => content.includes(one)), [])
}

/** Both talk, with words on each side and a half-written one in the field. */
export async function talking({ anna, eva, canary, answer }) {
  await eva.opens()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say(canary.text)
  await eva.reads(canary.text)
  await eva.say(answer)
  await anna.reads(answer)
  await anna.writes(`Halvskrivet ${canary.text}`)
}

/** Another page comes to the front: this one is hidden, as by the browser's own word. */
export async function putAway({ page, newPage }) {
  const other = await newPage()
  await other.goto('about:blank')
  await other.bringToFront()
  await until('hidden', () => page.evaluate(() => document.visibilityState === 'hidden'))
  return async function takeUp() {
    await page.bringToFront()
    await until('visible', () => page.evaluate(() => document.visibilityState === 'visible'))
    await other.close()
  }
}

/**
 * Asleep as a whole, as a phone is: no timer runs, no message is taken, and the network does not answer for the page.
 * (The process that talks to the network would: it answers the relay's pings by itself.) Chromium only. Answers how it
 * wakes.
 */
export async function fallsAsleep({ phone }) {
  const session = await phone.browser.target().createCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const asleep = processInfo.filter(({ type }) => type !== 'browser').map(({ id }) => id)
  asleep.forEach((id) => process.kill(id, 'SIGSTOP'))
  return () => asleep.forEach((id) => process.kill(id, 'SIGCONT'))
}
