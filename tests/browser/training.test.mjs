// Practice: the real chat view and a visitor who does not exist.

import assert from 'node:assert/strict'
import { faults } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const practice = (person) => person.page.getByRole('region', { name: 'ÖVNING' })
const choose = (person, name) => practice(person).getByRole('button', { name }).click()

/** Every frame of the console, and the sounds it makes. */
function listens() {
  globalThis.frames = []
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (data) {
    globalThis.frames.push([...new Uint8Array(data.buffer ?? data)])
    return send.call(this, data)
  }
  globalThis.sounds = 0
  const { start } = OscillatorNode.prototype
  OscillatorNode.prototype.start = function (...when) {
    globalThis.sounds += 1
    return start.apply(this, when)
  }
}

const kinds = ({ page }) => page.evaluate(() => [...new Set(globalThis.frames.splice(0).map(([kind]) => kind))].sort())

story('a counsellor practises with the real chat view, and no word of it leaves the page', async (scene) => {
  const eva = await scene.desk(listens)
  await eva.opens()
  // What a desk says while nobody is there: its seat, again and again.
  await until('the seat has been kept', () => eva.page.evaluate(() => globalThis.frames.length >= 4))
  const resting = await kinds(eva)
  await button(eva, 'Öva').click()
  await practice(eva).getByText('Besökaren är påhittad. Inget skickas.').waitFor()
  await practice(eva).getByRole('heading', { name: 'Välj ett fall att öva på' }).waitFor()
  assert.equal(await practice(eva).getByRole('listitem').count(), 6)
  assert.ok(await practice(eva).getByRole('listitem').getByRole('button').first().evaluate((one) => one === document.activeElement))
  await scene.screenshot(eva.page, 'training-1-choice')
  assert.deepEqual(await faults(eva.page), [])

  await choose(eva, '”Är det här anonymt?”')
  await practice(eva).getByRole('tabpanel').getByRole('status').filter({ hasText: 'kontakt' }).waitFor()
  await eva.reads('är det här anonymt eller?')
  await eva.say(`Jag lovar. ${scene.canary.text}`)
  await eva.delivered(1)
  await eva.seesWriting()
  await eva.reads('jag heter Lina')
  // The steps stand beside it as beside a real chat.
  await eva.page.keyboard.press('F4')
  const steps = eva.page.getByRole('complementary', { name: 'Vid risk' })
  await steps.getByRole('button', { name: 'Ett barn som du vet vem det är' }).click()
  await steps.getByRole('checkbox').first().click()
  await scene.screenshot(eva.page, 'training-2-chat')
  assert.deepEqual(await faults(eva.page), [])
  for (const [what, width, height] of [['upright', 768, 1024], ['flat', 1024, 768]]) {
    await eva.page.emulateMedia({ colorScheme: 'dark' })
    await eva.page.setViewportSize({ width, height })
    for (const one of [practice(eva).getByText('ÖVNING', { exact: true }), button(eva, 'Avsluta övningen'), eva.field, button(eva, 'Avsluta')]) {
      const { y, height: tall } = await one.boundingBox()
      assert.ok(y >= 0 && y + tall <= height, `${what}: in sight`)
    }
    const box = await eva.field.boundingBox()
    assert.ok(await eva.page.evaluate(({ x, y, height }) => document.elementFromPoint(x + 20, y + height - 4)?.tagName === 'TEXTAREA', box), `${what}: nothing lies on the field`)
    await scene.screenshot(eva.page, `training-3-tablet-${what}-dark`)
    assert.deepEqual(await faults(eva.page), [], what)
  }
  await eva.page.setViewportSize({ width: 1280, height: 800 })
  await eva.end()
  await button(eva, 'Avsluta nu').click()
  await eva.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
  assert.equal(await steps.getByRole('checkbox').count(), 0)
  await button(eva, 'Ta bort').click()
  await practice(eva).getByRole('heading', { name: 'Att tänka på efteråt' }).waitFor()
  await practice(eva).getByText('Lovade du något som du inte kan hålla?').waitFor()
  assert.deepEqual(await faults(eva.page), [])
  const during = await kinds(eva)
  assert.ok(during.length > 0, 'the control: the seat is kept meanwhile')
  assert.deepEqual(during.filter((kind) => !resting.includes(kind)), [])
  await button(eva, 'Avsluta övningen').click()
  assert.equal(await practice(eva).count(), 0)
  await eva.page.getByText('Inga samtal').or(eva.page.locator('#none')).first().waitFor()

  // The control: a real chat says other things.
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  assert.ok((await kinds(eva)).some((kind) => !resting.includes(kind)))
  await until('nobody practises while somebody real is there', () => button(eva, 'Öva').isDisabled())
})

story('a real visitor is heard and seen during practice, and whoever is taken ends it', async (scene) => {
  const eva = await scene.desk(listens)
  await eva.opens()
  await button(eva, 'Öva').click()
  await choose(eva, 'Någon som testar')
  await eva.reads('haha är du en bot')
  await eva.field.fill('Det här är en övning')
  const quiet = await eva.page.evaluate(() => globalThis.sounds)
  const anna = await scene.phone()
  await anna.joins()
  await practice(eva).getByRole('status').filter({ hasText: 'På riktigt väntar nu: 1' }).waitFor()
  await until('the bell', () => eva.page.evaluate((before) => globalThis.sounds > before, quiet))
  await scene.screenshot(eva.page, 'training-4-somebody-waits')
  await eva.takeNext()
  // The practice had contact too: it is gone before the real one is looked at.
  await practice(eva).waitFor({ state: 'hidden' })
  await eva.sees('kontakt')
  assert.equal(await practice(eva).count(), 0)
  assert.equal(await eva.page.evaluate(() => document.documentElement.dataset.training), undefined)
  assert.equal(await eva.field.inputValue(), '', 'nothing of the practice stands in the real field')
  assert.ok(!(await eva.page.content()).includes('haha är du en bot'))
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  assert.deepEqual(await anna.messages(), [scene.answer])
})

story('a professional who does not exist has the guide beside them, and the practice is in the console’s language', async (scene) => {
  const eva = await scene.desk()
  await button(eva, 'English').click()
  await button(eva, 'Practise').click()
  const practising = eva.page.getByRole('region', { name: 'PRACTICE' })
  await practising.getByRole('button', { name: 'A school counsellor wants advice' }).click()
  await eva.page.getByRole('complementary', { name: 'Consultation' }).getByText('Is a journey planned?').waitFor()
  await eva.log.getByText('the family is planning an engagement').waitFor()
  await scene.screenshot(eva.page, 'training-5-professional')
  // One press leads back, from anywhere in it.
  await button(eva, 'End the practice').click()
  assert.equal(await practising.count(), 0)
  assert.equal(await eva.page.getByRole('complementary', { name: 'Consultation' }).count(), 0)
  assert.ok(await button(eva, 'Practise').evaluate((one) => one === document.activeElement))
})
