// What is counted of a chat: from two browsers to the report and the coordinator's page.

import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { story } from './earnest.mjs'
import { screenshot } from './harness.mjs'
import { faults } from './looks.mjs'
import { until } from './people.mjs'

/** A centre with a counsellor at the desk and a coordinator who may sign in. */
async function staffed({ centre, console }) {
  const daniel = await console()
  const daniels = await daniel.enrols('Daniel', { role: 'Samordnare' })
  await daniel.done()
  const elin = await console()
  const elins = await elin.enrols('Elin')
  await elin.done()
  await centre.publishes('--request', daniels.request, elins.request, '--yes', '--words', daniels.words, '--words', elins.words)
  await elin.signIn()
  await elin.isAtTheDesk()
  await elin.opens()
  return { daniel, elin }
}

async function talks(scene, elin) {
  const anna = await scene.phone()
  await anna.joins()
  await elin.talksToNext()
  await anna.isTalking()
  await anna.say('Hej')
  await elin.reads('Hej')
  await elin.say('Hej, jag heter Elin.')
  await anna.reads('Hej, jag heter Elin.')
  return anna
}

const TRAVEL = 'Rädsla för att bli förd utomlands, eller kvar där'

story('a chat is counted with what its counsellor chose, and the report shows it', async (scene) => {
  const { centre } = scene
  const { daniel, elin } = await staffed(scene)
  const card = elin.page.getByRole('region', { name: 'Hur slutade det?' }).filter({ visible: true })
  const thanks = elin.page.getByText('Tack. Samtalet är räknat.').filter({ visible: true })
  const found = []
  const look = async (what) => {
    found.push(...(await faults(elin.page)).map((fault) => [what, ...fault]))
    await screenshot(elin.page, `counting-${what}`)
  }

  // Taken back: nothing is asked any more, and the chat goes on.
  const anna = await talks(scene, elin)
  await elin.end()
  await card.waitFor()
  await elin.button('Ångra').click()
  await card.waitFor({ state: 'hidden' })
  // In two taps, while the seconds run in which it can be taken back.
  await elin.end()
  await elin.button('Stöd eller hänvisning').click()
  await elin.button(TRAVEL).click()
  await look('choosing')
  await elin.button('Avsluta nu').click()
  await anna.isOver()
  await thanks.waitFor()
  await look('done')
  await elin.button('Ta bort').click()

  // Whoever leaves by themselves is asked about as well; by keyboard.
  const bea = await talks(scene, elin)
  await bea.leave()
  await card.waitFor()
  const choice = elin.button('Besökaren lämnade')
  await until('the ending that is known is marked', async () => (await choice.getAttribute('aria-pressed')) === 'true')
  await look('left')
  await choice.focus()
  await elin.page.keyboard.press('Enter')
  await elin.button(TRAVEL).focus()
  await elin.page.keyboard.press('Space')
  await thanks.waitFor()

  // A break is one press, and takes nobody new.
  await elin.button('Vila en stund').click()
  await elin.page.getByRole('switch', { name: 'I tjänst', checked: false }).waitFor()
  await elin.button('Ta bort').click()
  await elin.opens()

  // And nothing needs to be said at all.
  const cia = await talks(scene, elin)
  await elin.end()
  await cia.isOver()
  await thanks.waitFor({ timeout: 25_000 })
  assert.deepEqual(found, [])

  // The line is in the relay's memory: what it counted is written when it ends.
  const file = join(centre.state, 'statistics')
  assert.doesNotMatch(await readFile(file, 'utf8'), /ending/, 'nothing is on the disk while the day runs')
  await centre.stop()
  const counted = await readFile(file, 'utf8')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  const day = counted.split('\n').flatMap((line) => /^today \d{4}-\d\d-\d\d \d{4}-(?:W\d\d|Q\d) (.*)$/.exec(line)?.[1] ?? [])
  assert.deepEqual(day, [
    'ending support helped 2',
    'ending support left_fast 1',
    'waited under-2 3',
    'language sv 3',
    'topic none 1',
    'topic travel 2',
  ])

  // A week that is over.
  const past =
    'lykta statistics 1\n2026-W30 ending support helped 20\n2026-W30 ending support left_line 9\n' +
    '2026-W30 waited under-2 29\n2026-Q3 language sv 29\n2026-Q3 topic travel 29\n'
  await writeFile(file, `${past.replaceAll('29', '30')}2026-W30 ending support left_fast 1\n`)
  const report = await centre.lykta('report', '--config', centre.config, '--from', '2026-W30', '--to', '2026-W30')
  assert.equal(report.code, 0, report.out)
  assert.match(report.out, /visits +30 /)
  assert.match(report.out, /helped +·|helped +20/)
  assert.match(report.out, /left_fast +·/, 'one person is nobody')

  // The coordinator sees the same numbers at the console, as far as they may be shown.
  const two = past.replaceAll(/(sv|travel) 29/g, '$1 41')
  await writeFile(file, two + '2026-W31 waited under-2 12\n2026-W31 ending support helped 12\n')
  await centre.restart()
  await daniel.page.reload()
  await daniel.signIn()
  await daniel.page.getByRole('heading', { name: 'Statistik' }).waitFor()
  await daniel.page.getByLabel('Från vecka').fill('2026-W27')
  await daniel.page.getByLabel('Till vecka').fill('2026-W39')
  await daniel.button('Visa').click()
  const week = daniel.page.getByRole('table', { name: '2026-W30', exact: true })
  await daniel.page.locator('summary', { hasText: '2026-W30: besök 29' }).click()
  await week.waitFor()
  assert.match(await week.getByRole('row', { name: 'Besök' }).innerText(), /29/)
  await daniel.page.getByRole('img', { name: 'Besök per vecka' }).waitFor()
  await screenshot(daniel.page, 'counting-statistics')
  assert.deepEqual(await faults(daniel.page), [])
  const [download] = await Promise.all([
    daniel.page.waitForEvent('download'),
    daniel.page.getByRole('link', { name: 'Ladda ner som CSV' }).click(),
  ])
  const csv = await readFile(await download.path(), 'utf8')
  assert.match(csv, /^period,complete,table,row,column,number\r\n/)
  assert.match(csv, /2026-W30,yes,endings,all,all,29\r\n/)
  assert.match(csv, /2026-W30,yes,endings,all,left_fast,\r\n/)

  // Nobody else is told: not without a session, not a counsellor, and not another site's page.
  const numbers = new URL('/staff/statistics', centre.staff)
  assert.equal((await fetch(numbers)).status, 401)
  const asElin = await elin.page.context().request.get(numbers.href)
  assert.equal(asElin.status(), 401)
  const elsewhere = { headers: { 'sec-fetch-site': 'cross-site' } }
  assert.equal((await daniel.page.context().request.get(numbers.href, elsewhere)).status(), 403)
  const kept = await daniel.page.context().request.get(numbers.href)
  assert.equal(kept.headers()['cache-control'], 'no-store')
})
