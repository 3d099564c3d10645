// Ce que ça donne: four figures of the last days, each against as many before.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { MAIN, against, figure, lengthOf, nameOf, totalOf } from '../metrics/words.js';

/** @param {{month: import('../../types-inbox.d.ts').MonthGave}} props */
export const MonthGave = ({ month }) => html`<section class="card" aria-labelledby="gives">
  <div class="gives-head"><h2 id="gives">${t('today.gives')}</h2><a href="/mesures">${t('today.gives_all')}</a></div>
  <p class="mute small-text">${t('today.gives_period', { n: lengthOf(month) })}</p>
  <dl class="gives">${MAIN.map((metric) => totalOf(month.totals, metric) ?? { metric, gained: null, before: null }).map((total) => html`<div key=${total.metric}><dt>${nameOf(total.metric)}</dt>
    <dd class=${total.gained === null ? 'unknown-n' : ''}>${figure(total.gained)}</dd>
    <dd class=${`small-text ${against(total).tone}`}>${against(total).words}</dd></div>`)}</dl>
</section>`;
