// What a watch would have found over the last 7 days: and what it would have left.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { number, shortDate, wallClock } from '../../format.js';
import { workspace } from '../../session.js';
import { Icon, Notice } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Trial} Trial */

/** More than this share, and the watch finds nearly all there is. */
const NEARLY_ALL = 0.9;
const MANY = 20;

/** @param {{trial: Trial}} props */
export function TrialResult({ trial: { heard, matched, samples, unreadable } }) {
  const found = samples.filter((one) => one.is_match);
  const left = samples.filter((one) => !one.is_match);
  return html`<section class="trial" aria-label=${t('trial.title')}>
    <p class="strong">${heard ? t('trial.found', { n: matched, count: number(matched), max: number(heard) }) : t('trial.nothing_heard')}</p>
    ${heard >= MANY && matched / heard > NEARLY_ALL && html`<${Notice} tone="warn">${t('trial.too_much')}<//>`}
    ${unreadable.map(({ source, reason_text }) => html`<p class="problem warn"><${Icon} name="warning" /><span>${t('trial.unreadable', { source, why: reason_text })}</span></p>`)}
    ${found.length > 0 && html`<h4>${t('trial.matched')}</h4><${Samples} samples=${found} />`}
    ${left.length > 0 && html`<h4>${t('trial.left')}</h4><${Samples} samples=${left} />`}
  </section>`;
}

/** @param {{samples: Trial['samples']}} props */
const Samples = ({ samples }) => html`<ul class="samples">${samples.map((one) => html`<li class=${one.is_match ? '' : 'left'}>
  <p class="row-meta"><span>${one.author}</span><span>${shortDate(wallClock(one.said_at, workspace.value.zone).date)}</span>
    ${one.url && html`<a href=${one.url} target="_blank" rel="noopener noreferrer">${t('trial.see')}<span class="unseen">${t('new_tab')}</span></a>`}</p>
  ${one.title && html`<p class="strong">${marked(one.title, one.matches)}</p>`}
  <p>${marked(one.text, one.matches)}</p></li>`)}</ul>`;

/** The text with what was found in it marked, where it stands there as it was looked for. @param {string} text @param {string[]} matches */
function marked(text, matches) {
  const terms = matches.map((one) => one.replace(/^"|"$/g, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).filter(Boolean).sort((a, b) => b.length - a.length);
  if (!terms.length) return text;
  return text.split(new RegExp(`(${terms.join('|')})`, 'giu')).map((part, index) => (index % 2 ? html`<mark>${part}</mark>` : part));
}
