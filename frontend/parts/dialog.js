// What must be read or answered before anything else: above the page, closed by Escape.
import { useEffect, useRef } from '../vendor/hooks.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './ui.js';

/**
 * A window above the page. The focus goes into it, and back to where it was when it closes.
 * @param {{title: string, onClose: () => void, children?: any}} props
 */
export function Dialog({ title, onClose, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => box.current?.showModal(), []);
  const close = () => box.current?.close();
  return html`<dialog class="dialog" ref=${box} aria-labelledby="dialog-title" onClose=${onClose}>
    <div class="dialog-head"><h2 id="dialog-title" tabindex="-1" autofocus>${title}</h2>
      <button type="button" class="small quiet" onClick=${close} aria-label=${t('act.close')}><${Icon} name="close" /></button></div>
    ${children}
  </dialog>`;
}
