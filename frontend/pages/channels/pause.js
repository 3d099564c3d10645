// Pausing a channel: until a person lifts it, or until a day.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { dayAfter, wallClock } from '../../format.js';
import { serverNow } from '../../api.js';
import { workspace } from '../../session.js';
import { Confirm } from '../../parts/confirm.js';
import { Field } from '../../parts/ui.js';

/** @param {{busy: boolean, onYes: (date: string) => void, onNo: () => void}} props  an empty date: until lifted */
export function WhenDay({ busy, onYes, onNo }) {
  const tomorrow = dayAfter(wallClock(serverNow(), workspace.value.zone).date);
  const hasEnd = useSignal(false);
  const date = useSignal(dayAfter(tomorrow, 6));
  /** @param {boolean} end */
  const choice = (end) => html`<label class="choice"><input type="radio" name="pause" checked=${hasEnd.value === end} onChange=${() => (hasEnd.value = end)} />
    <span>${t(end ? 'pause.until' : 'pause.open')}</span></label>`;
  return html`<${Confirm} question=${t('pause.ask')} yes=${t('channel.pause')} no=${t('act.cancel')} busy=${busy} onYes=${() => onYes(hasEnd.value ? date.value : '')} onNo=${onNo}>
    <p>${t('pause.text')}</p>
    ${choice(false)}${choice(true)}
    ${hasEnd.value && html`<${Field} id="pause-date" label=${t('pause.date')}><input type="date" min=${tomorrow} value=${date.value} onInput=${typed((value) => (date.value = value))} /><//>`}
  <//>`;
}
