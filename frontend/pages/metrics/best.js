// The posts that people did most with.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { shortDate, wallClock } from '../../format.js';
import { workspace } from '../../session.js';
import { NetMark } from '../../parts/ui.js';
import { MAIN, counted } from './words.js';

/** @typedef {import('../../types-inbox.d.ts').Report} Report */

const SHOWN = /** @type {const} */ ([...MAIN.filter((one) => one !== 'followers'), 'reposts', 'quotes', 'bookmarks']);

/** @param {{report: Report, channels: import('../../types.d.ts').Channel[]}} props */
export function Best({ report, channels }) {
  if (!report.best.length) return null;
  return html`<section class="card" aria-labelledby="best"><h2 id="best">${t('metrics.best')}</h2>
    <ol class="rows">${report.best.map((one) => {
      const channel = channels.find(({ id }) => id === one.channel);
      const gained = SHOWN.flatMap((metric) => (one.gained[metric] ? [counted(metric, /** @type {number} */ (one.gained[metric]))] : []));
      return html`<li key=${one.delivery}><a class="best-line" href=${`/messages/${one.post}`}>
        <span class="strong">${one.excerpt || t('post.no_text')}</span>
        <span class="row-meta"><span class="net-name"><${NetMark} network=${channel?.target?.network ?? channel?.network ?? ''} />${channel?.name ?? ''}</span>
          ${one.published_at && html`<span>${shortDate(wallClock(one.published_at, workspace.value.zone).date)}</span>`}</span>
        <span class="best-gained">${gained.join(', ')}</span></a></li>`;
    })}</ol>
  </section>`;
}
