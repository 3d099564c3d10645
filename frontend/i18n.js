// The words of the pages in the person's language, and the language itself.
import { computed, signal } from './vendor/signals.js';
import { recall, remember } from './storage.js';

/** @typedef {typeof import('./i18n/fr.js').default} Messages */
/** @typedef {keyof Messages} Key */

const STORED = 'relais.language';
/** @type {import('./vendor/signals.js').Signal<'fr' | 'en'>} */
export const language = signal('fr');
/** @type {import('./vendor/signals.js').Signal<Record<string, any>>} */
const messages = signal({});
const plurals = computed(() => new Intl.PluralRules(language.value));

/**
 * French typography: the blanks that may not break a line before « : ; ? ! % », inside
 * quotation marks and after a number. Applied to our own sentences only, never to what a person wrote.
 * @param {string} text
 */
export function typeset(text) {
  return text
    .replace(/ ([;?!])/g, '\u202f$1')
    .replace(/ ([:%»›])/g, '\u00a0$1')
    .replace(/([«‹]) /g, '$1\u00a0')
    .replace(/(\{(?:n|max|count|over)\}) /g, '$1\u00a0');
}

/**
 * The language to begin with: the one chosen here before, else the first that the browser
 * asks for and we have, else French.
 * @returns {'fr' | 'en'}
 */
export function firstLanguage() {
  const asked = [recall(STORED), ...navigator.languages].map((tag) => (tag ?? '').slice(0, 2));
  const known = asked.find((tag) => tag === 'fr' || tag === 'en');
  return known === 'en' ? 'en' : 'fr';
}

/**
 * Loads the words of a language and shows the pages in it.
 * @param {'fr' | 'en'} next
 */
export async function speak(next) {
  const loaded = next === 'en' ? await import('./i18n/en.js') : await import('./i18n/fr.js');
  messages.value = loaded.default;
  language.value = next;
  document.documentElement.lang = next;
  remember(STORED, next);
}

/**
 * A sentence in the person's language. `{name}` stands for `values.name`; a sentence with
 * plural forms is chosen by `values.n`.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values) {
  let text = messages.value[key];
  if (text === undefined) return key;
  if (typeof text !== 'string') text = text[plurals.value.select(Number(values?.n))] ?? text.other;
  if (language.value === 'fr') text = typeset(text);
  return values ? text.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => `${values[name] ?? ''}`) : text;
}

/**
 * `t` for a key made of parts; `fallback` where there is no such sentence.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @param {string} [fallback]
 */
export function said(key, values, fallback = '') {
  return key in messages.value ? t(/** @type {Key} */ (key), values) : fallback;
}
