// How long the shipped modules take in Node on the frozen chat, against the native doors of the same run.
//
//   cargo bench … | node doors.mjs RESULTS
//
// Prints a table. RESULTS is an array of { name, value, unit, baseline, ratio }; what stands there under other names
// is kept.

import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { replay } from '../test/replay.js'

const results = process.argv[2]
const root = join(import.meta.dirname, '../..')
const assets = join(root, 'web-client/dist/assets')
const vector = JSON.parse(readFileSync(join(root, 'protocol/manual/vectors/doors.json'), 'utf8'))
const file = (name, kind) =>
  join(assets, readdirSync(assets).find((one) => new RegExp(`^${name}-\\w{12}\\.${kind}$`).test(one)))

const first = (door, op, least = 0) =>
  vector.steps.findIndex((step) => step.door === door && step.op === op && step.fields.length / 2 + 137 > least)
const wanted = { hello: first('visit', 2), answer: first('chat', 201), finish: first('visit', 5, 2_072) }

function median(all) {
  return all.sort((a, b) => a - b)[all.length >> 1]
}

/** Microseconds of each kind of step, median of the rounds. */
function measure(fresh, rounds) {
  const took = { hello: [], answer: [], finish: [], 'seal a text': [] }
  for (let round = 0; round < rounds; round += 1) {
    let spent = 0
    const timed = (name) => {
      const door = fresh[name]()
      return {
        memory: door.memory,
        mailbox: door.mailbox,
        step(length) {
          const begun = process.hrtime.bigint()
          const answered = door.step(length)
          spent = Number(process.hrtime.bigint() - begun) / 1_000
          return answered
        },
      }
    }
    for (const { step } of replay(vector, timed)) {
      const name = Object.keys(wanted).find((one) => wanted[one] === step.at)
      if (name) took[name].push(spent)
      else if (step.door === 'visit' && step.op === 7 && step.at > wanted.finish) took['seal a text'].push(spent)
    }
  }
  return Object.entries(took).map(([name, all]) => [name, median(all)])
}

const rows = readFileSync(0, 'utf8').split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
const native = Object.fromEntries(rows.map(({ name, value }) => [name, value]))
const compiled = (name) => new WebAssembly.Module(readFileSync(file(name, 'wasm')))
// A chat of two has no channel between seats.
const names = ['visit', 'seat', 'chat']
const each = async (make) => Object.fromEntries(await Promise.all(names.map(async (name) => [name, await make(name)])))
const modules = {
  'WebAssembly in Node': [
    await each((name) => {
      const module = compiled(name)
      return () => new WebAssembly.Instance(module).exports
    }),
    20,
  ],
  'JavaScript in Node': [await each(async (name) => (await import(file(name, 'js'))).default), 5],
}
for (const [how, [fresh, rounds]] of Object.entries(modules)) {
  for (const [name, value] of measure(fresh, rounds)) {
    const baseline = `${name}, native`
    rows.push({
      name: `${name}, ${how}`,
      value: Number(value.toFixed(1)),
      unit: 'us',
      baseline,
      ratio: Number((value / native[baseline]).toFixed(2)),
    })
  }
}
console.table(rows.map(({ name, value, unit, ratio, baseline }) => ({ name, value, unit, ratio, baseline })))
const before = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : []
mkdirSync(dirname(results), { recursive: true })
const kept = before.filter(({ name }) => !rows.some((row) => row.name === name))
writeFileSync(results, `${JSON.stringify([...kept, ...rows], null, 1)}\n`)
