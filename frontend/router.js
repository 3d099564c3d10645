// Addresses: which page is shown, going from one to the next, and who gets the focus then.
import { signal } from './vendor/signals.js';

/** @typedef {{path: string, query: URLSearchParams, key: string}} Place */

/** Paths under our origin that are no pages of ours. */
const NOT_PAGES = /^\/(api|feed|l|media|media-upload|p)\//;

/** @returns {Place} */
function here() {
  const { pathname, search } = window.location;
  return { path: pathname, query: new URLSearchParams(search), key: pathname + search };
}

export const place = signal(here());
/** True from a change of page until the person does something there: its title has the focus. */
export const hasMoved = signal(false);

/**
 * Shows the page at an address of ours.
 * @param {string} to
 * @param {{replace?: boolean}} [how]
 */
export function go(to, { replace = false } = {}) {
  window.history[replace ? 'replaceState' : 'pushState'](null, '', to);
  hasMoved.value = true;
  place.value = here();
  window.scrollTo(0, 0);
}

/** @param {MouseEvent} event */
function onClick(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
  if (link.getAttribute('href')?.startsWith('#') || NOT_PAGES.test(link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

/** Follows links and the browser's own back and forward from now on. */
export function followLinks() {
  for (const act of ['keydown', 'pointerdown']) document.addEventListener(act, () => (hasMoved.value = false), true);
  document.addEventListener('click', onClick);
  window.addEventListener('popstate', () => {
    const next = here();
    if (next.key === place.value.key) return; // only the fragment changed
    hasMoved.value = true;
    place.value = next;
  });
}
