// Keys for hands that stay on the keyboard. They only move the focus, so nothing is ever pressed by mistake. Function
// keys alone: letters belong to screen readers, AltGr writes characters, Alt and Ctrl with a letter are the browser's.

export type Move = 'line' | 'next-chat' | 'previous-chat' | 'conversation'

export function moveOf(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>): Move | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null
  if (event.key === 'F8') return event.shiftKey ? 'previous-chat' : 'next-chat'
  if (event.shiftKey) return null
  return event.key === 'F2' ? 'line' : event.key === 'F9' ? 'conversation' : null
}

/** Which chat comes next: one with something unread before the others, going on from the chosen one. */
export function nextChat(unread: readonly number[], chosen: number, forward: boolean): number {
  const count = unread.length
  const order = Array.from({ length: count }, (_, step) => (chosen + (forward ? step + 1 : count - step - 1)) % count)
  const waiting = forward ? order.find((at) => at !== chosen && (unread[at] ?? 0) > 0) : undefined
  return waiting ?? order[0] ?? 0
}
