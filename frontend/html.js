// The one template tag of every component.
import htm from './vendor/htm.js';
import { h } from './vendor/preact.js';

export const html = htm.bind(/** @type {(type: any, props: any, ...children: any[]) => any} */ (h));

/**
 * The handler of an input's event that is given what was typed.
 * @param {(value: string) => unknown} use
 */
export const typed = (use) => (/** @type {any} */ event) => use(event.target.value);
