import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Message, View } from '../shared/door/records.ts'
import { Ending, Lane, NotSaid, Peer, Phase } from '../shared/door/words.ts'
import { says, type Act, type Case } from '../staff/training/case.ts'
import { cases } from '../staff/training/cases.ts'
import { Rehearsal } from '../staff/training/rehearsal.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function plays(play: Case) {
  const heard = { said: [] as Message[], views: [] as View[], delivered: 0, over: null as [View, boolean] | null }
  const rehearsal = new Rehearsal(play, 'sv', {
    view: (view) => heard.views.push(view),
    said: (message) => heard.said.push(message),
    delivered: (upTo) => (heard.delivered = upTo),
    over: (view, putBack) => (heard.over = [view, putBack]),
  })
  rehearsal.begin()
  return { rehearsal, heard, now: () => heard.views.at(-1), seconds: (n: number) => void vi.advanceTimersByTime(n * 1_000) }
}

const named = (key: string) => cases.find((one) => one.key === key) as Case
const visitor = (said: Message[]) => said.filter(({ from }) => from === 0).map(({ text }) => text)

function small(scenes: Case['scenes']): Case {
  const none = { sv: 'x', en: 'x' }
  return { key: 'small', title: none, about: none, lane: Lane.Support, forWhom: 1, scenes, after: [none] }
}

