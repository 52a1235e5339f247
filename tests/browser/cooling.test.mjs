// Somebody comes again and again to insult. Who is let in later for it is told in tests/sim/limits.rs; here is how a
// counsellor asks for it, and that a chat is never lost to a try that failed.

import assert from 'node:assert/strict'
import { faults } from './looks.mjs'
import { story, together } from './scene.mjs'

story('a counsellor ends a chat and slows down where it came from, by hand and knowing whom else it concerns', async (scene) => {
  const { anna, eva } = await together(scene)
  const press = (name) => eva.page.getByRole('button', { name, exact: true }).filter({ visible: true }).click()
  const asked = []
  eva.page.on('request', (request) => {
    if (request.url().endsWith('/staff/cool')) asked.push(request)
  })

  await press('Avsluta')
  await eva.page.getByRole('button', { name: 'Personen stör gång på gång …' }).waitFor()
  assert.deepEqual(await faults(eva.page, ['dark']), [])
  await press('Personen stör gång på gång …')
  const warning = eva.page.getByRole('group').getByText('Det gäller alla på samma nät, till exempel på en skola.')
  await warning.waitFor()
  assert.deepEqual(await faults(eva.page), [])
  await scene.screenshot(eva.page, 'console-cool-down')
  // No clock runs here: who thinks about it has time, and may leave it.
  await press('Ångra')
  await warning.waitFor({ state: 'hidden' })
  assert.deepEqual(asked, [])

  // The relay does not answer: nothing is ended.
  await eva.page.route('**/staff/cool', (route) => route.abort())
  await press('Avsluta')
  await press('Personen stör gång på gång …')
  await press('Avsluta och bromsa')
  await eva.page.getByText('Det gick inte att bromsa just nu. Samtalet är kvar.').waitFor()
  await eva.say(scene.answer)
  await anna.reads(scene.answer)
  await eva.page.unroute('**/staff/cool')

  const answered = eva.page.waitForResponse((answer) => answer.url().endsWith('/staff/cool'))
  await press('Avsluta och bromsa')
  assert.equal((await answered).status(), 204)
  await anna.isOver()
  await eva.page.getByRole('button', { name: 'Personen stör gång på gång …' }).waitFor({ state: 'hidden' })
  const said = JSON.parse(asked.at(-1).postData())
  assert.deepEqual(Object.keys(said), ['ticket', 'claim'], 'which chat, and nothing of why')
  // The same browser from the same network: it is neither sent away nor let in, and reads that its turn comes.
  await anna.page.getByRole('button', { name: 'Till början' }).click()
  await anna.continueAfterSafety()
  await anna.startChat()
  const status = anna.page.getByRole('status')
  await status.filter({ hasText: 'Du släpps in så snart det är din tur. Stanna kvar på sidan.' }).waitFor()
  assert.ok(await eva.page.getByRole('button', { name: 'Ta nästa', exact: true }).isDisabled(), 'nobody stands in line')
  await scene.screenshot(anna.page, 'visitor-cooled-down')
})
