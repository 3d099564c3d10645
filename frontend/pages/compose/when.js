// When the message goes out: at a chosen time of the firm's zone, or now.
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { city, wallClock } from '../../format.js';
import { serverNow } from '../../api.js';
import { Field } from '../../parts/ui.js';

/**
 * @typedef {{when: 'at' | 'now', date: string, time: string}} Time
 * @param {{value: Time, zone: string, change: (patch: Partial<Time>) => void, errors: Record<string, string>, prefix?: string}} props
 */
export function WhenFields({ value, zone, change, errors, prefix = '' }) {
  const { when, date, time } = value;
  /** @param {'at' | 'now'} one */
  const choice = (one) => html`<label class=${when === one ? 'chosen' : ''}>
    <input type="radio" name=${`${prefix}when`} id=${`${prefix}when-${one}`} checked=${when === one} onChange=${() => change({ when: one })} />
    <span class="strong">${t(`compose.when_${one}`)}</span><span class="when-hint">${t(`compose.when_${one}_hint`)}</span></label>`;
  return html`<fieldset class="when"><legend>${t('compose.when')}</legend>
    <div class="segments">${choice('at')}${choice('now')}</div>
    ${when === 'at' && html`<div class="date-time">
      <${Field} id=${`${prefix}date`} label=${t('compose.date')} error=${errors[`${prefix}date`]}><input type="date" value=${date} min=${wallClock(serverNow(), zone).date} onInput=${typed((value) => change({ date: value }))} /><//>
      <${Field} id=${`${prefix}time`} label=${t('compose.time', { city: city(zone) })} error=${errors[`${prefix}time`]}><input type="time" value=${time} onInput=${typed((value) => change({ time: value }))} /><//>
    </div>`}
  </fieldset>`;
}