describe('the cases', () => {
  test('there are at least five, with an abduction, a wish to die, somebody rude and a professional among them', () => {
    const keys = cases.map(({ key }) => key)
    for (const key of ['anonymous', 'journey', 'life', 'testing', 'colleague']) expect(keys).toContain(key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(cases.filter(({ lane }) => lane === Lane.Professional).map(({ key }) => key)).toEqual(['colleague'])
  })

  test.each(cases.map((one) => [one.key, one] as const))('%s: every way leads somewhere, and every way can end', (_, { scenes }) => {
    const ways = (name: string) => [...(scenes[name]?.then ?? []).map(({ go }) => go), ...(scenes[name]?.silence ? [scenes[name].silence.go] : [])]
    const reached = new Set(['start'])
    for (const name of reached) for (const next of ways(name)) reached.add(next)
    for (const name of reached) expect(scenes[name], name).toBeDefined()
    expect([...reached].sort(), 'no scene that nobody sees').toEqual(Object.keys(scenes).sort())
    const ends = (name: string) => scenes[name]?.does.some((act) => 'leaves' in act) ?? false
    for (const name of reached) {
      const from = new Set([name])
      for (const one of from) for (const next of ways(one)) from.add(next)
      expect([...from].some(ends), `${name} can end`).toBe(true)
      expect(ends(name) || (scenes[name]?.then ?? []).some(({ hears }) => !hears), `${name} answers whatever is said`).toBe(true)
      expect(ends(name) || scenes[name]?.silence !== undefined, `${name} does not wait for ever`).toBe(true)
    }
  })

  test.each(cases.map((one) => [one.key, one] as const))('%s is told in both languages, and what is listened for is small letters', (_, one) => {
    const acts: Act[] = Object.values(one.scenes).flatMap(({ does }) => does)
    const texts = [one.title, one.about, ...one.after, ...acts.flatMap((act) => ('says' in act ? [act.says] : []))]
    for (const { sv, en } of texts) {
      expect(sv.trim()).not.toBe('')
      expect(en.trim()).not.toBe('')
    }
    for (const { hears } of Object.values(one.scenes).flatMap(({ then }) => then ?? [])) {
      for (const part of hears ?? []) expect(part).toBe(part.toLowerCase())
    }
    expect(one.after.length).toBeGreaterThanOrEqual(3)
  })
})

describe('a rehearsal', () => {
  test('begins like a chat: the keys first, then the visitor writes', () => {
    const { rehearsal, heard, now, seconds } = plays(named('anonymous'))
    expect(now()?.phase).toBe(Phase.Greeting)
    expect(rehearsal.say('hej')).toBe(NotSaid.NotNow)
    seconds(1.5)
    expect(now()).toMatchObject({ phase: Phase.Talking, peer: Peer.Here, peerTyping: true })
    expect(heard.said).toEqual([])
    seconds(20)
    expect(visitor(heard.said)).toEqual(['hej', 'är det här anonymt eller?'])
    expect(now()?.peerTyping).toBe(false)
  })

  test('goes where the counsellor’s words lead: a promise is taken at its word', () => {
    const told = plays(named('anonymous'))
    told.seconds(20)
    told.rehearsal.say('Du är anonym. Men vet jag vem du är måste jag göra en orosanmälan.')
    told.seconds(20)
    expect(visitor(told.heard.said).at(-1)).toMatch(/jag är 15/)
    const promised = plays(named('anonymous'))
    promised.seconds(20)
    promised.rehearsal.say('Jag LOVAR att inte säga något.')
    promised.seconds(20)
    expect(visitor(promised.heard.said).at(-1)).toMatch(/jag heter Lina/)
  })

  test('hears several messages as one answer, also those written while the visitor still writes', () => {
    const { rehearsal, heard, seconds } = plays(named('life'))
    seconds(1.5)
    rehearsal.say('Hej')
    seconds(10)
    rehearsal.say('Jag är här.')
    seconds(1)
    rehearsal.say('Tänker du på att ta ditt liv?')
    seconds(20)
    expect(visitor(heard.said)).toContain('ingen har frågat förut')
    expect(heard.delivered).toBeGreaterThan(0)
  })

  test('a silence leads somewhere too, and whoever writes is not silent', () => {
    const { rehearsal, heard, seconds } = plays(named('anonymous'))
    seconds(20)
    seconds(20)
    rehearsal.typing(true)
    seconds(30)
    expect(visitor(heard.said)).toHaveLength(2)
    seconds(20)
    expect(visitor(heard.said).at(-1)).not.toBe('är det här anonymt eller?')
    seconds(120)
    expect(heard.over?.[0]).toMatchObject({ ending: Ending.LeftFast, peer: Peer.LeftFast })
  })

  test('a covered screen and a lost network look as they do in earnest, and nothing arrives meanwhile', () => {
    const { rehearsal, heard, now, seconds } = plays(
      small({ start: { does: [{ covers: true }, { waits: 5 }, { covers: false }, { gone: true }, { waits: 5 }, { gone: false }], then: [{ go: 'end' }] }, end: { does: [says('hej då', 'bye'), { leaves: 'goodbye' }] } }),
    )
    seconds(2)
    expect(now()?.peerCovered).toBe(true)
    seconds(5)
    expect(now()).toMatchObject({ peerCovered: false, peer: Peer.Gone })
    rehearsal.say('Är du kvar?')
    seconds(2)
    expect(heard.delivered).toBe(0)
    seconds(10)
    expect(heard.delivered).toBe(1)
    expect(heard.over?.[0].ending).toBe(Ending.Helped)
  })

  test('is ended, put back and stopped by the counsellor, and then does nothing any more', () => {
    const ended = plays(named('testing'))
    ended.seconds(10)
    ended.rehearsal.end()
    expect(ended.heard.over).toMatchObject([{ phase: Phase.Over, ending: Ending.EndedByCounsellor }, false])
    const back = plays(named('testing'))
    back.seconds(10)
    back.rehearsal.putBack()
    expect(back.heard.over?.[1]).toBe(true)
    const stopped = plays(named('testing'))
    stopped.seconds(2)
    stopped.rehearsal.stop()
    const [views, said] = [stopped.heard.views.length, stopped.heard.said.length]
    stopped.seconds(600)
    expect(stopped.heard).toMatchObject({ over: null })
    expect([stopped.heard.views.length, stopped.heard.said.length]).toEqual([views, said])
    expect(stopped.rehearsal.say('hallå')).toBe(NotSaid.NotNow)
  })
})

describe('practice cannot reach anybody', () => {
  const folder = join(import.meta.dirname, '../staff/training')
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const imports = (path: string) => [...readFileSync(path, 'utf8').matchAll(/^import (type )?.*?'([^']+)'/gms)].map(([, type, from]) => ({ type: Boolean(type), from: from ?? '' }))

  test('its files import nothing that knows the relay: no desk, no driver, no door, no socket', () => {
    expect(files.length).toBeGreaterThanOrEqual(4)
    const may = [
      './case.ts', './cases.ts', './rehearsal.ts', './training.css', '../panel/beside.ts', '../views/chat.ts', '../../shared/dom.ts',
      '../../shared/door/words.ts',
    ]
    const onlyAsType = ['../../shared/door/records.ts', '../../shared/words.ts', '../templates/view.ts']
    for (const file of files) {
      for (const { type, from } of imports(join(folder, file))) {
        expect(may.includes(from) || (type && onlyAsType.includes(from)), `${file} imports ${from}`).toBe(true)
      }
      expect(readFileSync(join(folder, file), 'utf8'), file).not.toMatch(/\b(fetch|WebSocket|sendBeacon|Worker|XMLHttpRequest|postMessage|ChatDriver|Desk|Door)\b\s*[(<.]/)
    }
    // The control: the same search finds what the real desk imports.
    expect(imports(join(folder, '../desk.ts')).some(({ from }) => from === '../shared/door/door.ts')).toBe(true)
  })

  test('nor does what they import', () => {
    for (const path of ['../views/chat.ts', '../panel/beside.ts']) {
      const froms = imports(join(folder, path)).filter(({ type }) => !type).map(({ from }) => from)
      for (const from of froms) expect(from, path).not.toMatch(/desk\.ts|\.\.\/chat\.ts|door\/door\.ts|commands\.ts|socket\.ts|session\.ts/)
    }
  })
})
