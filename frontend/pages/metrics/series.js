// One counter day by day: the chart, its table beside, and what is strange in it, in words.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { capital, day as dayWords, dayAfter, number, shortDate } from '../../format.js';
import { Chart } from '../../parts/chart.js';
import { Icon } from '../../parts/ui.js';
import { figure, nameOf } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Report} Report */
/** @typedef {import('../../types-inbox.d.ts').Metric} Metric */

/** What stands, rather than what a day brought. @param {Metric} metric */
const isStock = (metric) => metric === 'followers';

/** Every day of the report's period, known or not. @param {Report} report @param {Metric} metric @returns {import('../../parts/chart.js').Point[]} */
function pointsOf(report, metric) {
  const told = new Map(report.days.map(({ day, moved }) => [day, moved[metric]]));
  const points = [];
  for (let day = report.from; day <= report.to; day = dayAfter(day)) {
    const moved = told.get(day);
    const n = (isStock(metric) ? moved?.value : moved?.gained) ?? null;
    const mark = moved?.is_reset ? 'reset' : moved?.is_jump ? 'jump' : '';
    points.push({ day, n, mark: /** @type {'' | 'reset' | 'jump'} */ (mark), isByHand: Boolean(moved?.by_hand), words: `${dayWords(day)} : ${figure(n)}` });
  }
  return points;
}

/** @param {{report: Report, metric: Metric, channels: import('../../types.d.ts').Channel[]}} props */
export function ByDay({ report, metric, channels }) {
  const points = pointsOf(report, metric);
  const marks = report.marks.filter((one) => one.metric === metric);
  const title = t(isStock(metric) ? 'metrics.days_stock' : 'metrics.days', { what: nameOf(metric) });
  const isKnown = points.some(({ n }) => n !== null);
  const hasGaps = points.some(({ n }) => n === null);
  const hasHand = points.some(({ isByHand }) => isByHand);
  return html`<section class="card" aria-labelledby="days"><h2 id="days" aria-live="polite">${capital(title)}</h2>
    ${!isKnown && html`<p class="mute">${t('metrics.not_measured_month')}</p>`}
    ${isKnown && html`<div class="by-day">
      <figure><${Chart} points=${points} label=${title} describedBy="days-legend" isLine=${isStock(metric)} />
        <figcaption id="days-legend" class="legend">
          ${hasGaps && html`<span><svg class="legend-mark" aria-hidden="true"><circle class="unknown" cx="6" cy="6" r="2" /></svg>${t('metrics.not_measured')}</span>`}
          ${hasHand && html`<span><svg class="legend-mark" aria-hidden="true"><rect class="bar-day by-hand" x="2" y="1" width="8" height="10" rx="1" /></svg>${t('metrics.by_hand')}</span>`}
          <span>${t('metrics.table_beside')}</span></figcaption></figure>
      <div class="table-scroll" tabindex="0" role="region" aria-label=${t('metrics.table', { what: title })}><table><caption class="unseen">${title}</caption>
        <thead><tr><th scope="col">${t('metrics.day')}</th><th scope="col" class="n">${capital(nameOf(metric))}</th></tr></thead>
        <tbody>${points.map(({ day, n, isByHand, mark }) => html`<tr key=${day}><th scope="row">${dayWords(day)}</th>
          <td class="n">${n === null ? html`<span class="mute">${figure(n)}</span>` : number(n)}${isByHand && html` <span class="mute small-text">${t('metrics.by_hand')}</span>`}
            ${mark && html` <span class="warn-text small-text">${t(`mark.${mark}`)}</span>`}</td></tr>`)}</tbody></table></div></div>`}
    ${marks.length > 0 && html`<ul class="marks">${marks.map((one) => html`<li class="problem warn"><${Icon} name="warning" /><span>${t(`mark.${one.kind}_text`, { day: shortDate(one.day), channel: channels.find(({ id }) => id === one.channel)?.name ?? one.channel })}</span></li>`)}</ul>`}
  </section>`;
}
