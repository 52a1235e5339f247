import { expect, test } from 'vitest'
import type { Rec } from '../shared/door/records.ts'
import { Post } from '../staff/rooms/post.ts'
import { u32 } from './fake-door.js'

const ticket = 'ab'.repeat(32)
const bo = new Uint8Array(16).fill(7)

/** A colleague asks this seat into the chat of that ticket. */
function asks(): { letter: Rec; bytes: Uint8Array<ArrayBuffer> } {
  const bytes = Uint8Array.from([1, 2, ...Array<number>(32).fill(0xab), ...u32(4), 2, ...Array<number>(64).fill(9)])
  return { letter: { kind: 'letter', seat: bo, invitation: bytes }, bytes }
}

function setUp() {
  const heard: string[] = []
  const post = new Post(
    {
      staff: () => heard.push('staff'),
      chat: () => undefined,
      listed: () => null,
      come: () => {
        heard.push('come')
        return Promise.resolve(true)
      },
    },
    {
      colleagues: () => undefined,
      asked: (ask) => heard.push(`asked ${ask.ticket}`),
      askedNoMore: (about) => heard.push(`asked no more ${about}`),
      heard: () => undefined,
      summary: () => undefined,
      told: () => undefined,
      opened: () => undefined,
    },
  )
  return { post, heard }
}

test('an invitation that is answered leads into the chat', async () => {
  const { post, heard } = setUp()
  const { letter, bytes } = asks()
  post.hear(letter)
  await post.answer(ticket, true)
  expect(heard).toEqual([`asked ${ticket}`, 'come', 'staff'])
  expect(bytes.every((byte) => byte === 0)).toBe(true)
})

test('who has the visitor themselves is not asked into that visitor’s earlier chat any more', async () => {
  const { post, heard } = setUp()
  const { letter, bytes } = asks()
  post.hear(letter)
  post.isThere('cd'.repeat(32))
  expect(bytes.every((byte) => byte === 0)).toBe(false)
  post.isThere(ticket)
  expect(bytes.every((byte) => byte === 0)).toBe(true)
  await post.answer(ticket, true)
  post.isThere(ticket)
  expect(heard).toEqual([`asked ${ticket}`, `asked no more ${ticket}`])
})
