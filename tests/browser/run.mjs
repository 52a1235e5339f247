// Every story file, two at a time: stories mostly wait. A file that failed is told again by itself, since a machine with two
// cores and four browsers can miss a deadline that no person would; what fails alone as well has failed, and both
// are said.

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { text } from 'node:stream/consumers'

const AT_ONCE = 2

/** Tells one file; what it said, and whether every story in it holds. */
async function tell(file) {
  const began = Date.now()
  const told = spawn(process.execPath, ['--test', '--test-reporter=spec', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => told.on('close', resolve))
  const said = await text(told.stdout)
  const holds = (await ended) === 0
  console.log(`--- ${file}, ${Math.round((Date.now() - began) / 1000)} s${holds ? '' : ', FAILED'}\n${said}`)
  return holds
}

/** Tells all of them, `atOnce` at a time; those that failed. */
async function tellAll(files, atOnce) {
  const waiting = [...files]
  const failed = []
  const teller = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) if (!(await tell(file))) failed.push(file)
  }
  await Promise.all(Array.from({ length: atOnce }, teller))
  return failed
}

const files = readdirSync('.').filter((file) => file.endsWith('.test.mjs'))
const beside = await tellAll(files, AT_ONCE)
const alone = await tellAll(beside, 1)
const passed = beside.filter((file) => !alone.includes(file))
if (passed.length > 0) console.log(`Failed beside others and held alone: ${passed.join(', ')}`)
if (alone.length > 0) console.log(`FAILED: ${alone.join(', ')}`)
console.log(`${files.length - alone.length} of ${files.length} files hold`)
process.exitCode = files.length > 0 && alone.length === 0 ? 0 : 1
