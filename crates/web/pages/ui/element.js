// Elements without markup: whatever is a text stays one.

const DRAWN = new Set(['svg', 'g', 'path', 'circle', 'ellipse', 'rect', 'line', 'polyline', 'polygon', 'title', 'text']);
const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an element. Properties that begin with `on` are listeners, `class` and everything else are attributes;
 * `false`, `null` and `undefined` leave an attribute or a child out.
 * @param {string} name @param {Record<string, any>} [properties] @param {...any} children @returns {any}
 */
export function h(name, properties = {}, ...children) {
  const element = DRAWN.has(name) ? document.createElementNS(SVG, name) : document.createElement(name);
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

/**
 * Shows a list whose elements stay the same while their items do: focus, selection and scrolling are kept.
 * What is returned shows another list. `make` gives an element, or one with a function that shows a changed item.
 * @template T
 * @param {Element} root @param {(item: T) => string} keyOf
 * @param {(item: T) => Element | {element: Element, show: (item: T) => void}} make
 * @returns {(items: T[]) => void}
 */
export function each(root, keyOf, make) {
  /** @type {Map<string, {element: Element, show?: (item: T) => void, item: T}>} */
  let kept = new Map();
  return (items) => {
    const next = new Map();
    for (const item of items) {
      const key = keyOf(item);
      let one = kept.get(key);
      if (one && one.item !== item && !one.show) one = undefined;
      if (!one) {
        const made = make(item);
        one = made instanceof Element ? { element: made, item } : { ...made, item };
      }
      if (one.item !== item) one.show?.(item);
      next.set(key, { ...one, item });
    }
    for (const [key, one] of kept) if (next.get(key)?.element !== one.element) one.element.remove();
    kept = next;
    let at = root.firstElementChild;
    for (const { element } of next.values()) {
      if (element === at) at = element.nextElementSibling;
      else root.insertBefore(element, at);
    }
  };
}
