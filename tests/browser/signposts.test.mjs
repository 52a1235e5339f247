// Signposts: who answers now, who does not and when they do, what happens there; and for professionals, which roles are here.

import assert from 'node:assert/strict'
import { faults, mangledNumbers } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

story('who does not answer now stands behind those who do, with when they do and what happens there', async (scene) => {
  const { page } = await scene.phone()
  const closed = page.locator('#lines ul').nth(1)
  await page.locator('#lines ul').first().getByText('Gratis. Syns inte på telefonräkningen.').waitFor()
  await closed.getByText('stängt nu, svarar i dag klockan 15.00 (måndag–torsdag klockan 16.30–24.00').waitFor()
  const area = page.getByRole('heading', { name: 'Västerås' })
  const inVasteras = page.locator('#lines h2 + ul')
  await area.waitFor()
  await inVasteras.getByText('stängt nu, svarar på måndag klockan 08.30').waitFor()
  assert.equal(await closed.locator('a[href^="tel:"]').count(), await closed.locator('li').count())
  assert.deepEqual(await faults(page), [])
  await page.locator('#lines').scrollIntoViewIfNeeded()
  await scene.screenshot(page, 'signposts-sv')

  await page.locator('#languages [lang="ar"]').click()
  await closed.getByText('مغلق الآن، يردّ').first().waitFor()
  await inVasteras.getByText('تجيب الخدمات الاجتماعية').first().waitFor()
  assert.deepEqual(await mangledNumbers(page), [])
  await page.locator('#lines').scrollIntoViewIfNeeded()
  await scene.screenshot(page, 'signposts-ar')
}, { clock: '2026-11-28T12:00:00+01:00' })

story('whoever writes in their work reads which roles are on duty, and nobody else does', async (scene) => {
  const anna = await scene.phone({ clock: true })
  const roles = anna.page.locator('#on-duty')
  await anna.continueAfterSafety()
  const work = anna.page.getByRole('radio', { name: 'I mitt arbete' })
  await work.focus()
  await anna.page.keyboard.press('Space')
  assert.equal(await roles.textContent(), '', 'nobody is on duty')
  const alva = await scene.desk()
  await alva.opens()
  const again = async () => {
    await anna.page.clock.runFor(30_000)
    return roles.innerText()
  }
  await until('a counsellor', async () => (await again()) === 'I tjänst just nu: kurator.')
  assert.deepEqual(await faults(anna.page), [])
  await scene.screenshot(anna.page, 'on-duty')
  await anna.page.getByRole('radio', { name: 'För mig själv' }).check()
  assert.equal(await roles.isVisible(), false)
  await work.check()
  await alva.page.getByRole('switch', { name: 'I tjänst' }).click()
  await until('nobody', async () => (await again()) === '')
})
