// The one template tag of every component.
import htm from './vendor/htm.js';
import { h } from './vendor/preact.js';

/** Where a link may lead: our own pages, the web, a mailbox. What others told may hold any address. */
const LEADS = /^(?:https?:|mailto:|[/#?])/i;

/** @param {any} type @param {any} props @param {...any} children */
function element(type, props, ...children) {
  const isOdd = props && typeof props.href === 'string' && !LEADS.test(props.href);
  return h(type, isOdd ? { ...props, href: undefined } : props, ...children);
}

export const html = htm.bind(/** @type {(type: any, props: any, ...children: any[]) => any} */ (element));

/**
 * The handler of an input's event that is given what was typed.
 * @param {(value: string) => unknown} use
 */
export const typed = (use) => (/** @type {any} */ event) => use(event.target.value);
