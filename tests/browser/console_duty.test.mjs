// The counsellor's duty: pauses, a seat that was gone, a sound that is blocked, and how many chats at once.
//
// The stories move the page's clock; the heartbeat's worker has one of its own, which goes on.

import assert from 'node:assert/strict'
import { centreWith } from './centre.mjs'
import { everyMode, faults } from './looks.mjs'
import { until } from './people.mjs'
import { story, together } from './scene.mjs'

const state = async (scene) => (await (await fetch(new URL('/state', scene.stage.relay.visitor))).json()).state
const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const onDuty = (person, checked) => person.page.getByRole('switch', { name: 'I tjänst', checked }).waitFor()

story('in a pause visitors see that nobody is here, and it ends by hand alone', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  await eva.opens()
  await button(eva, 'Paus').click()
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-pause-choices')
  await button(eva, '5 min').click()
  await onDuty(eva, false)
  await eva.page.locator('#pause-left').filter({ hasText: '5 min kvar.' }).waitFor()
  await until('visitors see away', async () => (await state(scene)) === 'away')

  await eva.page.clock.fastForward(4 * 60_000)
  await eva.page.locator('#pause-left').filter({ hasText: '1 min kvar.' }).waitFor()
  await eva.page.keyboard.press('Escape')
  await eva.page.clock.fastForward(2 * 60_000)
  await eva.page.locator('#pause-over').getByText('Pausen är slut. Du är inte i tjänst förrän du säger till.').waitFor()
  assert.equal(await state(scene), 'away', 'nobody came back by themselves')
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-pause-over')
  await button(eva, '5 minuter till').click()
  await eva.page.locator('#pause-left').filter({ hasText: '5 min kvar.' }).waitFor()
  await button(eva, 'Paus').click()
  await eva.page.getByLabel('Lunch till').fill('00:00')
  await button(eva, 'Ta lunch').click()
  await eva.page.getByText('Skriv en tid som kommer inom tre timmar.').waitFor()
  await eva.page.keyboard.press('Escape')
  await eva.page.getByRole('switch', { name: 'I tjänst' }).click()
  await onDuty(eva, true)
  assert.equal(await eva.page.locator('#pause-left').isVisible(), false)
  await until('visitors see open', async () => (await state(scene)) === 'open')
})

story('a pause goes on behind the lock, and asks there too', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  await eva.opens()
  await button(eva, 'Paus').click()
  await button(eva, '10 min').click()
  await eva.page.clock.fastForward(5 * 60_000)
  await eva.page.getByText('Konsolen låstes, och din plats är borta').waitFor()
  await eva.page.locator('#pause-gate').filter({ hasText: '5 min kvar.' }).waitFor()
  await eva.page.clock.fastForward(5 * 60_000)
  await eva.page.locator('#pause-gate').filter({ hasText: 'Pausen är slut.' }).waitFor()
  await scene.screenshot(eva.page, 'console-pause-locked')
  await button(eva, 'Lås upp (demonstration: här krävs ingen passnyckel)').click()
  await button(eva, 'Tillbaka i tjänst').click()
  await onDuty(eva, true)
  await until('visitors see open', async () => (await state(scene)) === 'open')
})

story('a colleague who is ready keeps the door open while one of two is in a pause', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const bo = await scene.otherDesk()
  await bo.opens()
  await button(eva, 'Paus').click()
  await button(eva, '10 min').click()
  await onDuty(eva, false)
  const anna = await scene.phone()
  assert.equal(await state(scene), 'open')
  await anna.joins()
  assert.ok(await button(eva, 'Ta nästa').isDisabled(), 'nobody in a pause takes somebody by mistake')
  await bo.talksToNext()
})

story('on duty without a hand the console asks loudly for a minute, and then rests', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  await eva.opens()
  await eva.page.getByText('Är du kvar? Annars går du ur tjänst om en minut.').waitFor({ state: 'hidden' })
  await eva.page.clock.fastForward(5 * 60_000)
  await eva.page.getByText('Är du kvar? Annars går du ur tjänst om en minut.').waitFor()
  assert.match(await eva.page.title(), /^Är du kvar\?/)
  await button(eva, 'Jag är kvar').click()
  await eva.page.getByText('Är du kvar? Annars går du ur tjänst om en minut.').waitFor({ state: 'hidden' })
  await eva.page.clock.fastForward(5 * 60_000)
  await eva.page.getByText('Är du kvar? Annars går du ur tjänst om en minut.').waitFor()
  await eva.page.clock.fastForward(60_000)
  await eva.page.getByText('Du gick ur tjänst för att ingen rörde sidan på länge.').waitFor()
  await until('visitors see away', async () => (await state(scene)) === 'away')
}, { config: await centreWith({ lock_after: '30 min', ready_idle: '5 min' }) })

story('a console that slept loses its seat, and its counsellor is told so until they have seen it', async (scene) => {
  const { anna, eva } = await together(scene)
  // The page does nothing for longer than the lease. Its worker beats on, and nobody answers.
  const sleeping = eva.page.evaluate(() => {
    for (const end = Date.now() + 30_000; Date.now() < end; );
  })
  await until('the seat is gone', async () => (await state(scene)) !== 'open', 40_000)
  await sleeping
  await eva.page.getByText('Din plats var borta i 1 min').waitFor()
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-seat-lost')
  await button(eva, 'Jag har sett det').click()
  await eva.page.getByText('Din plats var borta').waitFor({ state: 'hidden' })
  await eva.sees('kontakt')
  await until('open again', async () => (await state(scene)) === 'open')
})

/** A page that no hand has touched: whatever a driver evaluates in one counts as a touch, and this does not see it. */
function untouched() {
  let touched = false
  addEventListener('pointerdown', () => (touched = true), true)
  Object.defineProperty(navigator, 'userActivation', { get: () => ({ hasBeenActive: touched }) })
}

story('a blocked sound is told at once, and one press anywhere turns it on', async (scene) => {
  const eva = await scene.desk(untouched)
  await eva.page.getByText('Webbläsaren stoppar ljudet: du hör inte när någon kommer. Tryck en gång.').waitFor()
  await scene.screenshot(eva.page, 'console-sound')
  await eva.page.mouse.click(640, 700)
  await eva.page.getByText('Webbläsaren stoppar ljudet').waitFor({ state: 'hidden' })
})
