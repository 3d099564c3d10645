// One watch: what it listens for, where, and what it has found.
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { call } from '../../api.js';
import { useAct } from '../../loading.js';
import { may, ofFirm } from '../../session.js';
import { Confirm } from '../../parts/confirm.js';
import { Trouble, toast } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').Watch} Watch */

/** @param {{watch: Watch, onEdit: () => void, onGone: () => void}} props */
export function WatchCard({ watch, onEdit, onGone }) {
  const asks = useSignal(false);
  const { busy, problem, run } = useAct();
  const { name, kind, query, sources } = watch;
  const remove = () => run('remove', async () => {
    await call('DELETE', ofFirm(`/watches/${watch.id}`));
    toast(t('watch.removed', { name }));
    onGone();
  });
  return html`<article class="card watch" aria-label=${name}>
    <div class="watch-head"><h3>${name}</h3><span class="mute small-text">${t(`watchkind.${kind}`)}</span></div>
    <dl class="watch-terms">
      ${/** @type {const} */ (['all', 'any', 'none']).map((which) => query[which].length > 0 && html`<div><dt>${t(`terms.${which}`)}</dt><dd>${query[which].map((term) => html`<span class="term">${term}</span>`)}</dd></div>`)}
      <div><dt>${t('watch.where')}</dt><dd>${sources.length ? sources.map((one) => html`<span class="term place">${one.label}</span>`) : html`<span>${t('watch.everywhere')}</span>`}</dd></div>
    </dl>
    ${query.forgives_typos && html`<p class="mute small-text">${t('watch.forgives_short')}</p>`}
    <${Trouble} problem=${problem.value} />
    ${asks.value
      ? html`<${Confirm} question=${t('watch.remove_ask', { name })} yes=${t('watch.remove')} danger=${true} busy=${busy.value === 'remove'} onYes=${remove} onNo=${() => (asks.value = false)}><p>${t('watch.remove_text')}</p><//>`
      : html`<div class="acts watch-acts"><a class="button small plain" href=${`/boite?state=any&watch=${watch.id}`}>${t('watch.found')}</a>
        ${may('editor') && html`<button type="button" class="small plain" aria-label=${t('watch.edit', { name })} onClick=${onEdit}>${t('act.edit')}</button>
        <button type="button" class="small quiet mute-act" aria-label=${t('watch.remove_name', { name })} onClick=${() => (asks.value = true)}>${t('watch.remove')}</button>`}</div>`}
  </article>`;
}
