// What each channel brought: what it doesn't tell is said, never taken for nothing.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { capital, number } from '../../format.js';
import { NetMark } from '../../parts/ui.js';
import { MAIN, against, nameOf, totalOf } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').Channel} Channel */

/** @param {{report: Report, channels: Channel[]}} props */
export function PerChannel({ report, channels }) {
  const silent = [...new Set(report.not_measured.map((one) => one.channel))].filter((id) => !report.channels.some((one) => one.channel === id));
  const rows = [...report.channels, ...silent.map((channel) => ({ channel, totals: [] }))];
  if (!rows.length) return null;
  return html`<section class="card" aria-labelledby="per-channel"><h2 id="per-channel">${t('metrics.per_channel')}</h2>
    <table class="stacked"><caption class="unseen">${t('metrics.per_channel')}</caption>
      <thead><tr><th scope="col">${t('metrics.channel')}</th>${MAIN.map((metric) => html`<th scope="col" class="n">${capital(nameOf(metric))}</th>`)}</tr></thead>
      <tbody>${rows.map(({ channel, totals }) => {
        const found = channels.find((one) => one.id === channel);
        return html`<tr key=${channel}><th scope="row"><span class="net-name"><${NetMark} network=${found?.target?.network ?? found?.network ?? ''} />${found?.name ?? channel}</span></th>
          ${MAIN.map((metric) => {
            const total = totalOf(totals, metric);
            const gained = total?.gained ?? null;
            return html`<td class="n" data-label=${capital(nameOf(metric))}>${gained === null ? html`<span class="mute">${t('metrics.not_measured')}</span>` : html`<span class="strong">${number(gained)}</span> <span class="mute small-text">${[against(total).words, total?.by_hand ? t('metrics.by_hand') : ''].filter(Boolean).join(', ')}</span>`}</td>`;
          })}</tr>`;
      })}</tbody></table>
  </section>`;
}
