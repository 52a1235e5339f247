// A quarter of an hour before the last admission whoever is on duty hears it once.

import assert from 'node:assert/strict'
import { announced, listen } from './heard.mjs'
import { faults } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

story('near the last admission the one on duty is told gently, once, and nobody who rests', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  await listen(eva.page)
  assert.ok(await eva.page.locator('#closing-soon').isHidden())
  await eva.opens()
  const notice = eva.page.getByText('Sista intag är klockan 14.30.')
  await notice.waitFor()
  assert.deepEqual(await faults(eva.page), [])
  await scene.screenshot(eva.page, 'console-closing-soon')
  // Two more beats of the page say nothing new.
  await eva.page.clock.fastForward(11_000)
  assert.equal((await announced(eva.page)).filter((words) => words.includes('14.30')).length, 1)
  await eva.page.getByRole('switch', { name: 'I tjänst' }).click()
  await until('nobody who rests is told', () => notice.isHidden())
}, { clock: '2026-11-23T14:20:00+01:00' })
