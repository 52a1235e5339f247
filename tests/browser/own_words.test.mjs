// Another centre's file, another page: its own words and colours, its own numbers, in every language it has.

import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { faults, lookAs, mangledNumbers } from './looks.mjs'
import { story } from './scene.mjs'

const config = fileURLToPath(new URL('../centre/fjalldalen.toml', import.meta.url))

story('a centre of its own file says it in its own words, and keeps the rest', async (scene) => {
  const { page } = await scene.phone()
  await page.getByRole('heading', { name: 'Skriv med någon som lyssnar' }).waitFor()
  await page.getByText('Fara? Ring 112 direkt').waitFor()
  const there = page.locator('#lines h2 + ul')
  await page.getByRole('heading', { name: 'Fjälldalen, Norrån' }).waitFor()
  await there.getByText('Oro för ett barn · En socialsekreterare svarar').waitFor()
  assert.equal(await page.getByText('Jourhuset').count(), 0, 'a number that nobody has confirmed is not shown')
  assert.equal(await page.getByRole('group', { name: 'Välj språk' }).count(), 1)
  const deep = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--deep').trim())
  assert.equal(await deep(), '#6c2f62')
  assert.deepEqual(await faults(page), [])
  await scene.screenshot(page, 'own-words-sv')

  // English is fetched from the file that every centre has; what this one says otherwise came with the document.
  await page.locator('#languages [lang="en"]').click()
  await page.getByRole('heading', { name: 'Write with somebody who listens' }).waitFor()
  await page.getByText('The call shows in the phone. Delete it if someone may look there.').waitFor()
  await there.getByText('Worry about a child · A social worker answers').waitFor()
  assert.deepEqual(await mangledNumbers(page), [])
  // And back: the document's own words again.
  await page.locator('#languages [lang="sv"]').click()
  await page.getByRole('heading', { name: 'Skriv med någon som lyssnar' }).waitFor()
  await page.getByText('Samtalet syns i telefonen. Ta bort det om någon kan titta där.').waitFor()

  // It has no lane for those who write in their work, and says so by not offering it.
  await page.getByRole('button', { name: 'Fortsätt' }).click()
  await page.getByRole('radio', { name: 'För mig själv' }).waitFor()
  assert.equal(await page.getByRole('radio', { name: 'I mitt arbete' }).count(), 0)

  await lookAs(page, 'dark')
  assert.equal(await deep(), '#e2b4da')
  assert.deepEqual(await faults(page), [])
}, { config, clock: '2026-11-23T09:30:00+01:00' })
