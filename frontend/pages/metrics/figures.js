// The month in a sentence, and its figures: each shows its days when it is chosen.
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { capital, monthName, number, percent, shortDate } from '../../format.js';
import { may } from '../../session.js';
import { Lazy } from '../../parts/lazy.js';
import { MAIN, OTHERS, against, counted, duration, figure, lengthOf, nameOf, totalOf } from './words.js';

const hours = () => import('./hours.js');

/** @typedef {import('../../types-inbox.d.ts').Report} Report */
/** @typedef {import('../../types-inbox.d.ts').Metric} Metric */
/** @typedef {import('../../types-inbox.d.ts').Total} Total */
/** @typedef {import('../../types-inbox.d.ts').ResponseTime} ResponseTime */

/** @param {{report: Report, speed: ResponseTime | undefined, chosen: Metric, isNow: boolean, onChoose: (metric: Metric) => void, onTarget: () => unknown}} props */
export function Figures({ report, speed, chosen, isNow, onChoose, onTarget }) {
  const others = OTHERS.flatMap((metric) => totalOf(report.totals, metric) ?? []);
  const days = lengthOf(report.before);
  return html`<section class="card" aria-labelledby="sentence">
    <h2 id="sentence" class="sentence">${sentence(report, isNow)}</h2>
    <p class="mute small-text">${t('metrics.compared', { n: days, from: shortDate(report.before.from), to: shortDate(report.before.to) })}</p>
    <div class="figures" role="group" aria-label=${t('metrics.choose')}>
      ${MAIN.map((metric) => html`<${Figure} key=${metric} ...${{ metric, total: totalOf(report.totals, metric), isChosen: metric === chosen, onChoose }} />`)}
    </div>
    ${others.length > 0 && html`<dl class="other-figures">${others.map((one) => html`<div><dt>${capital(nameOf(one.metric))}</dt>
      <dd>${figure(one.gained)} <span class=${`small-text ${against(one).tone}`}>${against(one).words}</span></dd></div>`)}</dl>`}
    ${speed && html`<${Speed} speed=${speed} onChange=${onTarget} />`}
  </section>`;
}

/** @param {{metric: Metric, total: Total | undefined, isChosen: boolean, onChoose: (metric: Metric) => void}} props */
function Figure({ metric, total, isChosen, onChoose }) {
  const { words, tone } = against(total);
  const gained = total?.gained ?? null;
  const isStock = metric === 'followers';
  const shown = isStock && gained !== null && gained > 0 ? `+${number(gained)}` : figure(gained);
  const all = isStock && typeof total?.value === 'number' ? t('metrics.in_all', { count: number(total.value) }) : '';
  return html`<button type="button" class=${`figure${isChosen ? ' chosen' : ''}`} aria-pressed=${isChosen ? 'true' : 'false'} onClick=${() => onChoose(metric)}>
    <span class=${gained === null ? 'figure-n unknown' : 'figure-n'}>${shown}</span>
    <span class="figure-name">${nameOf(metric)}</span>
    <span class=${`small-text ${tone}`}>${[all, words].filter(Boolean).join(', ')}</span>
    ${total?.is_partial && gained !== null && html`<span class="small-text mute">${t('metrics.partial')}</span>`}
    ${total?.by_hand && html`<span class="small-text mute">${t('metrics.by_hand')}</span>`}
  </button>`;
}

/** « En novembre, 41 clics, 12 de plus que les 30 jours d'avant, surtout grâce à « … ». » @param {Report} report @param {boolean} isNow */
function sentence(report, isNow) {
  const month = monthName(report.from.slice(0, 7));
  const first = MAIN.map((metric) => totalOf(report.totals, metric)).find((one) => one && one.gained !== null);
  if (!first || first.gained === null) return t('metrics.nothing', { month });
  const when = t(isNow ? 'metrics.in_until' : 'metrics.in', { month, day: shortDate(report.to) });
  const by = against(first);
  const best = report.best.find((one) => (one.gained[first.metric] ?? 0) > 0);
  const thanks = best?.excerpt ? t('metrics.thanks', { post: shortly(best.excerpt) }) : '';
  const parts = [`${when} ${counted(first.metric, first.gained)}`, first.before === null ? '' : first.before === first.gained ? by.words : t('metrics.than', { by: by.words, n: lengthOf(report.before) }), thanks];
  return `${parts.filter(Boolean).join(', ')}.`;
}

/** A title inside a sentence. @param {string} text */
const shortly = (text) => (text.length > 60 ? `${text.slice(0, 59).trimEnd()}…` : text.replace(/[.…\s]+$/, ''));

/** How fast people were answered. @param {ResponseTime} speed */
function speedWords({ answered, median_minutes, within_target, target_minutes }) {
  if (!answered || median_minutes === null) return t('speed.none');
  const target = within_target === null ? '' : ` ${t('speed.target', { share: percent(within_target), target: duration(target_minutes) })}`;
  return t('speed.median', { n: answered, time: duration(median_minutes) }) + target;
}

/** How fast people were answered, and by what that is measured. @param {{speed: ResponseTime, onChange: () => unknown}} props */
function Speed({ speed, onChange }) {
  const isOpen = useSignal(false);
  const done = async () => {
    isOpen.value = false;
    await onChange();
  };
  return html`<div class="speed"><p>${speedWords(speed)} ${may('owner') && !isOpen.value && html`<button type="button" class="small quiet" onClick=${() => (isOpen.value = true)}>${t('hours.change')}</button>`}</p>
    ${isOpen.value && html`<${Lazy} load=${hours} part="Hours" onDone=${done} onNo=${() => (isOpen.value = false)} />`}</div>`;
}
