// What counsellors write to each other: sealed like a chat, gone with the seat, and a talk that is asked for.

import assert from 'node:assert/strict'
import { faults } from './looks.mjs'
import { until } from './people.mjs'
import { story, together } from './scene.mjs'

const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const nameOf = (person) => person.page.locator('#name').textContent()
const room = (person) => person.page.getByRole('region', { name: 'Kollegor' })
const log = (person) => room(person).getByRole('log')
const opens = (person) => person.page.locator('#staffroom-open').click()
const chooses = (person, name) => room(person).getByRole('button', { name: `${name} (Kurator)` }).click()

async function writes(person, name, text) {
  await room(person).getByRole('textbox', { name: `Skriv till ${name}` }).fill(text)
  await person.page.keyboard.press('Enter')
  await log(person).getByText(text).waitFor()
}

story('two counsellors on duty write to each other, and nothing is left when one signs out', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  await opens(eva)
  await room(eva).getByText('Ingen annan är inloggad just nu.').waitFor()
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const [evas, bos] = [await nameOf(eva), await nameOf(bo)]

  await chooses(eva, bos)
  await writes(eva, bos, scene.canary.text)
  // The other one sees that somebody has written, and by whom when they look.
  await button(bo, 'Kollegor (1 nya)').click()
  await chooses(bo, evas)
  await log(bo).getByText(scene.canary.text).waitFor()
  await button(bo, 'Kollegor').waitFor()
  await log(eva).getByText('levererat').waitFor()
  await writes(bo, evas, scene.answer)
  await log(eva).getByText(scene.answer).waitFor()
  // What a person pastes is never taken for a sign of the machine's.
  await room(bo).getByRole('textbox', { name: `Skriv till ${evas}` }).fill('\u0005Kaffe?')
  await bo.page.keyboard.press('Enter')
  await log(eva).getByText('Kaffe?').waitFor()
  assert.ok(await eva.page.locator('#staffroom-news').isHidden())
  await scene.screenshot(eva.page, 'staffroom-1-talking')
  assert.deepEqual(await faults(eva.page), [])
  await eva.page.setViewportSize({ width: 768, height: 1024 })
  await scene.screenshot(eva.page, 'staffroom-1-tablet')
  assert.deepEqual(await faults(eva.page), [])
  await eva.page.setViewportSize({ width: 1280, height: 800 })

  // Escape closes it, and the hand is where it was.
  await eva.page.keyboard.press('Escape')
  assert.ok(await room(eva).isHidden())
  assert.ok(await eva.page.locator('#staffroom-open').evaluate((one) => one === document.activeElement))
  await opens(eva)
  await log(eva).getByText(scene.answer).waitFor()

  await button(eva, 'Logga ut').click()
  await eva.page.getByText('Du är utloggad.').waitFor()
  const left = await eva.page.content()
  assert.ok(!left.includes(scene.answer) && !left.includes(scene.canary.text))
  await room(bo).getByText(`${evas} nås inte längre.`).waitFor()
  assert.ok(await button(bo, `Skicka till ${evas}`).isDisabled())
}, { within: 120_000 })

story('after a hard chat a talk is asked for: the colleague sees it at once, and answers now or later', async (scene) => {
  const { eva, anna } = await together(scene)
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const [evas, bos] = [await nameOf(eva), await nameOf(bo)]
  await anna.say('Hej')
  await eva.reads('Hej')
  await eva.end()
  await button(eva, 'Avsluta nu').click()
  await anna.isOver()
  await button(eva, 'Stöd eller hänvisning').click()
  await eva.page.locator('.ending [role="group"]').nth(1).getByRole('button').first().click()

  await button(eva, 'Be en kollega om ett samtal').click()
  await chooses(eva, bos)
  await scene.screenshot(eva.page, 'staffroom-2-after')
  assert.deepEqual(await faults(eva.page), [])
  await button(eva, 'Be om ett samtal').click()
  await log(eva).getByText('Du bad om ett samtal.').waitFor()
  assert.ok(await button(eva, 'Be om ett samtal').isDisabled(), 'asked once')
  const asked = bo.page.getByRole('region', { name: 'En kollega vill prata' })
  await asked.getByText(`${evas} vill prata med dig efter ett samtal.`).waitFor()
  await scene.screenshot(bo.page, 'staffroom-2-asked')
  assert.deepEqual(await faults(bo.page), [])
  // By the keyboard alone.
  await asked.getByRole('button', { name: 'Nu', exact: true }).focus()
  await bo.page.keyboard.press('Enter')
  await asked.waitFor({ state: 'hidden' })
  await log(eva).getByText(`${bos} kan prata nu.`).waitFor()

  await button(eva, 'Be om ett samtal').click()
  await asked.getByRole('button', { name: 'Senare', exact: true }).click()
  await log(eva).getByText(`${bos} kan prata senare.`).waitFor()
  // Who rests is not called back to work.
  await bo.page.getByRole('switch', { name: 'I tjänst' }).click()
  await until('no talk with who rests', () => button(eva, 'Be om ett samtal').isDisabled())
}, { within: 120_000 })
