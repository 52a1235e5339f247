// The staff change the opening hours at the console, and visitors are told at once.
//
// Hours of the demonstration's centre: Monday to Friday 10-15, last admission half an hour before closing.

import assert from 'node:assert/strict'
import { everyMode, faults } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const doorIs = (person, state) =>
  until(`the door is ${state}`, async () => (await person.page.locator('html').getAttribute('data-state')) === state)

/** What a counsellor does with the opening hours, in the words that stand there. */
function hours({ page }) {
  const panel = page.getByRole('region', { name: 'Öppettider' })
  const press = (name) => panel.getByRole('button', { name, exact: true }).click()
  const sure = panel.locator('.note')
  return {
    panel,
    sure,
    press,
    list: panel.getByRole('list', { name: 'Ändringar' }),
    said: panel.getByRole('status'),
    async open() {
      await page.getByRole('button', { name: 'Öppettider', exact: true }).click()
      await panel.getByRole('heading', { name: 'Öppettider' }).waitFor()
      await until('the present hours', async () => (await panel.locator('#hours-present').innerText()) !== '')
    },
    /** Reads the question and says yes. */
    async isSure(words, visitors) {
      await sure.getByText(words).waitFor()
      await sure.locator('blockquote').getByText(visitors).waitFor()
      await press('Ja, ändra')
      await panel.getByText('Ändrat. Besökarnas sidor följer med').waitFor()
    },
  }
}

/** What the relay says to anybody who asks. */
const state = async (scene) => (await fetch(new URL('/state', scene.stage.relay.visitor))).json()

story('nobody new today: visitors are told at once, those who wait stay, and it can be undone', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const waiting = await scene.phone()
  await waiting.joins()
  const anna = await scene.phone({ clock: true })
  assert.equal(await anna.page.locator('html').getAttribute('data-state'), 'open')

  const desk = hours(eva)
  await desk.open()
  assert.match(await desk.panel.innerText(), /I dag öppet 10\.00–15\.00, nya besökare till 14\.30\. Just nu tas nya besökare emot\./)
  await desk.press('Ta inte emot fler i dag')
  await desk.sure.getByText('Besökare ser genast:').waitFor()
  await scene.screenshot(eva.page, 'staff-hours-1-sure')
  assert.deepEqual(await faults(eva.page, everyMode), [])
  assert.equal((await state(scene)).state, 'open', 'nothing happens before somebody is sure')
  await desk.isSure('Ingen ny besökare släpps in i dag.', 'Vi tar inte emot fler chattar i dag.')
  await desk.list.getByText(/I dag: inga nya besökare efter 11\.0\d/).waitFor()
  assert.equal((await state(scene)).state, 'closing')
  await doorIs(eva, 'closing')
  await eva.page.getByText('Sista intag har passerat', { exact: true }).waitFor()
  // The one who waits hears of it by the socket, and keeps the place.
  await doorIs(waiting, 'closing')
  assert.equal(await waiting.place(), 1)
  await anna.page.clock.runFor(30_000)
  await doorIs(anna, 'closing')
  await anna.continueAfterSafety()
  assert.equal(await anna.page.getByRole('button', { name: 'Starta chatten' }).isEnabled(), false)
  await scene.screenshot(eva.page, 'staff-hours-2-changed')
  assert.deepEqual(await faults(eva.page, everyMode), [])

  await desk.list.getByRole('button', { name: 'Ångra' }).click()
  await desk.isSure('Ändringen tas bort: I dag: inga nya besökare efter', 'öppen')
  await desk.panel.getByText('Inga ändringar. De vanliga öppettiderna gäller.').waitFor()
  await doorIs(waiting, 'open')
  await anna.page.clock.runFor(30_000)
  await doorIs(anna, 'open')
}, { clock: '2026-11-23T11:00:00+01:00' })

