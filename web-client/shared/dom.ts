// The whole framework: elements are made once, text is always a text node, nothing is ever parsed as HTML.

type Attributes = Record<string, string | number | boolean | ((event: Event) => void)>
type Child = Node | string

/** `h('button', { type: 'button', onclick }, 'Skicka')`; `true` is an empty attribute, `false` none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children)
  return element
}

/** An element the document promises to have. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the document has no #${id}`)
  return element as T
}

/** Changes text only when it differs, so that screen readers hear each change once. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export function show(element: HTMLElement, visible: boolean): void {
  if (element.hidden === visible) element.hidden = !visible
}
