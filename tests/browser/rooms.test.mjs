// Rooms: somebody is asked into a chat, the visitor says no and yes, a guest leaves and vanishes, a chat is handed over.

import assert from 'node:assert/strict'
import { faults } from './looks.mjs'
import { until } from './people.mjs'
import { story } from './scene.mjs'

const button = (person, name) => person.page.getByRole('button', { name, exact: true })
const nameOf = (person) => person.page.locator('#name').textContent()
/** What always says who else reads. */
const room = (anna, words) => anna.page.locator('#room').filter({ hasText: words }).waitFor()
const inChat = (person, words) => person.page.locator('.who').filter({ hasText: words, visible: true }).waitFor()

/** Chooses a colleague, who has proven who they are. `how` is the button's name. */
async function asksIn(eva, how, name) {
  await button(eva, how).click()
  await button(eva, `${name} (Kurator)`).click()
}

const answers = (anna, yes) => anna.page.locator('#offer').getByRole('button', { name: yes ? 'Ja' : 'Nej', exact: true }).click()
const isAsked = (bo, words) => bo.page.getByRole('alert').filter({ hasText: words }).waitFor()

/** Two counsellors, one of whom talks with a visitor. */
async function talking(scene, phone) {
  const eva = await scene.desk()
  await eva.opens()
  const bo = await scene.otherDesk()
  await bo.onDuty()
  const anna = await scene.phone(phone)
  await anna.joins()
  await eva.talksToNext()
  await anna.isTalking()
  await anna.say('Det här är bara för Eva.')
  await eva.reads('Det här är bara för Eva.')
  return { eva, bo, anna, evas: await nameOf(eva), bos: await nameOf(bo) }
}

story('a visitor who says no stays alone with the counsellor; who says yes sees who reads, and the guest reads what is new', async (scene) => {
  const { eva, bo, anna, evas, bos } = await talking(scene)
  assert.notEqual(evas, bos)

  await asksIn(eva, 'Bjud in', bos)
  await anna.page.getByText(`${evas} vill att ${bos} (kurator) är med i chatten. ${bos} ser inget av det ni har skrivit före.`).waitFor()
  await scene.screenshot(anna.page, 'visitor-room-asked')
  await scene.screenshot(eva.page, 'desk-room-asking')
  assert.deepEqual(await faults(anna.page), [])
  assert.deepEqual(await faults(eva.page), [])
  await isAsked(bo, `${evas} frågar om du vill vara med i ett samtal.`)
  await scene.screenshot(bo.page, 'desk-room-asked')
  assert.deepEqual(await faults(bo.page), [])
  await answers(anna, false)
  await eva.page.getByText('Besökaren sa nej.').waitFor()
  await until('nobody asks the colleague any more', async () => (await bo.page.getByRole('alert').filter({ hasText: 'vara med i ett samtal' }).count()) === 0)
  assert.ok(await anna.page.locator('#room').isHidden())

  await asksIn(eva, 'Bjud in', bos)
  await answers(anna, true)
  await isAsked(bo, 'vara med i ett samtal')
  await button(bo, 'Ja').click()
  await room(anna, `Någon mer läser: ${bos} (kurator).`)
  await inChat(eva, `I samtalet: ${bos} (Kurator)`)
  await inChat(bo, `I samtalet: ${evas} (Kurator)`)
  await anna.say(scene.canary.text)
  await eva.reads(scene.canary.text)
  await bo.reads(scene.canary.text)
  await bo.say(scene.answer)
  await anna.reads(scene.answer)
  await eva.reads(scene.answer)
  await eva.say('Vi är två här nu.')
  await bo.reads('Vi är två här nu.')
  await anna.reads('Vi är två här nu.')
  assert.deepEqual(await bo.messages(), [scene.canary.text, scene.answer, 'Vi är två här nu.'], 'nothing of before')
  await scene.screenshot(anna.page, 'visitor-room')
  await scene.screenshot(eva.page, 'desk-room')
  await scene.screenshot(bo.page, 'desk-room-guest')
  assert.deepEqual(await faults(anna.page), [])
  assert.deepEqual(await faults(bo.page), [])

  await button(bo, 'Lämna samtalet').click()
  await button(bo, 'Lämna nu').click()
  await room(anna, `${bos} (kurator) läser inte längre.`)
  await bo.page.getByText('Samtalet är inte längre ditt. Allt är raderat här.').waitFor()
  await eva.page.locator('.who').waitFor({ state: 'hidden' })
  await anna.say('Nu är vi två igen.')
  await eva.reads('Nu är vi två igen.')
  assert.ok(!(await bo.page.content()).includes('Nu är vi två igen.'))
})

