// Elements without markup: whatever is a text stays one.

/**
 * Makes an element. Properties that begin with `on` are listeners, `class` and everything else are attributes;
 * `false`, `null` and `undefined` leave an attribute or a child out.
 * @param {string} name @param {Record<string, any>} [properties] @param {...any} children @returns {any}
 */
export function h(name, properties = {}, ...children) {
  const element = name === 'svg' || name === 'path' ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** @param {Element} element @param {any[]} children */
function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === false || child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Puts new children in the place of all others. @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}
