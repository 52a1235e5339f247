// Words: numbers to compare on the telephone.

import assert from 'node:assert/strict'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const NUMBERS = /^\d{4} {2}\d{4} {2}\d{4}$/

const numbers = async (person) => {
  const shown = person.page.locator('.numbers').filter({ visible: true })
  await until('three numbers', async () => NUMBERS.test((await shown.first().textContent()) ?? ''))
  return shown.first().textContent()
}

story('a visitor and a counsellor compare words, and each closes their own', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()

  await anna.page.getByRole('button', { name: 'Mer', exact: true }).click()
  await anna.page.getByRole('button', { name: 'Jämför ord', exact: true }).click()
  const theirs = await numbers(anna)
  assert.equal(await numbers(eva), theirs)
  await anna.page.getByText('bevisar ingenting').waitFor()
  await eva.page.getByText('bevisar ingenting').waitFor()
  await scene.screenshot(anna.page, 'visitor-compare')
  await scene.screenshot(eva.page, 'desk-compare')

  await anna.page.getByRole('group', { name: 'Är det bara du och kuratorn?' }).getByRole('button', { name: 'Stäng' }).click()
  await anna.page.locator('.numbers').first().waitFor({ state: 'hidden' })
  assert.equal(await numbers(eva), theirs, 'the other side closes its own')
  await anna.say('Tack, det var samma tal.')
  await eva.reads('Tack, det var samma tal.')

  await anna.leave()
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
  assert.ok(!(await eva.page.content()).includes(theirs.slice(0, 4)), 'gone with the chat')
})