story('a guest whose page is closed is seen to be away, and is out of the chat when nothing was heard for long', async (scene) => {
  const { eva, bo, anna, bos } = await talking(scene, { clock: true })
  await asksIn(eva, 'Bjud in', bos)
  await answers(anna, true)
  await button(bo, 'Ja').click()
  await room(anna, `Någon mer läser: ${bos} (kurator).`)
  await anna.say('Hej på er båda.')
  await bo.reads('Hej på er båda.')
  await bo.page.close()

  // Her time is counted while she is connected. A leap that is longer than a socket may be silent costs her
  // the socket, and the count begins again: so she goes on writing, and time passes in between.
  const passes = async (words) => {
    const shown = anna.page.locator('#room').filter({ hasText: words })
    for (let step = 1; step <= 30 && !(await shown.isVisible()); step += 1) {
      await anna.page.clock.fastForward(15_000)
      await anna.say(`Vi väntar (${words}, ${step}).`)
      await eva.reads(`Vi väntar (${words}, ${step}).`)
    }
    await shown.waitFor()
  }
  await passes(`${bos} (kurator), borta just nu`)
  await passes(`${bos} (kurator) läser inte längre.`)
  await eva.page.locator('.who').waitFor({ state: 'hidden' })
  await anna.say('Är du kvar, Eva?')
  await eva.reads('Är du kvar, Eva?')
})

story('a chat is handed over: the colleague has it with keys of their own, and the one before has nothing', async (scene) => {
  const { eva, bo, anna, evas, bos } = await talking(scene)
  const cleo = await scene.otherDesk()
  await cleo.onDuty()
  const cleos = await nameOf(cleo)
  await asksIn(eva, 'Bjud in', cleos)
  await answers(anna, true)
  await button(cleo, 'Ja').click()
  await room(anna, `Någon mer läser: ${cleos} (kurator).`)

  await asksIn(eva, 'Lämna över', bos)
  await anna.page.getByText(`${evas} vill lämna över chatten till ${bos} (kurator).`).waitFor()
  await scene.screenshot(anna.page, 'visitor-hand-over')
  await answers(anna, true)
  await isAsked(bo, `${evas} frågar om du vill ta över ett samtal.`)
  await button(bo, 'Ja').click()
  await room(anna, `${bos} har tagit över chatten.`)
  await anna.page.getByRole('status').filter({ hasText: `Nu är ${bos} här.` }).waitFor()
  await eva.page.getByText('Samtalet är inte längre ditt. Allt är raderat här.').waitFor()
  await anna.say(scene.canary.text)
  await bo.reads(scene.canary.text)
  await cleo.reads(scene.canary.text)
  await bo.say(scene.answer)
  await anna.reads(scene.answer)
  await cleo.reads(scene.answer)
  assert.deepEqual(await bo.messages(), [scene.canary.text, scene.answer], 'nothing of before')
  assert.ok(!(await eva.page.content()).includes(scene.answer), 'the one before reads nothing')
  await scene.screenshot(anna.page, 'visitor-handed-over')
  await scene.screenshot(bo.page, 'desk-handed-over')
  await scene.screenshot(eva.page, 'desk-handed-away')

  await anna.end()
  await anna.isOver()
  await bo.page.getByText('Samtalet är slut. Allt är raderat här.').waitFor()
  await cleo.page.getByText('Allt är raderat här.').waitFor()
})
