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

/** Notes how long the page's longest task was before anybody tapped, and each step of the module. */
function watches() {
  // The step that makes the greeting, and the one that an envelope comes into.
  const seen = (globalThis.seen = { tasks: [], steps: { 2: 0, 5: 0 } })
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration]))).observe({ type: 'longtask', buffered: true })
  const instantiate = WebAssembly.instantiate
  WebAssembly.instantiate = async (module, imports) => {
    const { exports } = await instantiate(module, imports)
    const step = (length) => {
      const [op] = new Uint8Array(exports.memory.buffer, exports.mailbox(), 1)
      const begun = performance.now()
      const answered = exports.step(length)
      if (op in seen.steps) seen.steps[op] = Math.max(seen.steps[op], performance.now() - begun)
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

story('a slow phone', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const runs = []
  for (let run = 0; run < RUNS; run += 1) {
    const phone = await scene.phone({ from: 'about:blank' })
    const { page } = phone
    await page.goto('about:blank')
    const { session, rows: fetched } = await listensToWire(page)
    await session.send('Network.emulateNetworkConditions', NETWORK)
    await session.send('Emulation.setCPUThrottlingRate', { rate: 6 })
    await page.addInitScript(watches)
    await page.addInitScript(hurries)
    await page.goto(scene.stage.relay.visitor, { waitUntil: 'commit' })
    await until('a place in the line', () => page.evaluate(() => Boolean(globalThis.at?.inLine)).catch(() => false), 60_000)
    const came = fetched()
    await eva.talksToNext()
    await phone.isTalking()
    const { at, seen } = await page.evaluate(() => ({ at: globalThis.at, seen: globalThis.seen }))
    // The tap is one of the script's own tasks, and what it does comes after it.
    const tasks = seen.tasks.filter(([begun, took]) => begun + took <= at.goesOn).map(([, took]) => took)
    runs.push({ ...at, came, greets: seen.steps[2] + seen.steps[5], longest: Math.max(0, ...tasks) })
    await page.close()
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
