// The line: what is true about waiting is said, what is written stays on the device, and who else answers is shown.
//
// Hours of the demonstration's centre: Monday to Friday 10-15, last admission half an hour before closing. A seat of the
// demonstration holds three chats.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from './harness.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

/** The same centre, which lets people in until the very end of its day. */
const shortDay = join(await temporaryFolder('centre'), 'centre.toml')
const shipped = await readFile(new URL('../../deploy/centre.toml', import.meta.url), 'utf8')
await writeFile(shortDay, shipped.replace('last_admission = "30 min"', 'last_admission = "0 min"'))

/** A visitor's frame that carries words. */
const PUT = 0x03

/** So many visitors who talk with the counsellor. */
async function talking(scene, eva, count) {
  for (let one = 0; one < count; one += 1) {
    const visitor = await scene.phone()
    await visitor.joins()
    await eva.talksToNext()
    await visitor.isTalking()
  }
}

story('who is free is said, and how long it takes is not when nobody can know', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await anna.status.filter({ hasText: 'Du är nummer 1 i kön. En kurator är ledig och svarar dig snart.' }).waitFor()
  await eva.talksToNext()
  await anna.isTalking()
  await talking(scene, eva, 2)
  const fatima = await scene.phone()
  await fatima.joins()
  await fatima.status.filter({ hasText: 'Du är nummer 1 i kön. Nästa kurator som blir ledig svarar dig.' }).waitFor()
  assert.doesNotMatch(await fatima.page.locator('#status').innerText(), /minut|timme/)
  await scene.screenshot(fatima.page, 'waiting-unknown')
})

story('what is written in the line stays on the device until a counsellor is there', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await anna.say(`Jag vågar inte prata högt. ${scene.canary.text}`)
  await anna.log.getByText('väntar').waitFor()
  await anna.page.getByText('Det du skriver stannar här tills en kurator svarar.').waitFor()
  const words = () => scene.sent(anna).filter(([kind]) => kind === PUT).length
  assert.equal(words(), 0)
  // Another language, another minute: still nothing of it has gone anywhere.
  await anna.page.evaluate(() => document.querySelector('#languages [lang="en"]').click())
  await anna.page.locator('html[lang="en"]').waitFor({ state: 'attached' })
  await anna.page.evaluate(() => document.querySelector('#languages [lang="sv"]').click())
  await anna.page.locator('html[lang="sv"]').waitFor({ state: 'attached' })
  assert.equal(words(), 0)
  await eva.talksToNext()
  await eva.reads(scene.canary.text)
  assert.ok(words() > 0, 'the control: then it is sent')
  await anna.delivered(1)
})

story('near closing the page says that it may be too late, and shows who answers now', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await anna.status.filter({ hasText: 'Det är inte säkert att vi hinner svara dig i dag.' }).waitFor()
  const help = anna.page.locator('#help')
  assert.ok(await help.evaluate(({ open }) => open), 'who answers now stands there without being looked for')
  const shown = (selector) => help.locator(`${selector} a[href^="tel:"]`).filter({ visible: true }).allTextContents()
  const lines = await shown('ul:first-child')
  for (const number of ['112', '020-57 70 70', '116 111']) assert.ok(lines.includes(number), number)
  assert.ok(!lines.includes('021-39 20 66'), 'the evening’s line is not open in the afternoon')
  assert.ok((await shown('ul + ul')).includes('021-39 20 66'), 'it stands behind them, with when it answers')
  await scene.screenshot(anna.page, 'waiting-closing')
  // Closed by hand it stays closed.
  await help.locator('summary').click()
  await anna.field.pressSequentially('Hej')
  assert.equal(await help.evaluate(({ open }) => open), false)
}, { clock: '2026-11-23T14:20:00+01:00' })

story('whoever still waits at closing is told so kindly, with the lines that answer then', async (scene) => {
  // Nobody is on duty; the last minutes of the day go by in front of the page.
  const anna = await scene.phone()
  await anna.joins()
  await anna.page.getByRole('heading', { name: 'Chatten är slut.' }).waitFor({ timeout: 60_000 })
  await anna.page.getByText('Vi hann tyvärr inte svara i dag. Det var inte ditt fel. Andra kan hjälpa dig nu.').waitFor()
  const help = anna.page.locator('#help')
  assert.ok(await help.evaluate(({ open }) => open))
  await until('the centre’s own number is none of those who answer', async () =>
    !(await help.locator('a[href^="tel:"]:not(#lines ul + ul *)').filter({ visible: true }).allTextContents()).includes('021-39 87 62'))
  await scene.screenshot(anna.page, 'waiting-turned-away')
}, { config: shortDay, clock: '2026-11-23T14:59:20+01:00' })

story('a line that is full is said with what to do now', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  await talking(scene, eva, 3)
  // Forty minutes before closing nobody who came now would be reached.
  const anna = await scene.phone()
  assert.equal(await anna.page.locator('html').getAttribute('data-state'), 'full')
  await anna.page.locator('#door').getByText('Alla kuratorer är upptagna och kön är full. Du gör inget fel.').waitFor()
  await anna.page.locator('#lines').getByText('020-57 70 70').waitFor()
  await anna.continueAfterSafety()
  assert.ok(await anna.page.getByRole('button', { name: 'Starta chatten' }).isDisabled())
  await scene.screenshot(anna.page, 'waiting-full')
}, { clock: '2026-11-23T14:20:00+01:00' })

story('the page says which languages those on duty write', async (scene) => {
  const staffed = ({ page }) => page.locator('#staffed')
  const anna = await scene.phone({ clock: true })
  assert.equal(await staffed(anna).isVisible(), false, 'nobody is on duty')
  const alva = await scene.desk()
  await alva.opens()
  const again = async () => {
    await anna.page.clock.runFor(30_000)
    return staffed(anna).innerText()
  }
  await until('Swedish and English', async () => (await again()) === 'Kuratorerna som är här nu skriver på: Svenska, English.')
  const bashar = await scene.otherDesk()
  await bashar.opens()
  await until('Arabic too', async () => (await again()) === 'Kuratorerna som är här nu skriver på: Svenska, English, العربية.')
  await anna.page.locator('#languages [lang="so"]').click()
  await anna.page.locator('html[lang="so"]').waitFor()
  await staffed(anna).filter({ hasText: 'Midkoodna kuma qoro luqadda aad dooratay.' }).waitFor()
  await anna.page.locator('#languages [lang="ar"]').click()
  await staffed(anna).filter({ hasText: 'المرشدون الموجودون هنا الآن يكتبون باللغات: Svenska, English, العربية.' }).waitFor()
  await scene.screenshot(anna.page, 'staffed-arabic')
  // Whoever goes off duty takes their languages along.
  await bashar.page.getByRole('switch', { name: 'I tjänst' }).click()
  await until('no Arabic', async () => !(await again()).includes('Svenska, English, العربية'))
})
