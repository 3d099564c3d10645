// Keys of one letter: off while one types, and for whoever turns them off (WCAG 2.1.4).
import { useEffect, useRef } from './vendor/hooks.js';
import { signal } from './vendor/signals.js';
import { recall, remember } from './storage.js';

const STORED = 'relais.keys';
export const areKeysOn = signal(recall(STORED) !== 'off');

/** @param {boolean} on */
export function turnKeys(on) {
  areKeysOn.value = on;
  remember(STORED, on ? 'on' : 'off');
}

const TYPING = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]';
/** What has an Escape and an Enter of its own. */
const OWN = 'dialog, form.confirm, .fold[open]';

/** @param {KeyboardEvent} event */
function isElsewhere({ ctrlKey, metaKey, altKey, target }) {
  if (ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return true;
  return target instanceof Element && target.closest(`${TYPING}, ${OWN}`) !== null;
}

/**
 * Does what stands at a key when it is pressed anywhere on the page but where one types.
 * @param {Record<string, (() => void) | false | undefined>} acts  by `event.key`
 */
export function useKeys(acts) {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const onKey = (event) => {
      const act = latest.current[event.key];
      if (!act || isElsewhere(event) || (event.key.length === 1 && !areKeysOn.value)) return;
      if (event.key === 'Escape' && document.querySelector('.fold[open]')) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, []);
}
