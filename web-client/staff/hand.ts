// Where the keyboard is: whoever sees nothing of the page finds the next thing by it.

/** Whether the keyboard is on something that is there and can be used; else it is nowhere, and the next key is lost. */
export function hasHand(): boolean {
  const one = document.activeElement
  return one instanceof HTMLElement && one !== document.body && one.isConnected && one.checkVisibility() && !one.matches(':disabled')
}
