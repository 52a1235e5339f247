// The console for somebody who hears it: names and roles as the browser hands them to a screen reader, what is announced by
// itself and how often, and where the keyboard is after each step. Swedish and English.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { story as inEarnest } from './earnest.mjs'
import { announced, focusOf, holdsTheKeyboard, listen, spoken } from './heard.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const button = (page, name) => page.getByRole('button', { name, exact: true })

/** The tree has no fault, in both languages; the roles and names that are asked for are in it. */
async function inBothLanguages(page, state, swedish, english) {
  for (const [language, wanted] of [['sv', swedish], ['en', english]]) {
    if ((await page.locator('html').getAttribute('lang')) !== language) await page.locator('#language').click()
    await page.locator(`html[lang="${language}"]`).waitFor()
    const { faults, roles } = await spoken(page)
    assert.deepEqual(faults, [], `${state}, ${language}`)
    for (const one of wanted) assert.ok(roles.includes(one), `${state}, ${language}: "${one}" is not among ${roles.filter((role) => !/^(StaticText|InlineTextBox|generic)/.test(role)).join(' | ')}`)
  }
  await page.locator('#language').click()
  await page.locator('html[lang="sv"]').waitFor()
}

story('every state of the console has names, roles and headings in order, in Swedish and English', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const { page } = eva
  await inBothLanguages(page, 'resting', ['switch I tjänst', 'button Ta nästa', 'heading Kön'], ['switch On duty', 'button Take next', 'heading Queue'])
  await page.locator('#hours-open').click()
  await inBothLanguages(page, 'hours', ['switch I tjänst'], ['switch On duty'])
  await page.locator('#hours-open').click()
  await page.locator('#staffroom-open').click()
  await inBothLanguages(page, 'staffroom', ['switch I tjänst'], ['switch On duty'])
  await page.locator('#staffroom-open').click()
  await page.locator('#beside-open').click()
  await inBothLanguages(page, 'steps in danger', ['switch I tjänst'], ['switch On duty'])
  await page.locator('#beside-open').click()
  await button(page, 'Se besökarens sida').click()
  await page.locator('.seen p').first().waitFor()
  await inBothLanguages(page, 'what visitors read', ['heading Besökarens sida', 'combobox Språk'], ['heading The visitor\'s page', 'combobox Language'])
  await page.locator('#preview-open').click()

  await eva.opens()
  await button(page, 'Paus').click()
  await button(page, 'Mitt pass').click()
  await inBothLanguages(page, 'the shift', ['heading Ditt pass hittills', 'region Ditt pass hittills'], ['heading Your shift so far'])
  await page.locator('#shift').getByRole('button', { name: 'Stäng', exact: true }).click()
  const [anna, bea] = [await scene.phone(), await scene.phone()]
  await anna.joins()
  await bea.joins('I mitt arbete')
  await until('two wait', async () => (await page.locator('#queue li').count()) === 2)
  await inBothLanguages(page, 'a line', ['button Ta nästa', 'list Kön'], ['button Take next', 'list Queue'])
  await eva.talksToNext()
  await eva.talksToNext()
  await anna.say('Hej')
  const chat = ['textbox Skriv här', 'button Skicka', 'button Avsluta', 'button Bjud in', 'button Lämna över']
  await inBothLanguages(page, 'two chats', chat, ['button Send', 'button End', 'button Invite', 'button Hand over'])
  await button(page, 'Bjud in').click()
  await inBothLanguages(page, 'a colleague is to be chosen', ['textbox Skriv här'], ['button Send'])
  await button(page, 'Bjud in').click()

  await page.clock.fastForward(5 * 60_000)
  await page.getByRole('dialog', { name: 'Låst' }).waitFor()
  const { faults, roles } = await spoken(page)
  assert.deepEqual(faults, [])
  assert.ok(!roles.some((role) => role.startsWith('textbox') || role.startsWith('log')), 'behind the lock nothing is in the tree')
}, { within: 150_000 })

