// Mesures: what a month gave. A sentence first, then the figures, then each day.
import { useSignal } from '../vendor/signals.js';
import { html, typed } from '../html.js';
import { t } from '../i18n.js';
import { capital, dayAfter, monthName, wallClock } from '../format.js';
import { serverNow } from '../api.js';
import { useRead } from '../loading.js';
import { go, place } from '../router.js';
import { may, ofFirm, workspace } from '../session.js';
import { Icon, Loading, Page, Trouble } from '../parts/ui.js';
import { Best } from './metrics/best.js';
import { Entry } from './metrics/entry.js';
import { Figures } from './metrics/figures.js';
import { Links } from './metrics/links.js';
import { PerChannel } from './metrics/channels.js';
import { ByDay } from './metrics/series.js';
import { MAIN } from './metrics/words.js';

/** @typedef {import('../types-inbox.d.ts').Report} Report */
/** @typedef {import('../types-inbox.d.ts').Metric} Metric */
/** @typedef {import('../types-inbox.d.ts').ResponseTime} ResponseTime */

const MONTHS = 13;

/** The month so many months before or after. @param {string} month @param {number} by */
function monthAfter(month, by) {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 15)).toISOString().slice(0, 7);
}

/** The page of `/mesures`. */
export default function Metrics() {
  const today = wallClock(serverNow(), workspace.value.zone).date;
  const now = today.slice(0, 7);
  const asked = place.value.query.get('mois') ?? '';
  // On the first of a month nothing of it has been counted: the one before is what there is to read.
  const usual = dayAfter(today, -1).slice(0, 7);
  const month = /^20\d\d-(0[1-9]|1[0-2])$/.test(asked) && asked <= now ? asked : usual;
  const last = month === now ? today : dayAfter(`${monthAfter(month, 1)}-01`, -1);
  const period = `from=${month}-01&to=${last}`;
  const { data, problem, again } = useRead(ofFirm(`/metrics?${period}`));
  const answering = useRead(ofFirm(`/inbox/response-time?${period}`));
  const speed = /** @type {ResponseTime | undefined} */ (answering.data.value);
  const channels = /** @type {{items: import('../types.d.ts').Channel[]} | undefined} */ (useRead(ofFirm('/channels')).data.value)?.items ?? [];
  const chosen = useSignal(/** @type {Metric} */ (MAIN[0]));
  const read = /** @type {Report | undefined} */ (data.value);
  const report = read?.from === `${month}-01` ? read : undefined;
  const isEmpty = report && !report.totals.some((one) => one.gained !== null || (one.value ?? null) !== null);
  return html`<${Page} title=${t('nav.metrics')} aside=${html`<${MonthPicker} month=${month} now=${now} usual=${usual} />`} cls="metrics">
    <${Trouble} problem=${problem.value} retry=${again} />
    ${!report && !problem.value && html`<${Loading} />`}
    ${report && html`<${Figures} ...${{ report, speed, chosen: chosen.value, isNow: month === now, onTarget: answering.again, onChoose: (/** @type {Metric} */ one) => (chosen.value = one) }} />
      ${!isEmpty && html`<${ByDay} report=${report} metric=${chosen.value} channels=${channels} />
      <${PerChannel} report=${report} channels=${channels} />
      <${Best} report=${report} channels=${channels} />`}`}
    <${Links} />
    ${may('editor') && html`<${Entry} channels=${channels} today=${today} onDone=${again} />`}
  <//>`;
}

/** @param {{month: string, now: string, usual: string}} props */
function MonthPicker({ month, now, usual }) {
  const to = (/** @type {string} */ next) => go(next === usual ? '/mesures' : `/mesures?mois=${next}`, { replace: true });
  const all = Array.from({ length: MONTHS }, (_, n) => monthAfter(now, -n));
  if (!all.includes(month)) all.push(month);
  return html`<div class="month-picker">
    <button type="button" class="plain" aria-label=${t('metrics.month_before')} onClick=${() => to(monthAfter(month, -1))}><${Icon} name="right" cls="leftward" /></button>
    <select aria-label=${t('metrics.month')} value=${month} onChange=${typed(to)}>${all.map((one) => html`<option value=${one} selected=${one === month}>${capital(monthName(one))}</option>`)}</select>
    <button type="button" class="plain" aria-label=${t('metrics.month_after')} disabled=${month >= now} onClick=${() => to(monthAfter(month, 1))}><${Icon} name="right" /></button>
  </div>`;
}
