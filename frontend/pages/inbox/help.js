// All keys, and a way to turn them off.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { areKeysOn, turnKeys } from '../../keys.js';
import { Dialog } from '../../parts/dialog.js';

const KEYS = /** @type {const} */ ([
  [['j'], 'keys.next'], [['k'], 'keys.previous'], [['Enter'], 'keys.open'], [['r'], 'keys.answer'],
  [['Ctrl', 'Enter'], 'keys.send'], [['e'], 'keys.done'], [['a'], 'keys.assign'], [['s'], 'keys.snooze'],
  [['n'], 'keys.note'], [['Esc'], 'keys.back'], [['?'], 'keys.help'],
]);

/** @param {{onClose: () => void}} props */
export const Help = ({ onClose }) => html`<${Dialog} title=${t('keys.title')} onClose=${onClose}>
  <dl class="keys">${KEYS.map(([keys, words]) => html`<div><dt>${keys.map((key, n) => html`${n > 0 && ' + '}<kbd>${key === 'Enter' ? t('keys.enter') : key === 'Esc' ? t('keys.escape') : key}</kbd>`)}</dt><dd>${t(words)}</dd></div>`)}</dl>
  <p class="mute small-text">${t('keys.not_typing')}</p>
  <label class="choice"><input type="checkbox" checked=${areKeysOn.value} onChange=${(/** @type {any} */ e) => turnKeys(e.target.checked)} /><span>${t('keys.on')}</span></label>
<//>`;