story('what comes is announced once, typing never, and the keyboard is where the next step is', async (scene) => {
  const eva = await scene.desk(null, { clock: true })
  const { page } = eva
  await eva.opens()
  await listen(page)
  const anna = await scene.phone()
  await anna.joins()
  await until('the line shows them', async () => (await page.locator('#queue li').count()) === 1)
  assert.deepEqual((await announced(page)).filter((words) => /väntar/.test(words)), ['1 väntar'])

  await eva.talksToNext()
  await until('the keyboard is in the field', async () => (await focusOf(page)).endsWith('-field'))
  await anna.isTalking()
  await announced(page)

  // She writes, stops and writes again: seen, and not said.
  await anna.field.pressSequentially('Jag', { delay: 30 })
  await eva.seesWriting()
  assert.deepEqual(await announced(page), [])
  await anna.say('Jag vågar inte gå hem.')
  await eva.reads('Jag vågar inte gå hem.')
  const said = await announced(page)
  assert.equal(said.filter((words) => words.includes('Jag vågar inte gå hem.')).length, 1, said.join(' | '))
  assert.equal(said.length, 1, said.join(' | '))

  await page.clock.fastForward(5 * 60_000)
  const dialog = page.getByRole('dialog', { name: 'Låst' })
  await dialog.waitFor()
  assert.ok(await dialog.evaluate((one) => one.contains(document.activeElement)), 'the keyboard is in the lock')
  await page.getByRole('button', { name: 'Lås upp (demonstration: här krävs ingen passnyckel)' }).press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  await until('the keyboard is back in the field', async () => (await focusOf(page)).endsWith('-field'))

  await announced(page)
  await anna.end()
  // That it was asked for may be known too late, for the page's clock was moved; that it is over is what counts here.
  await page.getByText('Allt är raderat här.').waitFor()
  const over = (await announced(page)).filter((words) => words.includes('Allt är raderat här.'))
  assert.equal(over.length, 1, over.join(' | '))
  assert.ok(!['BODY', 'HTML'].includes(await page.evaluate(() => document.activeElement.tagName)), 'the keyboard is not lost with the chat')
})

/** Presses what has this name, with the keyboard. */
async function presses(page, name) {
  const one = button(page, name).filter({ visible: true })
  await one.focus()
  await one.press('Enter')
}

story('practice has names, roles and headings, says each thing once, and gives the keyboard back', async (scene) => {
  const eva = await scene.desk()
  const { page } = eva
  await eva.opens()
  await presses(page, 'Öva')
  await holdsTheKeyboard(page, 'the cases')
  await inBothLanguages(page, 'the cases', ['region ÖVNING', 'heading Välj ett fall att öva på'], ['region PRACTICE'])
  await listen(page)
  const first = page.locator('#training .cases button').first()
  await first.focus()
  await first.press('Enter')
  await until('the keyboard is in the field', async () => (await focusOf(page)).endsWith('-field'))
  await page.locator('#training .bubble').first().waitFor()
  const words = await page.locator('#training .bubble').first().textContent()
  assert.equal((await announced(page)).filter((one) => one.includes(words)).length, 1)
  await inBothLanguages(page, 'a case', ['textbox Skriv här', 'button Skicka', 'button Avsluta övningen'], ['button Send'])
  await presses(page, 'Avsluta')
  await presses(page, 'Avsluta nu')
  await page.getByText('Samtalet är slut. Allt är raderat här.').or(page.getByText('Samtalet avslutades. Allt är raderat här.')).waitFor()
  await holdsTheKeyboard(page, 'a case that is over')
  await presses(page, 'Ta bort')
  await holdsTheKeyboard(page, 'what to think of')
  await inBothLanguages(page, 'what to think of', ['heading Att tänka på efteråt'], [])
  await presses(page, 'Avsluta övningen')
  assert.equal(await focusOf(page), 'training-open')
}, { within: 120_000 })

