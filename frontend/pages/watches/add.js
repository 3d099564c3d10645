// Another place to listen at: a site or a newspaper, a hashtag, a network's own search.
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { call } from '../../api.js';
import { useAct, useRead } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, Field, Icon } from '../../parts/ui.js';
import { troubleWords } from '../../parts/ui.js';

/** @typedef {import('../../types-inbox.d.ts').WantedSource} WantedSource */
/** @typedef {import('../../types-inbox.d.ts').Feed} Feed */
/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types.d.ts').Network} Network */

/** @param {{channels: Channel[], onAdd: (source: WantedSource) => void}} props */
export function AddSource({ channels, onAdd }) {
  const kind = useSignal(/** @type {'' | 'feed' | 'tag' | 'search'} */ (''));
  const networks = useRead('/networks');
  /** @param {WantedSource} source */
  const add = (source) => {
    onAdd(source);
    kind.value = '';
  };
  /** @param {'tag' | 'search'} of */
  const readers = (of) => {
    const items = /** @type {{items: Network[]} | undefined} */ (networks.data.value)?.items ?? [];
    const names = items.filter(({ does }) => does?.find.includes(of)).map(({ name }) => name);
    return channels.filter((one) => names.includes(one.network) && one.status !== 'disconnected');
  };
  const kinds = /** @type {const} */ (['feed', 'tag', 'search']);
  return html`<div class="acts" role="group" aria-label=${t('source.add')}>
      ${kinds.map((one) => html`<button type="button" class="small plain" aria-expanded=${kind.value === one ? 'true' : 'false'} onClick=${() => (kind.value = kind.value === one ? '' : one)}><${Icon} name="plus" />${t(`source.add_${one}`)}</button>`)}</div>
    ${kind.value === 'feed' && html`<${FindFeeds} onAdd=${add} />`}
    ${(kind.value === 'tag' || kind.value === 'search') && networks.data.value && html`<${Words} key=${kind.value} kind=${kind.value} readers=${readers(kind.value)} onAdd=${add} />`}`;
}

/** @param {Event} event @param {() => unknown} act */
const onEnter = (event, act) => {
  if (/** @type {KeyboardEvent} */ (event).key !== 'Enter') return;
  event.preventDefault(); // it isn't the form that is sent
  act();
};

/** Finds the feeds of a page. @param {{onAdd: (source: WantedSource) => void}} props */
function FindFeeds({ onAdd }) {
  const url = useSignal('');
  const feeds = useSignal(/** @type {Feed[] | null} */ (null));
  const { busy, problem, run } = useAct();
  const find = () => run('find', async () => {
    feeds.value = null;
    const asked = url.value.trim();
    const full = asked && !/^[a-z][a-z0-9+.-]*:/i.test(asked) ? `https://${asked}` : asked;
    feeds.value = (await call('POST', ofFirm('/watches/feeds'), { url: full })).feeds;
  });
  const said = problem.value && (problem.value.faults[0]?.message ?? troubleWords(problem.value));
  return html`<div class="add-source" onKeyDown=${(/** @type {Event} */ e) => e.target instanceof HTMLInputElement && onEnter(e, find)}>
    <${Field} id="feed-url" label=${t('feed.url')} help=${t('feed.help')} error=${said ?? undefined}><input type="url" inputmode="url" placeholder="https://" value=${url.value} onInput=${typed((value) => (url.value = value))} /><//>
    <p class="acts"><${Button} cls="small plain" busy=${busy.value === 'find'} onClick=${find}>${t('feed.find')}<//></p>
    <div role="status">${feeds.value?.length === 0 && html`<p>${t('feed.none')}</p>`}
      ${feeds.value && feeds.value.length > 0 && html`<p class="strong">${t('feed.found', { n: feeds.value.length })}</p>
        <ul class="wanted">${feeds.value.map(({ address, title }) => html`<li><span><span class="strong">${title || address}</span> <span class="mute small-text">${address}</span></span>
          <button type="button" class="small plain" aria-label=${t('feed.listen_to', { name: title || address })} onClick=${() => onAdd({ kind: 'feed', address, label: title || address })}>${t('feed.listen')}</button></li>`)}</ul>`}</div>
  </div>`;
}

/** @param {{kind: 'tag' | 'search', readers: Channel[], onAdd: (source: WantedSource) => void}} props */
function Words({ kind, readers, onAdd }) {
  const words = useSignal('');
  const channel = useSignal(readers[0]?.id ?? '');
  const instance = useSignal('');
  const isMissing = useSignal(false);
  const by = readers.find((one) => one.id === channel.value);
  if (!readers.length) return html`<p class="add-source">${t('source.no_reader')} <a href="/canaux">${t('nav.channels')}</a></p>`;
  const add = () => {
    const said = words.value.trim().replace(/^#/, '');
    isMissing.value = !said;
    if (said && by) onAdd({ kind, network: by.network, channel: by.id, words: said, ...(instance.value.trim() && { address: instance.value.trim() }) });
  };
  return html`<div class="add-source" onKeyDown=${(/** @type {Event} */ e) => e.target instanceof HTMLInputElement && onEnter(e, add)}>
    <${Field} id="source-words" label=${t(`source.words_${kind}`)} error=${isMissing.value ? t('watch.no_words') : undefined}><input type="text" value=${words.value} onInput=${typed((value) => (words.value = value))} /><//>
    <${Field} id="source-by" label=${t('source.by')}><select value=${channel.value} onChange=${typed((value) => (channel.value = value))}>${readers.map(({ id, name }) => html`<option value=${id} selected=${id === channel.value}>${name}</option>`)}</select><//>
    ${kind === 'tag' && by?.network === 'mastodon' && html`<${Field} id="source-instance" label=${t('source.instance')} help=${t('source.instance_help')} optional=${true}><input type="text" inputmode="url" autocapitalize="none" value=${instance.value} onInput=${typed((value) => (instance.value = value))} /><//>`}
    <p class="acts"><${Button} cls="small plain" onClick=${add}>${t('source.add')}<//></p>
  </div>`;
}
