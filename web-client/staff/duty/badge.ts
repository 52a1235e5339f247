// Who waits and what is unread, where it is seen without looking at the list: numbers only.

import { byId, say, show } from '../../shared/dom.ts'

/** In the header, and on the program's icon where the console is installed as one. */
export function badge(text: string, count: number): void {
  say(byId('waits'), text)
  show(byId('waits'), text !== '')
  const { setAppBadge, clearAppBadge } = navigator as Partial<Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>>
  const done = count > 0 ? setAppBadge?.call(navigator, count) : clearAppBadge?.call(navigator)
  // Without an icon of its own there is nothing to put a number on.
  done?.catch(() => {})
}