story('who is asked in, who asks and who hands over hears it once, and the keyboard is never lost', async (scene) => {
  const [eva, bo] = [await scene.desk(), await scene.otherDesk()]
  await eva.opens()
  await bo.onDuty()
  const [evas, bos] = [await eva.page.locator('#name').textContent(), await bo.page.locator('#name').textContent()]
  const anna = await scene.phone()
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  for (const { page } of [eva, bo]) await listen(page)
  const offered = (name) => anna.page.locator('#offer').getByRole('button', { name, exact: true })
  const invites = async (how = 'Bjud in') => {
    await presses(eva.page, how)
    await holdsTheKeyboard(eva.page, 'who is to be asked')
    await button(eva.page, `${bos} (Kurator)`).waitFor()
    await presses(eva.page, `${bos} (Kurator)`)
    await offered('Ja').waitFor()
    await until('it can be taken back', async () => (await focusOf(eva.page)) === 'Ångra frågan')
  }

  // Taken back by the one, and refused by the other.
  await invites()
  await inBothLanguages(eva.page, 'the visitor is asked', ['button Ångra frågan'], ['button Take the question back'])
  await presses(eva.page, 'Ångra frågan')
  await holdsTheKeyboard(eva.page, 'the question is taken back')
  await eva.page.getByText('Frågan är tillbakadragen').waitFor()
  await announced(eva.page)
  await invites()
  await offered('Nej').click()
  await eva.page.getByText('Besökaren sa nej.').waitFor()
  assert.equal((await announced(eva.page)).filter((words) => words === 'Besökaren sa nej.').length, 1)
  await holdsTheKeyboard(eva.page, 'the visitor said no')

  await announced(bo.page)
  await invites()
  const asks = `${evas} frågar om du vill vara med i ett samtal.`
  await bo.page.getByRole('alert').filter({ hasText: asks }).waitFor()
  await offered('Ja').click()
  await inBothLanguages(bo.page, 'asked in', [`group ${asks}`, 'button Ja', 'button Nej'], ['button Yes', 'button No'])
  assert.equal((await announced(bo.page)).filter((words) => words === asks).length, 2, 'once, and once more after a language between')
  await presses(bo.page, 'Ja')
  await until('the keyboard is in the field', async () => (await focusOf(bo.page)).endsWith('-field'))
  const reads = `I samtalet: ${bos} (Kurator).`
  await eva.page.locator('.who').filter({ hasText: reads }).waitFor()
  assert.equal((await announced(eva.page)).filter((words) => words === reads).length, 1)
  await holdsTheKeyboard(eva.page, 'the colleague has come')
  await bo.page.locator('.who').filter({ hasText: evas }).waitFor()
  await inBothLanguages(bo.page, 'a guest', ['textbox Skriv här', 'button Lämna samtalet'], ['button Leave the chat'])
  await inBothLanguages(eva.page, 'with a guest', [`button Låt ${bos} gå`], ['button End'])

  // Whatever comes meanwhile, the keyboard stays on what is about to be pressed.
  await button(eva.page, `Låt ${bos} gå`).focus()
  await anna.say('Hej på er.')
  await eva.reads('Hej på er.')
  assert.equal(await focusOf(eva.page), `Låt ${bos} gå`)
  await presses(eva.page, `Låt ${bos} gå`)
  await eva.page.locator('.who').waitFor({ state: 'hidden' })
  await holdsTheKeyboard(eva.page, 'the guest is let go')
  await bo.page.getByText('Samtalet är inte längre ditt.').waitFor()
  await holdsTheKeyboard(bo.page, 'the guest was let go')

  await announced(eva.page)
  await invites('Lämna över')
  await offered('Ja').click()
  await bo.page.getByRole('alert').filter({ hasText: `${evas} frågar om du vill ta över ett samtal.` }).waitFor()
  await presses(bo.page, 'Ja')
  await eva.page.getByText('Samtalet är inte längre ditt.').waitFor()
  assert.equal((await announced(eva.page)).filter((words) => words.includes('Samtalet är inte längre ditt.')).length, 1)
  await holdsTheKeyboard(eva.page, 'the chat is handed over')
  await anna.page.locator('#room').filter({ hasText: 'har tagit över chatten' }).waitFor()
  await anna.say('Och nu?')
  await bo.reads('Och nu?')
  await presses(bo.page, 'Avsluta')
  await presses(bo.page, 'Avsluta nu')
  await bo.page.getByText('Allt är raderat här.').filter({ visible: true }).first().waitFor()
  await holdsTheKeyboard(bo.page, 'the chat is over')

  // No is an answer too.
  const cia = await scene.phone()
  await cia.joins()
  await bo.talksToNext()
  await cia.isTalking()
  await presses(bo.page, 'Bjud in')
  await presses(bo.page, `${evas} (Kurator)`)
  await eva.page.getByRole('alert').filter({ hasText: `${bos} frågar` }).waitFor()
  await presses(eva.page, 'Nej')
  await holdsTheKeyboard(eva.page, 'a colleague was told no')
}, { within: 180_000 })

