// Sign-in in earnest: enrolment in the browser, words compared, the roster signed by the offline tool, a passkey at
// the console, a chat, and what happens to somebody who is taken off the staff.

import assert from 'node:assert/strict'
import { readFile, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { faults } from './looks.mjs'
import { openCentre } from './centre.mjs'
import { story } from './earnest.mjs'
import { screenshot } from './harness.mjs'
import { until } from './people.mjs'

/** What a browser may keep of the staff: one cookie that scripts cannot read, and nothing else. */
async function isKeptNowhere(person) {
  const left = await person.page.evaluate(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    cookie: document.cookie,
  }))
  assert.deepEqual(left, { local: 0, session: 0, databases: 0, caches: 0, cookie: '' })
  const cookies = await person.page.context().cookies()
  for (const { name, httpOnly, secure, sameSite } of cookies) {
    assert.deepEqual([name, httpOnly, secure, sameSite], ['__Host-lykta', true, true, 'Strict'])
  }
  return cookies.length
}

story('somebody asks for a place, is signed for, talks with a visitor, and is taken off the staff', async (scene) => {
  const { centre } = scene
  const told = await centre.lykta('check', centre.config)
  assert.equal(told.code, 0, told.out)
  assert.match(told.out, /there is no roster/)

  const alva = await scene.console()
  await alva.isToldAtTheDoor('Logga in med din passnyckel')
  await screenshot(alva.page, 'staff-1-sign-in')
  const alvas = await alva.enrols('Alva')
  await screenshot(alva.page, 'staff-2-enrolled')
  assert.match(await readFile(alvas.request, 'utf8'), /^lykta-enrolment-1\n/)
  await alva.done()
  await alva.signIn()
  await alva.isToldAtTheDoor('Passnyckeln finns inte i personallistan')

  const bashar = await scene.console()
  const bashars = await bashar.enrols('Bashar')
  await bashar.done()

  // Words that are not on anybody's screen sign nobody.
  const both = ['--request', alvas.request, bashars.request, '--yes', '--words', alvas.words, '--words']
  const wrong = await centre.signs(...both, '12345 12345 12345 12345 12345 12345')
  assert.notEqual(wrong.code, 0)
  assert.match(wrong.out, /nothing was signed/)
  await centre.publishes(...both, bashars.words)

  assert.equal(await isKeptNowhere(alva), 0)
  await alva.signIn()
  await alva.isAtTheDesk()
  assert.equal(await alva.page.locator('#name').innerText(), 'Alva')
  await alva.opens()
  assert.equal(await isKeptNowhere(alva), 1)

  const anna = await scene.phone()
  await anna.joins()
  await alva.talksToNext()
  await anna.isTalking()
  await anna.page.getByText('Alva').first().waitFor()
  await anna.say('Hej, är det någon där?')
  await alva.reads('Hej, är det någon där?')
  await alva.say('Ja, jag är här.')
  await anna.reads('Ja, jag är här.')

  // A restarted relay knows the sign-in again, and the chat goes on.
  await centre.restart()
  await alva.say('Servern startade om.')
  await anna.reads('Servern startade om.')

  await bashar.signIn()
  await bashar.isAtTheDesk()
  await bashar.opens()
  // The authenticator asks whose finger it is, and a wrong one opens nothing.
  const thief = await scene.console()
  await thief.enrols('Tjuven')
  await thief.done()
  await thief.authenticator.verifies(false)
  await thief.signIn()
  await thief.isToldAtTheDoor('Passnyckeln svarade inte')
  await centre.publishes('--remove', 'Alva')
  await alva.isToldAtTheDoor('Inloggningen har upphört')
  assert.equal(await alva.page.getByText('Servern startade om.').count(), 0, 'the conversation is gone from the screen')
  await anna.place()
  await bashar.line.getByRole('listitem').first().waitFor()
  await bashar.talksToNext()
  await anna.isTalking()
  await anna.page.getByText('Bashar').first().waitFor()
  await anna.say('Nu är det du.')
  await bashar.reads('Nu är det du.')

  await alva.button('Till inloggningen').click()
  await alva.signIn()
  await alva.isToldAtTheDoor('Passnyckeln finns inte i personallistan')
  assert.equal(await isKeptNowhere(alva) <= 1, true)

  // The roster before brings nobody back.
  const older = await centre.lykta('roster', centre.roster(1), '--config', centre.config, '--install')
  assert.notEqual(older.code, 0)
  assert.match(older.out, /an older roster would bring back whoever was removed/)

  // Names and keys are in the state directory and in nobody else's reach; the log has neither.
  for (const name of await readdir(centre.state)) {
    assert.equal((await stat(join(centre.state, name))).mode & 0o777, 0o600, name)
  }
  for (const word of ['Alva', 'Bashar', alvas.words.slice(0, 5)]) assert.ok(!centre.output().includes(word), word)
})

story('a security key without PRF opens a key file, chosen by hand each time', async (scene) => {
  const { centre } = scene
  const cilla = await scene.console({ prf: false })
  const passphrase = 'fem slumpade ord på rad'
  const { words, request, keyFile } = await cilla.enrols('Cilla', { passphrase })
  await screenshot(cilla.page, 'staff-3-key-file')
  assert.match(await readFile(keyFile, 'utf8'), /^lykta-key-1\n/)
  await cilla.done()
  await centre.publishes('--request', request, '--yes', '--words', words)

  await cilla.signIn()
  const opens = async (typed) => {
    await cilla.page.getByLabel('Nyckelfil', { exact: true }).setInputFiles(keyFile)
    await cilla.page.locator('#key-file-passphrase').fill(typed)
    await cilla.button('Öppna').click()
  }
  await cilla.page.getByRole('heading', { name: 'Din nyckelfil' }).waitFor()
  await opens('fel lösenfras')
  await cilla.page.getByText('fel lösenfras, eller fel fil').waitFor()
  assert.equal(await cilla.page.locator('#key-file-passphrase').inputValue(), '', 'nothing is left in the field')
  await opens(passphrase)
  await cilla.isAtTheDesk()
  await cilla.opens()
  await isKeptNowhere(cilla)

  const anna = await scene.phone()
  await anna.joins()
  await cilla.talksToNext()
  await anna.isTalking()
})

