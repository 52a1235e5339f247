// "Se besökarens sida": what a visitor reads, at the console, in every language and as text.

import assert from 'node:assert/strict'
import { everyMode, faults, mangledNumbers } from './looks.mjs'
import { story } from './scene.mjs'

const LANGUAGES = ['sv', 'ar', 'ckb', 'en', 'fa', 'kmr', 'prs', 'so', 'ti', 'tr']
const FROM_THE_RIGHT = ['ar', 'ckb', 'fa', 'prs']
const sheet = (person) => person.page.getByRole('region', { name: 'Besökarens sida' })
/** Spaces that keep a number together, and marks of direction, are not words. */
const plain = (text) => text.replace(/[\u2066-\u2069\u200e\u200f]/g, '').replace(/\s+/g, ' ').trim()

/** What stands on a visitor's screens, hidden ones too, by its name. */
const onThePage = async (page) => {
  const found = await page.locator('#safety [data-t], #who [data-t], #over [data-t]').evaluateAll((all) => all.map((one) => [one.getAttribute('data-t'), one.textContent]))
  return found.filter(([key]) => key !== 'language.other').map(([key, text]) => [key, plain(text)])
}

const chooses = async (eva, tag) => {
  await eva.page.locator('#preview-language').selectOption(tag)
  await sheet(eva).locator(`.seen [lang="${tag}"]`).first().waitFor()
}

story('a counsellor reads in every language what a visitor reads, and nothing of it works', async (scene) => {
  const eva = await scene.desk()
  const { page } = eva
  const elsewhere = []
  page.on('request', (request) => elsewhere.push(request.url()))
  await page.getByRole('button', { name: 'Se besökarens sida', exact: true }).click()
  await sheet(eva).getByText('Är det säkert att chatta här?').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'preview-title')
  await sheet(eva).getByText('Förhandsvisning', { exact: true }).waitFor()
  assert.deepEqual(await faults(page, everyMode), [])
  await scene.screenshot(page, 'console-preview-sv')
  assert.deepEqual(await page.locator('#preview-language option').evaluateAll((all) => all.map(({ value }) => value)), LANGUAGES)

  const anna = await scene.phone()
  const known = await onThePage(anna.page)
  assert.ok(known.length > 40, `${known.length}`)
  for (const tag of LANGUAGES) {
    await chooses(eva, tag)
    if (tag !== 'sv') {
      await anna.page.locator(`#languages [lang="${tag}"]`).click()
      await anna.page.locator(`html[lang="${tag}"]`).waitFor()
    }
    // What stands on the visitor's own screens is read here, word for word.
    const read = await sheet(eva).locator('.seen p[data-of]').evaluateAll((all) => all.map((one) => [one.dataset.of, one.textContent]))
    const seen = new Map(read.map(([key, text]) => [key, plain(text)]))
    for (const [key, text] of await onThePage(anna.page)) assert.equal(seen.get(key), text, `${tag} ${key}`)
    const direction = await sheet(eva).locator('.seen p[data-of="safety.title"]').evaluate((one) => getComputedStyle(one).direction)
    assert.equal(direction, FROM_THE_RIGHT.includes(tag) ? 'rtl' : 'ltr', tag)
    assert.deepEqual(await mangledNumbers(page), [], tag)
  }

  await chooses(eva, 'ar')
  await page.getByRole('status').filter({ hasText: 'Ingen person har läst och godkänt de här texterna än. Besökare kan välja språket.' }).waitFor()
  await sheet(eva).locator('[data-of="safety.title"]').scrollIntoViewIfNeeded()
  assert.deepEqual(await faults(page, everyMode), [])
  await scene.screenshot(page, 'console-preview-ar')
  assert.equal(await sheet(eva).locator('.seen').locator('a, button, input, textarea, [onclick], [tabindex]').count(), 0)
  assert.equal(await page.locator('html').getAttribute('lang'), 'sv', 'the console speaks its own language all the while')

  // Nobody may frame the visitor's page, and nobody was asked for anything but files and words.
  const document = await fetch(scene.stage.relay.visitor)
  assert.match(document.headers.get('content-security-policy'), /frame-ancestors 'none'/)
  assert.equal(await page.locator('iframe').count(), 0)
  const home = new URL(scene.stage.relay.visitor).origin
  assert.deepEqual(elsewhere.filter((url) => new URL(url).origin !== home), [])

  await page.locator('#preview-language').focus()
  await page.keyboard.press('Escape')
  await sheet(eva).waitFor({ state: 'hidden' })
  assert.equal(await page.evaluate(() => document.activeElement.id), 'preview-open')
}, { within: 150_000 })

story('texts that do not come are told, and asked for again', async (scene) => {
  const eva = await scene.desk()
  const { page } = eva
  await page.route('**/staff/preview', (route) => route.abort())
  await page.getByRole('button', { name: 'Se besökarens sida', exact: true }).click()
  await page.getByRole('status').filter({ hasText: 'Texterna gick inte att hämta.' }).waitFor()
  assert.equal(await sheet(eva).locator('.seen p').count(), 0, 'nothing half is shown')
  await page.unroute('**/staff/preview')
  await page.getByRole('button', { name: 'Försök igen', exact: true }).click()
  await sheet(eva).getByText('Är det säkert att chatta här?').waitFor()
  await page.locator('#language').click()
  await page.getByRole('region', { name: 'The visitor\'s page' }).getByText('Nobody has read and approved these texts yet.').waitFor()
  assert.deepEqual(await faults(page), [])
})