inEarnest('asking for a place, signing in and the statistics are heard: every step has names, and the keyboard is where the next one is', async (scene) => {
  const { centre } = scene
  const isAt = (page, id) => until(`the keyboard is at ${id}`, async () => (await page.evaluate(() => document.activeElement?.id)) === id)
  const isWhole = async (page, state) => assert.deepEqual((await spoken(page)).faults, [], state)

  const daniel = await scene.console()
  const { page } = daniel
  await page.getByRole('button', { name: 'Logga in med passnyckel' }).waitFor()
  await listen(page)
  await isWhole(page, 'the door')
  await presses(page, 'Ny på jouren: ansök om plats')
  await isAt(page, 'enrol-name')
  await isWhole(page, 'asking for a place')
  await presses(page, 'Skapa passnyckel')
  await daniel.isToldAtTheDoor('Skriv ett namn, högst 64 tecken.')
  await isAt(page, 'enrol-name')
  assert.equal((await announced(page)).filter((words) => words.startsWith('Skriv ett namn')).length, 1)
  await page.keyboard.type('Daniel')
  await page.getByRole('combobox', { name: 'Roll' }).selectOption('Samordnare')
  await presses(page, 'Skapa passnyckel')
  await isAt(page, 'enrolled-words')
  await isWhole(page, 'the request')
  const request = await daniel.saved('Spara ansökan')
  const words = await page.locator('#enrolled-words').innerText()
  await presses(page, 'Klar')
  await isAt(page, 'passkey')

  await announced(page)
  await presses(page, 'Logga in med passnyckel')
  await daniel.isToldAtTheDoor('Passnyckeln finns inte i personallistan')
  await isAt(page, 'passkey')
  assert.equal((await announced(page)).filter((said) => said.startsWith('Passnyckeln finns inte')).length, 1)

  const elin = await scene.console({ prf: false })
  await listen(elin.page)
  await presses(elin.page, 'Ny på jouren: ansök om plats')
  await elin.page.keyboard.type('Elin')
  await presses(elin.page, 'Skapa passnyckel')
  await elin.page.getByRole('heading', { name: 'Din passnyckel behöver en nyckelfil' }).waitFor()
  await isAt(elin.page, 'enrol-passphrase')
  await isWhole(elin.page, 'the key file is made')
  await elin.page.keyboard.type('kort')
  await announced(elin.page)
  await presses(elin.page, 'Skapa nyckelfilen')
  await elin.page.getByRole('alert').filter({ hasText: 'De två är inte lika.' }).waitFor()
  assert.equal((await announced(elin.page)).filter((said) => said.startsWith('De två är inte lika.')).length, 1)
  assert.equal(await elin.page.evaluate(() => document.activeElement.id), 'enrol-file-make')
  for (const id of ['enrol-passphrase', 'enrol-passphrase-again']) await elin.page.locator(`#${id}`).fill('fem slumpade ord är bra ord')
  await presses(elin.page, 'Skapa nyckelfilen')
  await isAt(elin.page, 'enrolled-words')
  const elins = { request: await elin.saved('Spara ansökan'), words: await elin.page.locator('#enrolled-words').innerText() }
  await presses(elin.page, 'Klar')

  await centre.publishes('--request', request, elins.request, '--yes', '--words', words, '--words', elins.words)
  const past = 'lykta statistics 1\n2026-W30 ending support helped 20\n2026-W30 waited under-2 20\n2026-Q3 language sv 20\n2026-Q3 topic travel 20\n'
  await centre.restart(() => writeFile(join(centre.state, 'statistics'), past, { mode: 0o600 }))

  await presses(elin.page, 'Logga in med passnyckel')
  await isAt(elin.page, 'key-file-choose')
  await isWhole(elin.page, 'the key file is asked for')
  await presses(elin.page, 'Tillbaka')
  await isAt(elin.page, 'passkey')

  await presses(page, 'Logga in med passnyckel')
  await isAt(page, 'keeper-title')
  await isWhole(page, 'the coordinator')
  await page.getByLabel('Från vecka').fill('2026-W27')
  await page.getByLabel('Till vecka').fill('2026-W39')
  await announced(page)
  await presses(page, 'Visa')
  await page.getByRole('status').filter({ hasText: 'Tabellerna visas. Antal veckor:' }).waitFor()
  assert.equal((await announced(page)).filter((said) => said.startsWith('Tabellerna visas.')).length, 1)
  assert.equal(await focusOf(page), 'Visa')
  await isWhole(page, 'the tables')
  const { roles } = await spoken(page)
  assert.ok(roles.some((role) => role.startsWith('table 2026-W30')) || roles.some((role) => role.includes('2026-W30')), roles.join(' | '))
  assert.ok(roles.includes('image Besök per vecka'), roles.join(' | '))
  await presses(page, 'Logga ut')
  await isAt(page, 'over-again')
})
