// When the firm is open, and within how long it wants to answer: what answers are measured by.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { capital, weekday } from '../../format.js';
import { call } from '../../api.js';
import { useAct, useRead } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, Field, Loading, Trouble, toast } from '../../parts/ui.js';
import { duration } from './words.js';

/** @typedef {{begins: string, ends: string}} Opening */
/** @typedef {{opening_hours: Opening[][], answer_within_minutes: number, spending_cap: number}} Firm */

/** Of a dollar: the API's unit of money. */
const MILLIONTHS = 1_000_000;
const TARGETS = [15, 30, 60, 120, 240, 480, 1440, 2880];
/** Any week that begins on a Monday: only the names of its days are shown. */
const MONDAY = Date.UTC(2026, 0, 5);
const dayName = (/** @type {number} */ n) => capital(weekday(new Date(MONDAY + n * 86_400_000).toISOString().slice(0, 10)));

/** @param {{onDone: () => unknown, onNo: () => void}} props */
export function Hours(props) {
  const { data, problem } = useRead(ofFirm(''));
  if (problem.value) return html`<${Trouble} problem=${problem.value} />`;
  const firm = /** @type {Firm | undefined} */ (data.value);
  return firm ? html`<${Form} firm=${firm} ...${props} />` : html`<${Loading} />`;
}

/** @param {{firm: Firm, onDone: () => unknown, onNo: () => void}} props */
function Form({ firm, onDone, onNo }) {
  const within = useSignal(firm.answer_within_minutes);
  const days = useSignal(firm.opening_hours);
  const cap = useSignal(firm.spending_cap / MILLIONTHS);
  const { busy, problem, run } = useAct();
  /** @param {number} n @param {Opening[]} parts */
  const change = (n, parts) => (days.value = days.value.map((day, at) => (at === n ? parts : day)));
  const send = () => run('hours', async () => {
    await call('PATCH', ofFirm(''), { opening_hours: days.value, answer_within_minutes: within.value, spending_cap: Math.round(cap.value * MILLIONTHS) });
    toast(t('hours.done'));
    await onDone();
  });
  const choices = [...new Set([...TARGETS, firm.answer_within_minutes])].sort((a, b) => a - b);
  return html`<form class="hours" novalidate onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void send(); }}>
    <${Trouble} problem=${problem.value} />
    <${Field} id="hours-within" label=${t('hours.within')}><select value=${String(within.value)} onChange=${typed((value) => (within.value = Number(value)))}>
      ${choices.map((n) => html`<option value=${String(n)} selected=${n === within.value}>${duration(n)}</option>`)}</select><//>
    <p class="mute small-text">${t('hours.text')}</p>
    ${days.value.map((parts, n) => html`<${Day} key=${n} name=${dayName(n)} parts=${parts} onChange=${(/** @type {Opening[]} */ next) => change(n, next)} />`)}
    <${Field} id="hours-cap" label=${t('hours.cap')} help=${t('hours.cap_help')}><input type="number" min="0" max="1000" step="0.5" value=${cap.value} onInput=${typed((value) => (cap.value = Number(value) || 0))} /><//>
    <div class="acts"><${Button} type="submit" cls="plain" busy=${busy.value === 'hours'}>${t('hours.save')}<//>
      <button type="button" class="quiet" onClick=${onNo}>${t('act.cancel')}</button></div>
  </form>`;
}

/** @param {{name: string, parts: Opening[], onChange: (parts: Opening[]) => void}} props */
function Day({ name, parts, onChange }) {
  /** @param {number} at @param {Partial<Opening>} part */
  const set = (at, part) => onChange(parts.map((one, n) => (n === at ? { ...one, ...part } : one)));
  return html`<fieldset class="hours-day"><legend>${name}</legend>
    ${!parts.length && html`<span class="mute">${t('hours.closed')}</span>`}
    ${parts.map(({ begins, ends }, at) => html`<span class="hours-part" key=${at}>
      <input type="time" required aria-label=${t(at ? 'hours.opens_again' : 'hours.opens', { day: name })} value=${begins} onChange=${typed((value) => value && set(at, { begins: value }))} />
      <span aria-hidden="true">–</span>
      <input type="time" required aria-label=${t(at ? 'hours.closes_again' : 'hours.closes', { day: name })} value=${ends} onChange=${typed((value) => value && set(at, { ends: value }))} />
      <button type="button" class="small quiet" aria-label=${t('hours.remove_of', { day: name })} onClick=${() => onChange(parts.filter((_, n) => n !== at))}>${t('hours.remove')}</button></span>`)}
    ${parts.length < 2 && html`<button type="button" class="small quiet" aria-label=${t('hours.add_of', { day: name })} onClick=${() => onChange([...parts, parts.length ? { begins: '14:00', ends: '19:00' } : { begins: '09:00', ends: '18:00' }])}>${t('hours.add')}</button>`}
  </fieldset>`;
}
