// The line as counsellors see it, several chats at once, and templates.

import assert from 'node:assert/strict'
import { centreWith } from './centre.mjs'
import { everyMode, faults, lookAs } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const rows = (person) => person.line.getByRole('listitem').allInnerTexts()
const several = (person) => person.page.getByRole('combobox', { name: 'Samtal samtidigt' })

story('the line says how long, which lane and which language, support first; one of them can be chosen', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const work = await scene.phone()
  await work.joins('I mitt arbete')
  const anna = await scene.phone()
  await anna.page.locator('#languages [lang="en"]').evaluate((one) => one.click())
  await anna.page.locator('html[lang="en"]').waitFor({ state: 'attached' })
  await anna.page.getByRole('button', { name: 'Continue', exact: true }).click()
  await anna.page.locator('#start').click()
  await until('both stand in the line', async () => (await rows(eva)).length === 2)
  const [first, second] = await rows(eva)
  assert.match(first, /^under 1 min · Stöd · engelska, svenska · här/)
  assert.match(second, /^under 1 min · Yrkesverksam · svenska · här/)
  await eva.page.locator('#waits').filter({ hasText: '2 väntar' }).waitFor()
  assert.equal(await eva.page.title(), '(2) Jour')
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-line')

  // The number is nobody's business while one is busy: hidden for this sign-in, the next one still stands there.
  await eva.page.getByRole('checkbox', { name: 'Visa antal' }).uncheck()
  await until('one row', async () => (await rows(eva)).length === 1)
  assert.match((await rows(eva))[0], /Stöd/)
  assert.equal(await eva.page.title(), 'Jour')
  assert.equal(await eva.page.locator('#waits').isVisible(), false)
  assert.equal(await eva.page.locator('#total').innerText(), '')
  await eva.page.getByRole('checkbox', { name: 'Visa antal' }).check()

  // By hand the professional, although somebody stands before them.
  await eva.line.getByRole('listitem').filter({ hasText: 'Yrkesverksam' }).getByRole('button', { name: 'Ta', exact: true }).click()
  await work.isTalking()
  await eva.talksToNext()
  await eva.page.getByRole('tabpanel').getByText('Stöd · engelska · svenska').waitFor()
})

story('a professional who has waited too long is pointed out at every seat, ready or not', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const bo = await scene.otherDesk()
  const work = await scene.phone()
  await work.joins('I mitt arbete')
  for (const one of [eva, bo]) {
    await until('in the line', async () => (await rows(one)).length === 1)
    assert.equal(await one.page.locator('#long').isVisible(), false)
  }
  for (const one of [eva, bo]) {
    await one.page.getByText('Yrkesverksamma som har väntat länge: 1.').waitFor({ timeout: 75_000 })
    assert.match((await rows(one))[0], /^har väntat länge, 1 min · Yrkesverksam/)
    // With the number hidden too: this is not a number.
    await one.page.getByRole('checkbox', { name: 'Visa antal' }).uncheck()
    assert.ok(await one.page.getByText('Yrkesverksamma som har väntat länge: 1.').isVisible())
  }
  assert.deepEqual(await faults(bo.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-line-long')
}, { config: await centreWith({ shown_after: '1 min' }), within: 150_000 })

story('two counsellors press at once: one of them has the visitor, and the other sees why not', async (scene) => {
  const eva = await scene.desk()
  const bo = await scene.otherDesk()
  await eva.opens()
  await bo.opens()
  const anna = await scene.phone()
  await anna.joins()
  for (const one of [eva, bo]) await until('in the line', async () => (await rows(one)).length === 1)
  // In the same moment in both pages, before either has heard of the other.
  const press = (one) => one.line.getByRole('button', { name: 'Ta', exact: true }).evaluate((take) => take.click())
  await Promise.all([press(eva), press(bo)])
  await anna.isTalking()
  const told = (one) => one.page.locator('#notice').innerText()
  await until('one was told', async () => (await told(eva)) !== '' || (await told(bo)) !== '')
  const [winner, loser] = (await told(eva)) === '' ? [eva, bo] : [bo, eva]
  assert.match(await told(loser), /En kollega hann före\.|Besökaren är inte kvar i kön\./)
  await winner.sees('kontakt')
  assert.equal(await loser.page.getByRole('tab').count(), 0)
  assert.deepEqual(await faults(loser.page), [])
})

story('how many chats at once is raised by hand, to the centre’s most, and for this duty', async (scene) => {
  const eva = await scene.desk()
  assert.deepEqual(await several(eva).locator('option').allInnerTexts(), ['1', '2', '3'])
  await several(eva).selectOption('1')
  await eva.opens()
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  const fatima = await scene.phone()
  await fatima.joins()
  await until('in the line', async () => (await rows(eva)).length === 1)
  assert.ok(await button(eva, 'Ta nästa').isDisabled())
  await several(eva).selectOption('2')
  await eva.talksToNext()
  await fatima.isTalking()
  await eva.page.getByRole('switch', { name: 'I tjänst' }).click()
  await eva.page.getByRole('switch', { name: 'I tjänst', checked: false }).waitFor()
  assert.equal(await several(eva).inputValue(), '3', 'the next duty begins with what is usual in the demonstration')
})

story('three chats by the keyboard alone, each with its own truth, on every size of desk', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const visitors = []
  for (let one = 0; one < 3; one += 1) {
    const visitor = await scene.phone()
    await visitor.joins()
    await until('takable', async () => button(eva, 'Ta nästa').isEnabled())
    await eva.page.keyboard.press('Shift+F9')
    assert.ok(await button(eva, 'Ta nästa').evaluate((it) => it === document.activeElement))
    await eva.page.keyboard.press('Enter')
    await visitor.isTalking()
    visitors.push(visitor)
  }
  const tabs = eva.page.getByRole('tab')
  const chosen = () => eva.page.getByRole('tab', { selected: true }).innerText()
  await until('the third is chosen', async () => (await chosen()).startsWith('Besökare 3'))
  assert.ok(await eva.field.evaluate((it) => it === document.activeElement), 'one can write at once')
  await visitors[0].say('Hej, det är ettan')
  await tabs.nth(0).filter({ hasText: /1 nya · kontakt/ }).waitFor()
  // One who writes; nobody waits, as soon as the line has said so.
  await until('one in the title', async () => (await eva.page.title()).startsWith('(1)'))
  await eva.page.keyboard.press('F8')
  await until('the unread one', async () => (await chosen()).startsWith('Besökare 1'))
  await eva.page.keyboard.type('Hej ettan')
  await eva.page.keyboard.press('Enter')
  await visitors[0].reads('Hej ettan')
  await eva.delivered(1)
  await eva.page.keyboard.press('F9')
  assert.ok(await eva.log.evaluate((it) => it === document.activeElement))
  await eva.page.keyboard.press('F9')
  await eva.page.keyboard.press('Shift+F8')
  await until('round to the last', async () => (await chosen()).startsWith('Besökare 3'))
  // Roving: one tab in the order of Tab, arrows and ends move among them.
  assert.deepEqual(await tabs.evaluateAll((all) => all.map(({ tabIndex }) => tabIndex)), [-1, -1, 0])
  await tabs.nth(2).focus()
  await eva.page.keyboard.press('Home')
  await until('the first', async () => (await chosen()).startsWith('Besökare 1'))
  await eva.page.keyboard.press('End')
  await eva.page.keyboard.press('ArrowLeft')
  await until('the second', async () => (await chosen()).startsWith('Besökare 2'))
  await visitors[1].leave()
  await tabs.nth(1).filter({ hasText: 'slut' }).waitFor()
  await eva.page.getByText('Besökaren lämnade sidan snabbt').waitFor()
  for (const [name, width, height] of [['wide', 1280, 800], ['tablet', 1024, 768], ['upright', 768, 1024]]) {
    await eva.page.setViewportSize({ width, height })
    const over = await eva.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(over <= 0, `${name}: nothing stands outside of the window`)
    assert.deepEqual(await faults(eva.page, everyMode), [])
    await lookAs(eva.page, 'dark')
    await scene.screenshot(eva.page, `console-${name}-dark`)
    await lookAs(eva.page, 'light')
    await scene.screenshot(eva.page, `console-${name}`)
  }
})

