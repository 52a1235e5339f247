import { describe, expect, test } from 'vitest'
import { Lane } from '../shared/door/words.ts'
import { Beside } from '../staff/panel/beside.ts'
import { inLanguage, readGuidance } from '../staff/panel/guidance.ts'

const risk = {
  key: 'violence',
  title: { sv: 'Våld', en: 'Violence' },
  steps: { sv: ['Ett', 'Två'], en: ['One', 'Two'] },
  numbers: [{ shown: '112', dial: '112', name: { sv: 'Nödnumret' } }],
  on_call: null,
  note: { sv: 'Inget', en: 'Nothing' },
  legal: false,
}
const part = { key: 'risk', title: { sv: 'Risk' }, points: { sv: ['Vem vet?'] }, notes: true }

describe('what the centre says beside a chat', () => {
  test('is read whole', () => {
    const read = readGuidance({ risks: [risk], consultation: [part] })
    expect(read.risks[0]).toMatchObject({ key: 'violence', onCall: null, legal: false })
    expect(read.consultation[0]).toMatchObject({ notes: true })
    expect(inLanguage(read.risks[0]?.steps ?? {}, 'en', [])).toEqual(['One', 'Two'])
    expect(inLanguage({ sv: 'Nödnumret' }, 'en', '')).toBe('Nödnumret')
  })

  test('is refused when a part of it is missing or is not a number to call', () => {
    expect(() => readGuidance(null)).toThrow(RangeError)
    expect(() => readGuidance({ risks: [] })).toThrow(RangeError)
    expect(() => readGuidance({ risks: [{ ...risk, steps: { sv: 'Ett' } }], consultation: [] })).toThrow(RangeError)
    const dialling = (dial: string) => ({ risks: [{ ...risk, numbers: [{ shown: 'x', dial, name: {} }] }], consultation: [] })
    expect(() => readGuidance(dialling('112;ext=1'))).toThrow('no number')
    expect(readGuidance(dialling('+4684055005')).risks[0]?.numbers[0]?.dial).toBe('+4684055005')
  })
})

describe('what stands beside one chat', () => {
  test('is that chat’s alone, and gone with it', () => {
    const [one, other] = [new Beside(Lane.Support), new Beside(Lane.Support)]
    one.tick('risk-violence', 0, true)
    one.tick('risk-violence', 2, true)
    one.tick('risk-violence-x', 1, true)
    one.write('part-risk', 'hemma 18')
    expect([one.count('risk-violence'), one.ticked('risk-violence', 2), one.note('part-risk')]).toEqual([2, true, 'hemma 18'])
    expect([other.count('risk-violence'), other.note('part-risk')]).toEqual([0, ''])
    one.end()
    expect([one.count('risk-violence'), one.note('part-risk'), one.risk]).toEqual([0, '', null])
    one.tick('risk-violence', 0, true)
    one.write('part-risk', 'mer')
    expect([one.count('risk-violence'), one.note('part-risk')]).toEqual([0, ''])
  })

  test('what was said is emptied with what was thought, and the chat goes on', () => {
    const beside = new Beside(Lane.Support)
    beside.tick('risk-child', 1, true)
    beside.empty()
    expect([beside.count('risk-child'), beside.over]).toEqual([0, false])
    beside.tick('risk-child', 1, true)
    expect(beside.count('risk-child')).toBe(1)
  })

  test('the guide opens by itself beside a professional, and beside nobody else', () => {
    expect(new Beside(Lane.Professional).shown).toBe('guide')
    expect(new Beside(Lane.Support).shown).toBe(null)
    const over = new Beside(Lane.Professional)
    over.end()
    expect(over.shown).toBe(null)
  })
})
