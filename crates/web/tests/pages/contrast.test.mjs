// The colours of every theme, against what they stand on: WCAG's AA.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const sheet = readFileSync(new URL('../../pages/styles/themes.css', import.meta.url), 'utf8');

/** The tokens of a theme that are colours. */
function tokens(theme) {
  const from = sheet.indexOf(`[data-theme="${theme}"] {`);
  const block = sheet.slice(from, sheet.indexOf('}', from));
  return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6}|rgb\([^)]*\));/g)].map(([, name, colour]) => [name, parse(colour)]));
}

/** Red, green, blue, and how much of it there is. */
function parse(colour) {
  if (colour.startsWith('#')) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)).concat(1);
  const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
  return [red, green, blue, alpha];
}

const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));

function luminance(colour) {
  const [r, g, b] = colour.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

for (const theme of ['space', 'mountain', 'light', 'operator']) {
  test(`everything can be read in ${theme}`, () => {
    const of = tokens(theme);
    const ground = over(of.ground, [0, 0, 0]);
    const panel = over(of.panel, ground);
    const places = { ground, panel, solid: over(of.solid, ground), 'panel-2': over(of['panel-2'], panel), 'panel-2 on the ground': over(of['panel-2'], ground) };
    for (const [place, below] of Object.entries(places)) {
      for (const ink of ['text', 'quiet', 'accent', 'good', 'warn', 'bad']) {
        const is = contrast(over(of[ink], below), below);
        assert.ok(is >= 4.5, `${ink} on ${place}: ${is.toFixed(2)}`);
        // What is said of something stands on a breath of its own colour.
        const tinted = over([...of[ink].slice(0, 3), 0.14], below);
        if (['good', 'warn', 'bad'].includes(ink)) assert.ok(contrast(of[ink], tinted) >= 4.5, `${ink} on itself on ${place}: ${contrast(of[ink], tinted).toFixed(2)}`);
      }
      const edge = contrast(over(of.edge, below), below);
      assert.ok(edge >= 3, `the edge of an input on ${place}: ${edge.toFixed(2)}`);
    }
    assert.ok(contrast(of['on-accent'], of.accent) >= 4.5);
  });
}
