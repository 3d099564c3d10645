// Making or changing a watch: its words, where it listens, and what it would have found.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { Problem, call, create } from '../../api.js';
import { useAct } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, ErrorSummary, Field, Icon, Trouble } from '../../parts/ui.js';
import { AddSource } from './add.js';
import { draftOf, labelOf, queryOf } from './query.js';
import { TrialResult } from './trial.js';

/** @typedef {import('../../types-inbox.d.ts').Watch} Watch */
/** @typedef {import('../../types-inbox.d.ts').Trial} Trial */
/** @typedef {import('../../types-inbox.d.ts').WantedSource} WantedSource */
/** @typedef {import('./query.js').Draft} Draft */

const KINDS = /** @type {const} */ (['firm', 'product', 'person', 'competitor', 'trade']);
/** The field that each pointer of the API means. @type {[RegExp, string][]} */
const FIELDS = [[/^\/name/, 'watch-name'], [/^\/query\/all/, 'watch-all'], [/^\/query\/none/, 'watch-none'], [/^\/query/, 'watch-any'], [/^\/sources/, 'watch-sources']];

/** @param {{watch?: Watch, channels: import('../../types.d.ts').Channel[], onDone: () => void, onNo: () => void}} props */
export function WatchForm({ watch, channels, onDone, onNo }) {
  const draft = useSignal(draftOf(watch));
  const trial = useSignal(/** @type {Trial | null} */ (null));
  const faults = useSignal(/** @type {{id: string, message: string}[]} */ ([]));
  const turn = useSignal(0);
  const { busy, problem, run } = useAct();
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => title.current?.focus(), []);
  const now = draft.value;
  const errors = Object.fromEntries(faults.value.map(({ id, message }) => [id, message]));
  /** @param {Partial<Draft>} patch */
  const change = (patch) => {
    draft.value = { ...now, ...patch };
    trial.value = null;
  };
  /** @param {{id: string, message: string}[]} found */
  const show = (found) => {
    faults.value = found;
    turn.value += 1;
    return found.length === 0;
  };
  /** @param {() => Promise<any>} ask */
  const asked = async (ask) => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Problem) || !error.faults.length) throw error;
      show(error.faults.map(({ pointer, message }) => ({ id: FIELDS.find(([pattern]) => pattern.test(pointer))?.[1] ?? 'watch-any', message })));
      return undefined;
    }
  };
  const wordFaults = () => {
    const query = queryOf(now);
    return query.all.length || query.any.length ? [] : [{ id: 'watch-any', message: t('watch.no_words') }];
  };
  const tryOut = () => run('try', async () => {
    if (!show(wordFaults())) return;
    trial.value = await asked(() => call('POST', ofFirm('/watches/try'), { query: queryOf(now), sources: now.sources })) ?? null;
  });
  const save = () => run('save', async () => {
    if (!show([...(now.name.trim() ? [] : [{ id: 'watch-name', message: t('watch.no_name') }]), ...wordFaults()])) return;
    const body = { name: now.name.trim(), kind: now.kind, query: queryOf(now), sources: now.sources };
    if (await asked(() => (watch ? call('PUT', ofFirm(`/watches/${watch.id}`), body) : create(ofFirm('/watches'), body)))) onDone();
  });
  /** @param {'all' | 'any' | 'none'} which */
  const words = (which) => html`<${Field} id=${`watch-${which}`} label=${t(`terms.${which}_label`)} help=${t(`terms.${which}_help`)} optional=${which !== 'any'} error=${errors[`watch-${which}`]}>
    <textarea rows="2" value=${now[which]} onInput=${typed((value) => change({ [which]: value }))}></textarea><//>`;
  return html`<form class="card watch-form" novalidate aria-labelledby="watch-title" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void save(); }}>
    <h3 id="watch-title" ref=${title} tabindex="-1">${watch ? t('watch.edit', { name: watch.name }) : t('watch.add')}</h3>
    <${ErrorSummary} faults=${faults.value} turn=${turn.value} />
    <${Trouble} problem=${problem.value} />
    <div class="watch-two">
      <${Field} id="watch-name" label=${t('watch.name')} error=${errors['watch-name']}><input type="text" maxlength="80" placeholder=${t('watch.name_example')} value=${now.name} onInput=${typed((value) => change({ name: value }))} /><//>
      <${Field} id="watch-kind" label=${t('watch.kind')}><select value=${now.kind} onChange=${typed((value) => change({ kind: /** @type {any} */ (value) }))}>${KINDS.map((one) => html`<option value=${one} selected=${one === now.kind}>${t(`watchkind.${one}`)}</option>`)}</select><//>
    </div>
    <p class="help watch-help">${t('terms.help')}</p>
    ${words('any')}${words('all')}${words('none')}
    <label class="choice"><input type="checkbox" checked=${now.forgives} onChange=${(/** @type {any} */ e) => change({ forgives: e.target.checked })} /><span>${t('watch.forgives')}</span></label>
    <fieldset class="watch-sources" id="watch-sources" tabindex="-1"><legend>${t('watch.where')}</legend>
      <p class="help">${t('watch.where_help')}</p>
      ${errors['watch-sources'] && html`<p class="error"><${Icon} name="alert" />${errors['watch-sources']}</p>`}
      ${now.sources.length > 0 && html`<ul class="wanted">${now.sources.map((one, index) => html`<li><span class="strong">${labelOf(one)}</span> <span class="mute small-text">${t(`sourcekind.${one.kind}`)}</span>
        <button type="button" class="small quiet mute-act" aria-label=${t('source.take_away', { name: labelOf(one) })} onClick=${() => change({ sources: now.sources.filter((_, at) => at !== index) })}>${t('source.remove')}</button></li>`)}</ul>`}
      <${AddSource} channels=${channels} onAdd=${(/** @type {WantedSource} */ one) => change({ sources: [...draft.peek().sources, one] })} />
    </fieldset>
    <div role="status">${trial.value && html`<${TrialResult} trial=${trial.value} />`}</div>
    <div class="acts watch-form-acts">
      <${Button} cls="plain" busy=${busy.value === 'try'} onClick=${tryOut}>${t('watch.try')}<//>
      <span class="acts"><button type="button" class="quiet" onClick=${onNo}>${t('act.cancel')}</button><${Button} type="submit" cls="primary" busy=${busy.value === 'save'}>${t('watch.save')}<//></span>
    </div>
  </form>`;
}