story('a coordinator brings the roster to the console, and a certificate that ends soon is renewed without meeting', async (scene) => {
  const { centre } = scene
  const daniel = await scene.console()
  const daniels = await daniel.enrols('Daniel', { role: 'Samordnare' })
  await daniel.done()
  const elin = await scene.console()
  const elins = await elin.enrols('Elin')
  await elin.done()
  await centre.publishes(
    '--request', daniels.request, elins.request, '--days', '5',
    '--yes', '--words', daniels.words, '--words', elins.words,
  )

  await elin.signIn()
  await elin.isAtTheDesk()
  await elin.page.getByText('Ditt intyg går ut om 4 dagar').waitFor()
  const renewal = await elin.saved('Spara förnyelsen')
  // No words are asked for: the key that is being renewed has signed.
  const signed = await centre.signs('--request', renewal)
  assert.equal(signed.code, 0, signed.out)
  assert.match(signed.out, /renewed +Elin/)

  await daniel.signIn()
  await daniel.page.getByRole('heading', { name: 'Personallistan' }).waitFor()
  const brings = async (number) => {
    await daniel.page.getByLabel('Undertecknad personallista').setInputFiles(centre.roster(number))
    await daniel.button('Lägg in listan').click()
  }
  await brings(2)
  await daniel.page.getByText('Listan gäller nu: version 2.').waitFor()
  await brings(1)
  await daniel.page.getByText('Listan lades inte in').waitFor()
  const shown = await centre.lykta('roster', '--config', centre.config)
  assert.match(shown.out, /roster version 2/)

  // Elin's seat goes on, and the next sign-in is with the new certificate.
  assert.ok(await elin.page.getByText('Ansluten').isVisible())
  await elin.page.reload()
  await elin.signIn()
  await elin.isAtTheDesk()
  await until('no warning', async () => !(await elin.page.getByText('Ditt intyg går ut').isVisible()))
})

story('a new session key signs everybody out; another host needs the file and the last roster, and the passkeys go on', async (scene) => {
  const { centre } = scene
  const alva = await scene.console()
  const { words, request } = await alva.enrols('Alva')
  await alva.done()
  await centre.publishes('--request', request, '--yes', '--words', words)
  await alva.signIn()
  await alva.isAtTheDesk()

  // deploy/README.md, "Rotate".
  await centre.restart(() => rm(join(centre.state, 'session-key')))
  await alva.isToldAtTheDoor('Inloggningen har upphört')
  await alva.button('Till inloggningen').click()
  await alva.signIn()
  await alva.isAtTheDesk()

  // "Taking over another host": nothing is there but what the first day makes.
  await centre.restart(async () => {
    for (const name of await readdir(centre.state)) await rm(join(centre.state, name), { recursive: true })
  })
  await alva.isToldAtTheDoor('Inloggningen har upphört')
  await alva.button('Till inloggningen').click()
  await alva.signIn()
  await alva.isToldAtTheDoor('Passnyckeln finns inte i personallistan')
  const installed = await centre.lykta('roster', centre.roster(1), '--config', centre.config, '--install')
  assert.equal(installed.code, 0, installed.out)
  await until('the roster is in use again', () => centre.output().split('roster version 1 is in use').length === 3)
  await alva.signIn()
  await alva.isAtTheDesk()
})

story('axe finds nothing on any screen of the way in, light or dark', async (scene) => {
  const person = await scene.console({ prf: false })
  const found = []
  const look = async (what) => found.push(...(await faults(person.page)).map((fault) => [what, ...fault]))
  await look('sign-in')
  await person.button('Ny på jouren: ansök om plats').click()
  await look('asking for a place')
  await person.page.getByRole('textbox', { name: 'Namn som kollegorna ser' }).fill('Elin')
  await person.button('Skapa passnyckel').click()
  await person.page.getByRole('heading', { name: 'Din passnyckel behöver en nyckelfil' }).waitFor()
  await person.button('Skapa nyckelfilen').click()
  await person.page.getByText('minst 16 tecken').waitFor()
  await look('a passphrase that is too short')
  for (const label of ['Lösenfras', 'Samma lösenfras en gång till']) {
    await person.page.getByRole('textbox', { name: label, exact: true }).fill('fem slumpade ord på rad')
  }
  await person.button('Skapa nyckelfilen').click()
  await person.page.getByRole('heading', { name: 'Din ansökan' }).waitFor()
  await look('words to compare')
  assert.deepEqual(found, [])
})

test('without what it needs the relay does not start, and says so in one sentence', async () => {
  const centre = await openCentre()
  try {
    const serve = (...args) => centre.lykta('serve', ...args)
    const refused = async (told, words) => {
      const { code, out } = await told
      assert.notEqual(code, 0, out)
      assert.match(out, words)
      assert.equal(out.trim().split('\n').length, 1, out)
    }
    await refused(serve(), /name the centre's file with --config/)
    await centre.letEverybodyLook()
    await refused(serve('--config', centre.config), /others on this machine may look into the state directory/)
    assert.match((await centre.lykta('check', centre.config)).out, /others on this machine may look/)
    await centre.letNobodyElseLook()
  } finally {
    await centre.stop()
  }
})
