// A centre's own clocks: of silence, at both ends, and of the seat.

import assert from 'node:assert/strict'
import { centreWith } from './centre.mjs'
import { story } from './scene.mjs'

const config = await centreWith({ silence_ask: '1 min', silence_warn: '2 min', silence_close: '5 min', seat_renew: '2 s' })

/** One step of a machine counts at most half a minute. */
async function secondsPass(anna, seconds) {
  for (let passed = 0; passed < seconds; passed += 20) await anna.page.clock.runFor(20_000)
}

story('silence is asked about and warned of when the centre’s file says, and in its minutes', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone({ clock: true })
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say('Hej')
  await eva.reads('Hej')
  const asked = anna.page.locator('#silence-words')
  assert.ok(await asked.isHidden())
  await secondsPass(anna, 80)
  await asked.filter({ hasText: /^Är du kvar\?$/ }).waitFor()
  await secondsPass(anna, 60)
  await asked.filter({ hasText: 'Är du kvar? Chatten stängs om 3 minuter för din säkerhet.' }).waitFor()
  await anna.page.getByRole('button', { name: 'Jag är kvar' }).click()
  await asked.waitFor({ state: 'hidden' })
  // The seat was renewed all the time, by a worker that was told how often.
  const [heart] = eva.page.workers()
  assert.equal(await heart.evaluate(() => self.name), '2000', 'milliseconds')
  await eva.page.getByText('Öppet för besökare', { exact: true }).waitFor()
}, { config })
