// Who is neither counsellor nor coordinator: at the console, asked into a chat, and read by the visitor with a proven role.

import assert from 'node:assert/strict'
import { story } from './earnest.mjs'
import { screenshot } from './harness.mjs'
import { faults } from './looks.mjs'
import { until } from './people.mjs'

story('a police officer and an interpreter sign in, take nobody, and are asked into a chat with their proven roles', async (scene) => {
  const { centre } = scene
  const people = {}
  for (const [name, role] of [['Elin', 'Kurator'], ['Karin', 'Polis'], ['Tarik', 'Tolk']]) {
    const console = await scene.console()
    const { words, request } = await console.enrols(name, { role })
    await console.done()
    people[name] = { console, words, request }
  }
  const all = Object.values(people)
  await centre.publishes('--request', ...all.map(({ request }) => request), '--yes', ...all.flatMap(({ words }) => ['--words', words]))
  const [elin, karin, tarik] = all.map(({ console }) => console)

  for (const expert of [karin, tarik]) {
    await expert.signIn()
    await expert.isAtTheDesk()
    assert.equal(await expert.page.getByRole('switch', { name: 'I tjänst' }).count(), 0)
    assert.equal(await expert.button('Ta nästa').count(), 0)
    assert.equal(await expert.page.getByRole('list', { name: 'Kön' }).count(), 0)
  }
  await karin.page.getByText('Du är inloggad (Polis). Kollegor kan fråga om du vill vara med i ett samtal').waitFor()
  // With them alone the door stays shut.
  const state = await (await fetch(`${centre.visitor}state`)).json()
  assert.equal(state.state, 'away')
  assert.deepEqual(await faults(karin.page), [])
  await screenshot(karin.page, 'expert-1-waits')

  await elin.signIn()
  await elin.isAtTheDesk()
  await elin.opens()
  // Who writes in their work reads which professions can be asked in, and the relay says so by number: nobody's name.
  await until('a counsellor, a police officer and an interpreter on duty', async () => {
    const { on_duty: onDuty } = await (await fetch(`${centre.visitor}state`)).json()
    return onDuty.join() === '1,2,5'
  })
  const anna = await scene.phone()
  await anna.joins()
  await elin.talksToNext()
  await anna.isTalking()
  await anna.say('Bara för Elin.')
  await elin.reads('Bara för Elin.')
  // Nobody hands a chat over to somebody who is not a counsellor.
  await elin.button('Lämna över').click()
  await elin.page.getByText('Ingen kollega är i tjänst just nu.').waitFor()
  await elin.button('Stäng').click()

  for (const [expert, name, role, inWords] of [[karin, 'Karin', 'Polis', 'polis'], [tarik, 'Tarik', 'Tolk', 'tolk']]) {
    await elin.button('Bjud in').click()
    await elin.button(`${name} (${role})`).click()
    await anna.page.getByText(`Elin vill att ${name} (${inWords}) är med i chatten.`).waitFor()
    await anna.page.locator('#offer').getByRole('button', { name: 'Ja', exact: true }).click()
    await expert.page.getByRole('alert').filter({ hasText: 'Elin frågar om du vill vara med i ett samtal.' }).waitFor()
    await expert.button('Ja').click()
    await anna.page.locator('#room').filter({ hasText: `${name} (${inWords})` }).waitFor()
  }
  await screenshot(anna.page, 'expert-2-visitor')
  await anna.say('Vad kan polisen göra?')
  await karin.reads('Vad kan polisen göra?')
  await tarik.reads('Vad kan polisen göra?')
  await karin.say('Ni kan anmäla utan att någon annan får veta det.')
  await anna.reads('Ni kan anmäla utan att någon annan får veta det.')
  await elin.reads('Ni kan anmäla utan att någon annan får veta det.')
  assert.ok(!(await karin.page.content()).includes('Bara för Elin.'))
  assert.equal(await karin.page.getByText('Ny besökare. Säger').count(), 0, 'nothing is said of what a guest cannot know')
  assert.deepEqual(await faults(karin.page), [])
  await screenshot(karin.page, 'expert-3-in-the-chat')

  await karin.button('Lämna samtalet').click()
  await karin.button('Lämna nu').click()
  await anna.page.locator('#room').filter({ hasText: 'Karin (polis) läser inte längre.' }).waitFor()
  await karin.page.getByText('Samtalet är inte längre ditt. Allt är raderat här.').waitFor()
})
