// How long a slow phone takes: 400 kbit/s, 400 ms there and back, a processor six times slower than this one. Run by
// `make bench`, which puts the numbers into target/bench/results.json.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './people.mjs'
import { story } from './scene.mjs'
import { listensToWire } from './wire.mjs'

const results = fileURLToPath(new URL('../../target/bench/results.json', import.meta.url))
const RUNS = 3
const NETWORK = { offline: false, latency: 400, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8 }

/** What is measured, and the goal. Milliseconds from the tap on the address, if nothing else is said. */
const GOALS = {
  'the way out and the safety text are painted': 2_000,
  'the chat is ready': 6_000,
  'a place in the line, if nobody reads': null,
  'greeting, the module\'s two steps': 150,
  'longest task before the first tap': 50,
}

/** Notes every task of more than 50 ms. */
function watchesTasks() {
  const tasks = (globalThis.tasks = [])
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true })
}

/** Notes how long each step of the module took. */
function watchesSteps() {
  // The step that makes the greeting, and the one that an envelope comes into.
  const steps = (globalThis.steps = { 2: 0, 5: 0 })
  const instantiate = WebAssembly.instantiate
  WebAssembly.instantiate = async (module, imports) => {
    const { exports } = await instantiate(module, imports)
    const step = (length) => {
      const [op] = new Uint8Array(exports.memory.buffer, exports.mailbox(), 1)
      const begun = performance.now()
      const answered = exports.step(length)
      if (op in steps) steps[op] = Math.max(steps[op], performance.now() - begun)
      return answered
    }
    return { exports: { ...exports, step } }
  }
}

/** Somebody who reads nothing: goes on as soon as there is anything to go on with, and notes when. */
function hurries() {
  const at = (globalThis.at = {})
  const visible = (id) => document.getElementById(id)?.checkVisibility()
  const look = () => {
    at.painted ??= performance.getEntriesByName('first-contentful-paint')[0]?.startTime
    if (!at.goesOn && visible('continue')) {
      at.goesOn = performance.now()
      document.getElementById('continue').click()
    }
    if (!at.starts && visible('start') && !document.getElementById('start').disabled && performance.getEntriesByType('resource').some(({ name }) => name.endsWith('.wasm'))) {
      at.starts = performance.now()
      document.getElementById('start').click()
    }
    if (/\d/.test(document.getElementById('status')?.textContent ?? '')) at.inLine ??= performance.now()
    if (!at.inLine) setTimeout(look, 20)
  }
  look()
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** A new phone, before the address is tapped. */
async function slowPhone(scene, ...scripts) {
  const phone = await scene.phone({ from: 'about:blank' })
  await phone.page.goto('about:blank')
  const { session, rows } = await listensToWire(phone.page)
  await session.send('Network.emulateNetworkConditions', NETWORK)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 6 })
  for (const script of scripts) await phone.page.addInitScript(script)
  return { phone, page: phone.page, fetched: rows }
}

/** Somebody who reads all of it. Nothing is asked of the page before everything has come. */
async function reads(scene) {
  const { page } = await slowPhone(scene, watchesTasks)
  const module = page.waitForResponse((response) => response.url().endsWith('.wasm'))
  const state = page.waitForResponse((response) => new URL(response.url()).pathname === '/state')
  await page.goto(scene.stage.relay.visitor, { waitUntil: 'commit' })
  for (const response of await Promise.all([module, state])) await response.finished()
  // What came last is worked in, and painted.
  const tasks = await page.evaluate(() => new Promise((done) => requestIdleCallback(() => requestIdleCallback(() => done(globalThis.tasks)))))
  await page.close()
  return Math.max(0, ...tasks)
}

async function talks(scene, eva) {
  const { phone, page, fetched } = await slowPhone(scene, watchesSteps, hurries)
  await page.goto(scene.stage.relay.visitor, { waitUntil: 'commit' })
  await until('a place in the line', () => page.evaluate(() => Boolean(globalThis.at?.inLine)).catch(() => false), 60_000)
  const came = fetched()
  await eva.talksToNext()
  await phone.isTalking()
  const { at, steps } = await page.evaluate(() => ({ at: globalThis.at, steps: globalThis.steps }))
  await page.close()
  return { ...at, came, greets: steps[2] + steps[5] }
}

story('a slow phone', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const runs = []
  for (let run = 0; run < RUNS; run += 1) {
    const longest = await reads(scene)
    runs.push({ ...(await talks(scene, eva)), longest })
  }
  const value = (name) => Math.round(median(runs.map((run) => run[name])))
  const values = ['painted', 'starts', 'inLine', 'greets', 'longest'].map(value)
  const rows = Object.entries(GOALS).map(([name, goal], index) => ({
    name: `slow phone: ${name}`,
    value: values[index],
    unit: 'ms',
    baseline: goal === null ? null : `the goal, ${goal} ms`,
    ratio: goal === null ? null : Number((values[index] / goal).toFixed(2)),
  }))
  for (const { name, raw, wire } of runs[0].came) {
    rows.push({ name: `first visit: ${name.replace(/-[\w-]{8,12}\./, '.')}, with its head`, value: wire, unit: 'B', baseline: `${raw} B raw`, ratio: Number((wire / raw).toFixed(2)) })
  }
  console.table(rows)
  const before = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : []
  mkdirSync(dirname(results), { recursive: true })
  const kept = before.filter(({ name }) => !rows.some((row) => row.name === name))
  writeFileSync(results, `${JSON.stringify([...kept, ...rows], null, 1)}\n`)
}, { within: 300_000 })
