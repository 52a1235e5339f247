// Pictures of the console, to be looked at by people: `make pictures`, then target/screenshots/picture-desk-*.png.
//
// Each state on a desk of 1280×800; where the room or the colours matter also on a tablet and in the dark. Enrolment, a
// refused sign-in and the statistics are photographed by the stories that have them (sign_in, console_lock, counting).

import { lookAs } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const DESK = { width: 1280, height: 800 }
const LOOKS = [
  ['desk', 'light', DESK],
  ['tablet', 'light', { width: 820, height: 1180 }],
  ['dark', 'dark', DESK],
]

let number = 0
async function picture(scene, { page }, state, all = false) {
  number += 1
  for (const [name, mode, size] of all ? LOOKS : LOOKS.slice(0, 1)) {
    await page.setViewportSize(size)
    await lookAs(page, mode)
    await scene.screenshot(page, `picture-desk-${String(number).padStart(2, '0')}-${state}-${name}`)
  }
  await page.setViewportSize(DESK)
  await lookAs(page, 'light')
}

const within = 300_000
const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const nameOf = (person) => person.page.locator('#name').textContent()
const toggle = (person, id) => person.page.locator(`#${id}`).click()

story('pictures of a shift', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const take = (state, all) => picture(scene, eva, state, all)
  await take('resting', true)
  await toggle(eva, 'pause-open')
  await take('pause')
  await eva.page.keyboard.press('Escape')
  await eva.opens()
  await take('on-duty')
  const [anna, bea, cia] = [await scene.phone(), await scene.phone(), await scene.phone()]
  await anna.joins()
  await bea.joins('I mitt arbete')
  await cia.joins('För någon annan')
  await until('three wait', async () => (await eva.page.locator('#queue li').count()) === 3)
  await take('line', true)
  await eva.talksToNext()
  await anna.isTalking()
  await eva.say('Hej, jag heter Eva. Kan du skriva utan att någon ser?')
  await anna.say('Ja. Mamma är på jobbet till fem. Min bror kommer hem om en timme.')
  await eva.reads('Min bror')
  await take('chat', true)
  await toggle(eva, 'beside-open')
  await eva.page.locator('#beside').getByRole('button', { name: /våld|Våld/ }).first().click()
  await take('risk-panel', true)
  await toggle(eva, 'beside-open')
  await eva.takeNext()
  await until('two chats', async () => (await eva.page.getByRole('tab').count()) === 2)
  await take('two-chats', true)
  await eva.takeNext()
  await until('three chats', async () => (await eva.page.getByRole('tab').count()) === 3)
  await bea.isTalking()
  await toggle(eva, 'beside-open')
  await eva.page.locator('#beside').getByRole('button', { name: 'Konsultation' }).click()
  await take('consultation', true)
  await toggle(eva, 'beside-open')
  await eva.page.getByRole('tab').first().click()
  await eva.page.clock.fastForward(5 * 60_000)
  await eva.page.getByRole('dialog', { name: 'Låst' }).waitFor()
  await take('locked', true)
  await eva.page.getByRole('button', { name: /^Lås upp/ }).click()
  await eva.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await eva.page.getByRole('dialog', { name: 'Dolt' }).waitFor()
  await take('covered')
  await eva.page.keyboard.press('x')
  await anna.page.close()
  await eva.page.getByText('Besökaren lämnade sidan snabbt').first().waitFor()
  await take('left-fast', true)
}, { within })

story('pictures of two at work', async (scene) => {
  const [eva, bo] = [await scene.desk(), await scene.otherDesk()]
  const take = (state, person = eva, all = false) => picture(scene, person, state, all)
  await eva.opens()
  await bo.onDuty()
  const [evas, bos] = [await nameOf(eva), await nameOf(bo)]
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say('Hej')
  await button(eva, 'Bjud in').click()
  await button(eva, `${bos} (Kurator)`).waitFor()
  await take('guest-choice', eva, true)
  await button(eva, `${bos} (Kurator)`).click()
  await button(bo, 'Ja').waitFor()
  await take('guest-asked')
  await take('guest-is-asked', bo)
  await anna.page.locator('#offer').getByRole('button', { name: 'Ja', exact: true }).click()
  await button(bo, 'Ja').click()
  await bo.page.getByText(`I samtalet: ${evas} (Kurator)`).waitFor()
  await take('guest-in', eva, true)
  await take('guest', bo)
  await button(bo, 'Lämna samtalet').click()
  await button(bo, 'Lämna nu').click()
  await bo.page.getByText('Samtalet är inte längre ditt.').waitFor()
  await button(eva, 'Lämna över').click()
  await eva.page.getByRole('textbox', { name: 'Vill du att kollegan får veta något?' }).fill('Rädd för att gå hem i dag.')
  await button(eva, `${bos} (Kurator)`).click()
  await anna.page.locator('#offer').getByRole('button', { name: 'Ja', exact: true }).click()
  await take('hand-over-asked', eva, true)
  await button(bo, 'Ja').last().click()
  await bo.page.getByText(`Sammanfattning från ${evas}.`).waitFor()
  await take('summary', bo, true)
  await bo.end()
  await bo.page.locator('.ending').filter({ visible: true }).waitFor()
  // Fifteen seconds, and the card is gone.
  const group = (at) => bo.page.locator('.ending').filter({ visible: true }).getByRole('group').nth(at)
  await group(0).getByRole('button').first().click()
  await take('ending', bo)
  await group(1).getByRole('button').first().click()
  await take('ended', bo, true)
  await toggle(eva, 'staffroom-open')
  await take('staffroom', eva, true)
}, { within })

story('pictures of practice', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  await button(eva, 'Öva').or(eva.page.locator('#training-open')).first().click()
  await picture(scene, eva, 'training', true)
  await eva.page.getByRole('region', { name: 'ÖVNING' }).getByRole('listitem').getByRole('button').first().click()
  await eva.page.getByRole('region', { name: 'ÖVNING' }).getByRole('status').filter({ hasText: 'kontakt' }).first().waitFor()
  await picture(scene, eva, 'training-chat', true)
  await toggle(eva, 'sign-out')
  await picture(scene, eva, 'sign-out')
}, { within })
