// Veille: what the firm wants to hear of, and how the listening goes.
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { useRead } from '../loading.js';
import { may, ofFirm } from '../session.js';
import { Empty, Icon, Loading, Page, Trouble, toast } from '../parts/ui.js';
import { WatchCard } from './watches/card.js';
import { WatchForm } from './watches/form.js';
import { SourceList } from './watches/sources.js';

/** @typedef {import('../types-inbox.d.ts').Watch} Watch */
/** @typedef {import('../types-inbox.d.ts').Source} Source */

/** The page of `/veille`. */
export default function Watches() {
  const watches = useRead(ofFirm('/watches'));
  const sources = useRead(ofFirm('/sources'));
  const channels = /** @type {{items: import('../types.d.ts').Channel[]} | undefined} */ (useRead(ofFirm('/channels')).data.value)?.items ?? [];
  const opened = useSignal(/** @type {string | null} */ (null));
  const all = /** @type {{watches: Watch[]} | undefined} */ (watches.data.value)?.watches;
  const heard = /** @type {{sources: Source[]} | undefined} */ (sources.data.value)?.sources;
  const problem = watches.problem.value ?? sources.problem.value;
  const again = () => {
    void watches.again();
    void sources.again();
  };
  const open = (/** @type {string | null} */ id) => {
    opened.value = id;
    if (id === null) requestAnimationFrame(() => document.getElementById('watches-title')?.focus());
  };
  const saved = () => {
    toast(t('watch.saved'));
    open(null);
    again();
  };
  const add = may('editor') && opened.value !== '' && html`<button type="button" class="plain" onClick=${() => open('')}><${Icon} name="plus" />${t('watch.add')}</button>`;
  return html`<${Page} title=${t('nav.watches')} aside=${all?.length ? add : ''} cls="watches">
    <${Trouble} problem=${problem} retry=${again} />
    ${(!all || !heard) && !problem && html`<${Loading} />`}
    ${all && html`<section aria-labelledby="watches-title"><h2 id="watches-title" tabindex="-1" class="section-title">${t('watch.all')}</h2>
      ${opened.value === '' && html`<${WatchForm} channels=${channels} onDone=${saved} onNo=${() => open(null)} />`}
      ${!all.length && opened.value !== '' && html`<${Empty} title=${t('watch.none')} act=${add}>${t('watch.none_text')}<//>`}
      <ul class="watch-list">${all.map((watch) => html`<li key=${watch.id}>${opened.value === watch.id
        ? html`<${WatchForm} watch=${watch} channels=${channels} onDone=${saved} onNo=${() => open(null)} />`
        : html`<${WatchCard} watch=${watch} onEdit=${() => open(watch.id)} onGone=${again} />`}</li>`)}</ul></section>`}
    ${heard && html`<${SourceList} sources=${heard} watches=${all ?? []} onChange=${sources.again} />`}
  <//>`;
}