story('a template is read in both languages, put into the field in the visitor’s, and sent by hand alone', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.page.locator('#languages [lang="en"]').evaluate((one) => one.click())
  await anna.page.locator('html[lang="en"]').waitFor({ state: 'attached' })
  await anna.page.getByRole('button', { name: 'Continue', exact: true }).click()
  await anna.page.locator('#start').click()
  await until('takable', async () => button(eva, 'Ta nästa').isEnabled())
  await eva.talksToNext()
  await eva.page.getByText('Mallar', { exact: true }).click()
  assert.deepEqual(await eva.page.locator('.templates .row button').allInnerTexts(), [
    'Öppning', 'Trygg just nu?', 'Anonymitet och orosanmälan', '112', 'Utomlands, eller tvingas resa',
    'Tankar på att ta sitt liv', 'Gräns', 'Avslut',
  ])
  await button(eva, 'Trygg just nu?').click()
  const preview = eva.page.getByRole('group', { name: 'Trygg just nu?' })
  await preview.getByText('First: can you write without anyone seeing?').waitFor()
  await preview.getByText('Först: kan du skriva utan att någon ser?').waitFor()
  assert.equal(await eva.field.inputValue(), '')
  assert.deepEqual(await faults(eva.page, everyMode), [])
  await scene.screenshot(eva.page, 'console-template')
  await button(eva, 'Lägg i rutan').click()
  assert.equal(await eva.field.inputValue(), 'First: can you write without anyone seeing? Are you safe right now?')
  assert.equal((await eva.messages()).length, 0, 'nothing is sent by itself')
  await eva.page.keyboard.press('Enter')
  await anna.reads('First: can you write without anyone seeing?')
})

story('a template that nobody wrote in the visitor’s language says so, and stands in Swedish', async (scene) => {
  const eva = await scene.desk()
  await eva.opens()
  const anna = await scene.phone()
  await anna.page.locator('#languages [lang="so"]').evaluate((one) => one.click())
  await anna.page.locator('html[lang="so"]').waitFor({ state: 'attached' })
  await anna.page.locator('#continue').click()
  await anna.page.locator('#start').click()
  await until('takable', async () => button(eva, 'Ta nästa').isEnabled())
  await eva.talksToNext()
  await eva.page.getByText('Mallar', { exact: true }).click()
  await button(eva, 'Öppning').click()
  await eva.page.getByText('Inte skriven på somaliska. Här står den på svenska').waitFor()
  await button(eva, 'Lägg i rutan').click()
  assert.match(await eva.field.inputValue(), /^Hej, jag heter \w+ och är kurator\./)
})