story('closed tomorrow and an extra evening: the closed page says the next opening in words, in every language', async (scene) => {
  const eva = await scene.desk()
  const desk = hours(eva)
  await desk.open()
  assert.match(await desk.panel.innerText(), /Just nu är det stängt\. Nästa öppning: i morgon klockan 10\.00\./)
  const before = await state(scene)
  await desk.press('Stängt i morgon')
  assert.equal(await desk.panel.getByLabel('Dag').inputValue(), '2026-11-24')
  await desk.press('Visa vad besökare ser')
  await desk.sure.getByText('Besökare ser från i morgon klockan 10.00:').waitFor()
  await desk.isSure('Chatten är stängd i morgon, hela dagen.', 'Vi öppnar i morgon klockan 10.00.')
  const closed = await state(scene)
  assert.deepEqual(closed.edits, ['2026-11-24 closed'])
  assert.ok(closed.sv.sentence.includes('Vi öppnar på onsdag klockan 10.00.'), closed.sv.sentence)
  const tags = Object.keys(closed).filter((tag) => typeof closed[tag] === 'object' && 'sentence' in closed[tag])
  assert.equal(tags.length, 10)
  for (const tag of tags) assert.notEqual(closed[tag].sentence, before[tag].sentence, tag)

  // By the keyboard alone, and in English.
  await eva.page.getByRole('button', { name: 'English' }).click()
  const panel = eva.page.getByRole('region', { name: 'Opening hours' })
  await panel.getByText('Tomorrow: closed').waitFor()
  await panel.getByRole('button', { name: 'Extra hours …' }).focus()
  await eva.page.keyboard.press('Enter')
  await until('the first field', () => panel.getByLabel('Day').evaluate((field) => field === document.activeElement))
  await panel.getByLabel('From').fill('17:00')
  await panel.getByLabel('To').fill('17:10')
  await eva.page.keyboard.press('Enter')
  await panel.getByText('nobody could be let in').waitFor()
  await panel.getByLabel('To').fill('19:30')
  await eva.page.keyboard.press('Enter')
  await panel.getByText('The chat is also open today from 17:00 to 19:30.').waitFor()
  await until('the question has the focus', () =>
    panel.locator('#hours-sure').evaluate((sure) => sure === document.activeElement))
  await scene.screenshot(eva.page, 'staff-hours-3-english')
  await eva.page.keyboard.press('Tab')
  await eva.page.keyboard.press('Enter')
  await panel.getByText('Today: extra hours 17:00–19:30').waitFor()
  const evening = await state(scene)
  assert.ok(evening.sv.sentence.includes('Vi öppnar i dag klockan 17.00.'), evening.sv.sentence)
  const anna = await scene.phone()
  assert.match(await anna.page.locator('#door').innerText(), /Vi öppnar i dag klockan 17\.00\./)
  // Escape takes the panel away, and the hand is where it was.
  await panel.getByRole('button', { name: 'Extra hours …' }).focus()
  await eva.page.keyboard.press('Escape')
  assert.equal(await panel.count(), 0)
  assert.ok(await eva.page.locator('#hours-open').evaluate((button) => button === document.activeElement))
}, { clock: '2026-11-23T16:00:00+01:00' })

story('two consoles at once: the second is told to look again, and nothing is lost', async (scene) => {
  const [eva, olle] = [await scene.desk(), await scene.otherDesk()]
  await eva.opens()
  const [hers, his] = [hours(eva), hours(olle)]
  await hers.open()
  await his.open()
  for (const desk of [hers, his]) {
    await desk.press('Stäng tidigare …')
    await desk.panel.getByLabel('Stänger i dag klockan', { exact: true }).fill(desk === hers ? '13:00' : '14:00')
    await desk.press('Visa vad besökare ser')
    await desk.sure.getByText('Chatten stänger i dag klockan').waitFor()
  }
  await hers.isSure('Chatten stänger i dag klockan 13.00', 'Chatten är stängd nu. Vi öppnar i morgon klockan 10.00.')
  const told = his.panel.getByText('En kollega ändrade nyss. Titta igen: så här är det nu.')
  // Either the console has looked meanwhile, or the relay refuses.
  const yes = his.panel.getByRole('button', { name: 'Ja, ändra', exact: true })
  if (await yes.isVisible()) await yes.click({ timeout: 2_000 }).catch(() => told.waitFor())
  await told.waitFor()
  await his.list.getByText('I dag: stänger 13.00').waitFor()
  assert.deepEqual((await state(scene)).edits, ['2026-11-23 until 13.00'])
  await scene.screenshot(olle.page, 'staff-hours-4-colleague')
  // With open eyes it is his to change.
  await his.press('Stäng tidigare …')
  await his.panel.getByLabel('Stänger i dag klockan', { exact: true }).fill('14:00')
  await his.press('Visa vad besökare ser')
  await his.isSure('Chatten stänger i dag klockan 14.00', 'Chatten är stängd nu. Vi öppnar i morgon klockan 10.00.')
  assert.deepEqual((await state(scene)).edits, ['2026-11-23 until 14.00'])
  await hers.list.getByText('I dag: stänger 14.00').waitFor()
  await his.press('Stäng tidigare …')
  await his.panel.getByLabel('Stänger i dag klockan', { exact: true }).fill('10:30')
  await his.press('Visa vad besökare ser')
  await his.panel.getByText('Den tiden har redan varit.').waitFor()
}, { clock: '2026-11-23T11:00:00+01:00' })

story('a demonstration that is always open closes when it is asked to', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const desk = hours(eva)
  await desk.open()
  assert.match(await desk.panel.innerText(), /Öppet dygnet runt\./)
  await desk.press('Ta inte emot fler i dag')
  await desk.isSure('Ingen ny besökare släpps in i dag.', 'Vi tar inte emot fler chattar i dag.')
  await doorIs(eva, 'closing')
  const anna = await scene.phone()
  assert.equal(await anna.page.locator('html').getAttribute('data-state'), 'closing')
})
