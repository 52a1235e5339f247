// A short summary for a newcomer: the visitor reads it first, and it goes nowhere without their yes.

import assert from 'node:assert/strict'
import { faults } from './looks.mjs'
import { until } from './people.mjs'
import { story, together } from './scene.mjs'

const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const nameOf = (person) => person.page.locator('#name').textContent()
const answers = (anna, yes) => anna.page.locator('#offer').getByRole('button', { name: yes ? 'Ja' : 'Nej', exact: true }).click()
const given = (bo) => bo.page.getByRole('note').filter({ visible: true })

async function asks(eva, how, name, summary) {
  await button(eva, how).click()
  await eva.page.getByRole('textbox', { name: 'Vill du att kollegan får veta något?' }).fill(summary)
  await button(eva, `${name} (Kurator)`).click()
}

story('a summary is read by the visitor first, and reaches the newcomer only after a yes', async (scene) => {
  const { eva, anna } = await together(scene)
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const [evas, bos] = [await nameOf(eva), await nameOf(bo)]
  await anna.say('Det här är bara för Eva.')
  await eva.reads('Det här är bara för Eva.')

  // The colleague has said yes already; the visitor says no, and nothing is passed on.
  await button(eva, 'Bjud in').click()
  await eva.page.getByRole('textbox', { name: 'Vill du att kollegan får veta något?' }).fill('Hon är rädd för sin farbror.')
  await scene.screenshot(eva.page, 'summary-1-written')
  assert.deepEqual(await faults(eva.page), [])
  await button(eva, `${bos} (Kurator)`).click()
  await anna.reads(`Sammanfattning till ${bos}. Säger du ja till frågan får ${bos} läsa detta, och inget annat av det vi har skrivit:`)
  await anna.reads('Hon är rädd för sin farbror.')
  await anna.page.locator('#offer').waitFor()
  await scene.screenshot(anna.page, 'summary-2-visitor')
  assert.deepEqual(await faults(anna.page), [])
  await button(bo, 'Ja').click()
  await answers(anna, false)
  await eva.page.getByText('Besökaren sa nej.').waitFor()
  await bo.page.getByText('Allt är raderat här.').waitFor()
  assert.ok(!(await bo.page.content()).includes('farbror'))

  // Taken over with another one, after a yes.
  await asks(eva, 'Lämna över', bos, scene.canary.text)
  await anna.reads(scene.canary.text)
  await button(bo, 'Ja').click()
  await eva.page.getByText('Besökaren har fått frågan.').waitFor()
  assert.ok(!(await bo.page.content()).includes(scene.canary.text), 'nothing before the visitor has said yes')
  await answers(anna, true)
  await given(bo).getByText(scene.canary.text).waitFor()
  await given(bo).getByText(`Sammanfattning från ${evas}. Besökaren har läst den.`).waitFor()
  await anna.page.locator('#room').filter({ hasText: `${bos} har tagit över chatten.` }).waitFor()
  await anna.say(scene.answer)
  await bo.reads(scene.answer)
  assert.deepEqual(await bo.messages(), [scene.answer], 'and nothing else of before')
  const page = await bo.page.content()
  assert.ok(!page.includes('farbror') && !page.includes('bara för Eva'))
  assert.equal(await bo.page.getByText('Ny besökare. Säger').count(), 0)
  await scene.screenshot(bo.page, 'summary-3-newcomer')
  assert.deepEqual(await faults(bo.page), [])

  await anna.end()
  await anna.isOver()
  await bo.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
  await until('the summary is gone', async () => !(await bo.page.content()).includes(scene.canary.text))
}, { within: 120_000 })

story('who takes over from a counsellor who has vanished hears that the visitor was shown a summary', async (scene) => {
  const { eva, anna } = await together(scene)
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const [evas, bos] = [await nameOf(eva), await nameOf(bo)]
  await asks(eva, 'Lämna över', bos, 'Hon är rädd för sin farbror.')
  await anna.reads('Hon är rädd för sin farbror.')
  await answers(anna, true)
  await button(bo, 'Ja').waitFor()
  // Her browser is gone before the colleague has answered: nobody is left who could pass it on.
  await eva.page.close()
  await button(bo, 'Ja').click()
  await given(bo).getByText(`${evas} har visat besökaren en sammanfattning till dig. Den har inte kommit hit än.`).waitFor()
  assert.ok(!(await bo.page.content()).includes('farbror'))
  await scene.screenshot(bo.page, 'summary-4-not-received')
  assert.deepEqual(await faults(bo.page), [])
})
