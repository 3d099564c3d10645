// A yes or no, asked where it arose.
import { useEffect, useRef } from '../vendor/hooks.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Button } from './ui.js';

/**
 * A question answered by yes or no, in the place where it arose.
 * @param {{question: any, yes: string, no?: string, danger?: boolean, busy?: boolean, onYes: () => void, onNo: () => void, children?: any}} props
 */
export function Confirm({ question, yes, no, danger = false, busy = false, onYes, onNo, children }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  /** @param {Event} event */
  const answer = (event) => {
    event.preventDefault();
    onYes();
  };
  return html`<form class="confirm" ref=${box} tabindex="-1" novalidate aria-label=${question} onSubmit=${answer}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && onNo()}>
    <p class="strong">${question}</p>
    ${children}
    <div class="acts">
      <${Button} type="submit" cls=${danger ? 'danger' : 'plain'} busy=${busy}>${yes}<//>
      <button type="button" class="quiet" onClick=${onNo}>${no ?? t('act.no')}</button>
    </div>
  </form>`;
}
