// Beside the chat: the steps for when somebody is in danger, and the guide for those who write in their work.

import assert from 'node:assert/strict'
import { faults } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

/** Not the demonstration's own banner. */
const NAMES = /^(Vid risk|At risk|Konsultation)$/
const panel = ({ page }) => page.getByRole('complementary', { name: NAMES })
const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const openPanel = (person) => button(person, 'Vid risk (F4)').click()
const DANGERS = ['Tankar på att ta sitt liv', 'Våld eller hot just nu', 'Bortförd, eller tvingad att resa', 'Ett barn som du vet vem det är', 'Är det någon annan som skriver?']

async function talking(scene, eva, as) {
  const anna = await scene.phone()
  await anna.joins(as)
  await eva.talksToNext()
  await anna.isTalking()
  return anna
}

/** Nothing of the chat lies under the panel, and what is needed to write is in sight. */
async function standsBeside({ page }, what) {
  const [chat, beside, field, send] = await Promise.all(
    [page.getByRole('tabpanel'), panel({ page }), page.getByRole('textbox', { name: 'Skriv här' }), page.getByRole('button', { name: 'Skicka' })].map((one) => one.boundingBox()),
  )
  const apart = beside.x >= chat.x + chat.width || beside.y >= chat.y + chat.height
  assert.ok(apart, `${what}: ${JSON.stringify({ chat, beside })}`)
  const { width, height } = page.viewportSize()
  for (const box of [field, send, beside]) {
    assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${what}: ${JSON.stringify(box)}`)
  }
  const on = (box) => page.evaluate(({ x, y, width, height }) => document.elementFromPoint(x + width / 2, y + height - 4)?.closest('.compose') !== null, box)
  for (const box of [field, send]) assert.ok(await on(box), `${what}: nothing lies on it`)
  assert.ok(field.width >= 200 && beside.height >= 200, what)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(wide <= 0, `${what}: nothing hangs out at the side`)
}

story('when somebody is in danger the steps are one press away, beside the chat and never on it', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await talking(scene, eva)
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  await openPanel(eva)
  for (const name of DANGERS) await panel(eva).getByRole('button', { name }).waitFor()
  await standsBeside(eva, 'desk')
  await panel(eva).getByRole('button', { name: DANGERS[1] }).click()
  const steps = panel(eva).getByRole('checkbox')
  assert.ok((await steps.count()) >= 6)
  await panel(eva).getByText('Säg aldrig åt någon att sms:a 112.').waitFor()
  const number = panel(eva).getByRole('link', { name: '114 14' }).filter({ visible: true })
  assert.equal(await number.getAttribute('href'), 'tel:11414')
  await steps.nth(0).click()
  await panel(eva).getByRole('checkbox', { name: /^Be personen ringa 112/ }).click()
  await panel(eva).getByText('2 av 9', { exact: true }).waitFor()
  assert.equal(await panel(eva).getByRole('textbox').count(), 0, 'nothing can be written here')
  await scene.screenshot(eva.page, 'panel-1-desk')
  assert.deepEqual(await faults(eva.page), [])
  await panel(eva).getByRole('button', { name: DANGERS[3] }).click()
  await panel(eva).getByText('Här avgör lagen.').filter({ visible: true }).waitFor()
  const first = panel(eva).getByRole('checkbox').filter({ visible: true }).first()
  for (const [what, width, height] of [['upright', 768, 1024], ['flat', 1024, 768]]) {
    await eva.page.setViewportSize({ width, height })
    for (const name of [DANGERS[1], DANGERS[3]]) await panel(eva).getByRole('button', { name }).click()
    const [step, beside] = [await first.boundingBox(), await panel(eva).boundingBox()]
    assert.ok(step.y + step.height <= beside.y + beside.height, `${what}: the first step is in sight`)
    await standsBeside(eva, what)
    const last = eva.log.locator('.bubble').last()
    assert.ok(await last.evaluate((one) => one.getBoundingClientRect().bottom <= one.closest('.log').getBoundingClientRect().bottom + 1), `${what}: the newest is in sight`)
    await eva.page.emulateMedia({ colorScheme: 'dark' })
    await scene.screenshot(eva.page, `panel-2-tablet-${what}-dark`)
    assert.deepEqual(await faults(eva.page), [], what)
  }
  // The chat goes on meanwhile.
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
})

story('the keyboard opens the steps from the middle of a sentence, and comes back to it', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  await talking(scene, eva)
  await eva.field.pressSequentially('Jag är')
  await eva.page.keyboard.press('F4')
  const focused = () => eva.page.evaluate(() => document.activeElement.textContent)
  assert.equal(await focused(), 'Vid risk')
  await eva.page.keyboard.press('Tab')
  await eva.page.keyboard.press('Tab')
  await eva.page.keyboard.press('Enter')
  await panel(eva).getByRole('button', { name: DANGERS[0], expanded: true }).waitFor()
  assert.equal(await focused(), DANGERS[0], 'whoever opened it stands where they were')
  await eva.page.keyboard.press('Tab')
  await eva.page.keyboard.press('Space')
  await panel(eva).getByText('1 av 9', { exact: true }).waitFor()
  await eva.page.keyboard.press('Escape')
  assert.equal(await panel(eva).count(), 0)
  await eva.page.keyboard.type(' här.')
  assert.equal(await eva.field.inputValue(), 'Jag är här.')
  await eva.page.keyboard.press('F4')
  await panel(eva).getByText('1 av 9', { exact: true }).waitFor()
  await eva.page.keyboard.press('F4')
  assert.equal(await panel(eva).count(), 0)
  // In the console's other language the ticks are the same.
  await button(eva, 'English').click()
  await eva.page.keyboard.press('F4')
  await panel(eva).getByText('1 of 9', { exact: true }).waitFor()
  await panel(eva).getByText('Ask plainly: are you thinking of taking your life?').waitFor()
})

story('what is ticked belongs to one chat, and is gone with it', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  await openPanel(eva)
  await panel(eva).getByRole('button', { name: DANGERS[0] }).click()
  assert.equal(await panel(eva).getByRole('checkbox').count(), 0, 'with nobody there is nothing to tick')
  await panel(eva).getByText('Utan pågående samtal').waitFor()
  const anna = await talking(scene, eva)
  await talking(scene, eva)
  const tab = (n) => eva.page.getByRole('tab', { name: `Besökare ${n}` })
  await tab(1).click()
  await openPanel(eva)
  await panel(eva).getByRole('button', { name: DANGERS[2] }).click()
  await panel(eva).getByRole('checkbox').first().click()
  await panel(eva).getByText('1 av 9', { exact: true }).waitFor()
  await tab(2).click()
  assert.equal(await panel(eva).count(), 0, 'the other chat has a panel of its own')
  await openPanel(eva)
  await panel(eva).getByRole('button', { name: DANGERS[2] }).click()
  assert.equal(await panel(eva).getByRole('checkbox', { checked: true }).count(), 0)
  await tab(1).click()
  assert.equal(await panel(eva).getByRole('checkbox', { checked: true }).count(), 1)
  await anna.leave()
  await eva.page.getByText('Besökaren lämnade sidan snabbt. Allt är raderat här.').waitFor()
  assert.equal(await panel(eva).getByRole('checkbox').count(), 0)
  assert.equal(await panel(eva).getByText(/\d av 9/).count(), 0)
})

story('the guide stands beside a professional by itself; notes cannot be copied and are gone with the chat', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await talking(scene, eva, 'I mitt arbete')
  await panel(eva).getByRole('heading', { name: 'Avidentifiera' }).waitFor()
  assert.ok(await eva.field.evaluate((field) => field === document.activeElement), 'the guide takes no focus')
  await standsBeside(eva, 'guide')
  await panel(eva).getByText('Är en resa planerad?').click()
  const note = panel(eva).getByRole('textbox', { name: 'Kort anteckning, inga namn' }).nth(1)
  assert.equal(await note.getAttribute('spellcheck'), 'false')
  const words = 'hemma klockan sex'
  await note.fill(words)
  await eva.page.evaluate(() => {
    globalThis.copied = []
    document.addEventListener('copy', (event) => globalThis.copied.push(event.defaultPrevented))
  })
  await note.focus()
  await eva.page.keyboard.press('Control+A')
  await eva.page.keyboard.press('Control+C')
  await until('the copy was tried', () => eva.page.evaluate(() => globalThis.copied.length > 0))
  assert.deepEqual(await eva.page.evaluate(() => globalThis.copied), [true])
  await scene.screenshot(eva.page, 'panel-3-guide')
  assert.deepEqual(await faults(eva.page), [])
  // The steps are one press away here too, and the way back to the guide.
  await openPanel(eva)
  await panel(eva).getByRole('button', { name: DANGERS[1] }).waitFor()
  await panel(eva).getByRole('button', { name: 'Konsultation' }).click()
  assert.equal(await note.inputValue(), words)
  await anna.end()
  await button(eva, 'Ta bort').waitFor()
  assert.equal(await panel(eva).count(), 0)
  const left = await eva.page.evaluate(() => [...document.querySelectorAll('input')].map(({ value }) => value).join(' ') + document.body.innerHTML)
  assert.ok(!left.includes(words))
  // The next visitor, who writes for themselves, has no guide.
  await talking(scene, eva)
  assert.equal(await panel(eva).count(), 0)
})

story('only a console that is signed in reads the steps; no document holds them, and without them there is 112', async (scene) => {
  const { relay } = scene.stage
  const told = 'Lova aldrig att barnet är anonymt'
  for (const path of ['', 'staff/']) {
    const document = await (await fetch(new URL(path, relay.visitor))).text()
    assert.ok(document.includes('<html') && !document.includes(told))
  }
  assert.equal((await fetch(new URL('staff/guidance', relay.visitor))).status, 401)
  const eva = await scene.desk(() => {
    const real = globalThis.fetch
    globalThis.fetch = (address, ...rest) => (String(address).endsWith('/staff/guidance') && !globalThis.back ? Promise.reject(new Error('away')) : real(address, ...rest))
  })
  await openPanel(eva)
  await panel(eva).getByRole('alert').filter({ hasText: 'Fara nu: 112.' }).waitFor()
  assert.equal(await panel(eva).getByRole('link', { name: '112' }).getAttribute('href'), 'tel:112')
  assert.deepEqual(await faults(eva.page), [])
  await eva.page.evaluate(() => (globalThis.back = true))
  await button(eva, 'Försök igen').click()
  await panel(eva).getByRole('button', { name: DANGERS[3] }).click()
  await panel(eva).getByText(told).waitFor()
  // Signing out takes it away.
  await button(eva, 'Logga ut').click()
  await eva.page.getByText('Du är utloggad.').waitFor()
  assert.ok(!(await eva.page.content()).includes(told))
})
