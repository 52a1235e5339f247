import { describe, expect, test } from 'vitest'
import { leave, leaveFrame, type WayOut } from '../visitor/leave.ts'

const STEPS = ['blank', 'goodbye', 'wipe', 'beacon', 'frame', 'close', 'go'] as const

function way(done: string[], failing: readonly string[] = []): WayOut & { body: Uint8Array<ArrayBuffer> } {
  const body = Uint8Array.from([1, 2, 3])
  const step = (name: string) => {
    done.push(name)
    if (failing.includes(name)) throw new Error(name)
  }
  return {
    body,
    blank: () => step('blank'),
    goodbye: () => {
      step('goodbye')
      return body
    },
    wipe: () => step('wipe'),
    beacon: (sent) => {
      expect([...sent]).toEqual([1, 2, 3])
      step('beacon')
    },
    frame: (sent) => {
      expect([...sent]).toEqual([6, 1, 2, 3])
      step('frame')
    },
    close: () => step('close'),
    go: () => step('go'),
  }
}

describe('leaving fast', () => {
  test('blanks first, wipes before it speaks, and goes last', () => {
    const done: string[] = []
    leave(way(done))
    expect(done).toEqual(STEPS)
  })

  for (const failing of STEPS) {
    test(`a failing ${failing} stops none of the other steps`, () => {
      const done: string[] = []
      expect(() => leave(way(done, [failing]))).not.toThrow()
      const silent = failing === 'goodbye' ? ['beacon', 'frame'] : []
      expect(done).toEqual(STEPS.filter((step) => !silent.includes(step)))
    })
  }

  test('everything failing at once still reaches the end', () => {
    const done: string[] = []
    leave(way(done, STEPS))
    expect(done.at(-1)).toBe('go')
  })

  test('without a chat nothing is sent, and the page is left all the same', () => {
    const done: string[] = []
    leave({ ...way(done), goodbye: () => null })
    expect(done).toEqual(['blank', 'wipe', 'close', 'go'])
  })

  test('a page that goes away by itself is not sent anywhere', () => {
    const done: string[] = []
    const { go: _, ...rest } = way(done)
    leave(rest)
    expect(done).toEqual(STEPS.filter((step) => step !== 'go'))
  })

  test('the ticket secret in the body does not outlive the leaving', () => {
    const one = way([])
    leave(one)
    expect([...one.body]).toEqual([0, 0, 0])
  })
})

test('the frame is the body behind its kind', () => {
  expect([...leaveFrame(Uint8Array.from([9]))]).toEqual([6, 9])
})
