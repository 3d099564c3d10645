// Tracked links: who follows them is counted, nobody is followed.
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { day as dayWords, number, wallClock } from '../../format.js';
import { call } from '../../api.js';
import { useAct, useRead } from '../../loading.js';
import { may, ofFirm, workspace } from '../../session.js';
import { Lazy } from '../../parts/lazy.js';
import { Icon, Trouble, toast } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Link} Link */

const linkForm = () => import('./link-form.js');

export function Links() {
  const { data, problem, again } = useRead(ofFirm('/links?limit=20'));
  const page = /** @type {{links: Link[], next: string | null} | undefined} */ (data.value);
  const isAdding = useSignal(false);
  const { busy, problem: failed, run } = useAct();
  const more = () => run('more', async () => {
    const next = await call('GET', ofFirm(`/links?limit=20&after=${encodeURIComponent(page?.next ?? '')}`));
    data.value = { links: [...(page?.links ?? []), ...next.links], next: next.next };
  });
  /** @param {Link} made */
  const added = (made) => {
    isAdding.value = false;
    data.value = { links: [made, ...(page?.links ?? []).filter((one) => one.code !== made.code)], next: page?.next ?? null };
    toast(t('links.made'));
  };
  return html`<section class="card" aria-labelledby="links"><div class="card-head"><h2 id="links">${t('links.title')}</h2>
      ${may('editor') && !isAdding.value && html`<button type="button" class="small plain" onClick=${() => (isAdding.value = true)}><${Icon} name="plus" />${t('links.add')}</button>`}</div>
    <p class="mute small-text">${t('links.text')}</p>
    <${Trouble} problem=${failed.value ?? problem.value} retry=${again} />
    ${isAdding.value && html`<${Lazy} load=${linkForm} part="LinkForm" onDone=${added} onNo=${() => (isAdding.value = false)} />`}
    ${page?.links.length === 0 && html`<p class="mute">${t('links.none')}</p>`}
    ${page && page.links.length > 0 && html`<ul class="rows links">${page.links.map((link) => html`<${LinkRow} key=${link.code} link=${link} />`)}</ul>`}
    ${page?.next && html`<button type="button" class="plain wide" disabled=${busy.value === 'more'} onClick=${more}>${t('links.more')}</button>`}
  </section>`;
}

/** @param {{link: Link}} props */
function LinkRow({ link }) {
  const copied = useSignal(/** @type {'' | 'done' | 'failed'} */ (''));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link.url);
      copied.value = 'done';
    } catch {
      copied.value = 'failed'; // no permission: the address is there to be selected
    }
  };
  const { zone } = workspace.value;
  const apart = [link.bots && t('links.bots', { n: link.bots, count: number(link.bots) }), link.previews && t('links.previews', { n: link.previews, count: number(link.previews) })].filter(Boolean);
  return html`<li class="link-row"><div class="link-text">
      ${link.label && html`<p class="strong">${link.label}</p>`}
      <p class="link-url">${link.url.replace(/^https?:\/\//, '')}</p>
      <p class="mute small-text">${t('links.to', { target: link.target })}${link.expires_at && html` <span>${t('links.until', { day: dayWords(wallClock(link.expires_at, zone).date) })}</span>`}</p></div>
    <p class="link-n"><span class="figure-n">${number(link.people)}</span> ${t('links.people', { n: link.people })}
      <span class="mute small-text">${[t('links.visitors', { n: link.visitors, count: number(link.visitors) }), ...apart].join(', ')}</span></p>
    <div class="link-act"><button type="button" class="small plain" aria-label=${t('links.copy', { link: link.label || link.url })} onClick=${copy}><${Icon} name=${copied.value === 'done' ? 'check' : 'copy'} />${t('links.copy_short')}</button>
      <span role="status" class="mute small-text">${copied.value && t(`copy.${copied.value}`)}</span></div>
  </li>`;
}
