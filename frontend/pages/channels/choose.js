// Back from a network's page with several accounts: which of them to connect.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { call } from '../../api.js';
import { useAct, useRead } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, ErrorSummary, Loading, NetMark, Notice, Trouble } from '../../parts/ui.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types.d.ts').Network} Network */
/** @typedef {{network: string, only_one: boolean, accounts: {remote_id: string, name: string, handle: string, url: string}[]}} Choices */

/**
 * @param {{token: string, known: Network[], onDone: (made: Channel[]) => void, onNo: () => void}} props
 */
export function Choose({ token, known, onDone, onNo }) {
  const path = ofFirm(`/channels/choices/${encodeURIComponent(token)}`);
  const choices = useRead(path);
  const chosen = useSignal(/** @type {string[]} */ ([]));
  const faults = useSignal(/** @type {{id: string, message: string}[]} */ ([]));
  const turn = useSignal(0);
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const { busy, problem, run } = useAct();
  const found = /** @type {Choices | undefined} */ (choices.data.value);
  useEffect(() => title.current?.focus(), [found]);
  const label = known.find((one) => one.name === found?.network)?.label ?? '';
  const toggle = (/** @type {string} */ id) => (chosen.value = found?.only_one ? [id] : chosen.value.includes(id) ? chosen.value.filter((one) => one !== id) : [...chosen.value, id]);
  /** @param {Event} event */
  const connect = async (event) => {
    event.preventDefault();
    faults.value = chosen.value.length ? [] : [{ id: 'choice-0', message: t('choose.none') }];
    turn.value += 1;
    if (chosen.value.length) await run('choose', async () => onDone((await call('POST', path, { accounts: chosen.value })).items));
  };
  const trouble = choices.problem.value;
  if (trouble?.slug === 'not-found') return html`<${Notice} tone="bad" role="alert">${t('connect.refused_state')}<//>`;
  if (trouble) return html`<${Trouble} problem=${trouble} retry=${choices.again} />`;
  if (!found) return html`<${Loading} />`;
  return html`<form class="card choose" novalidate onSubmit=${connect} aria-labelledby="choose-title">
    <h2 id="choose-title" tabindex="-1" ref=${title}><${NetMark} network=${found.network} isColoured=${true} /><span>${t('choose.title', { network: label })}</span></h2>
    <p class="mute">${t(found.only_one ? 'choose.one' : 'choose.text')}</p>
    <${ErrorSummary} faults=${faults.value} turn=${turn.value} />
    <${Trouble} problem=${problem.value} />
    <ul class="choices">${found.accounts.map(({ remote_id, name, handle }, n) => html`<li key=${remote_id}><label><input id=${`choice-${n}`} type=${found.only_one ? 'radio' : 'checkbox'} name="choice" checked=${chosen.value.includes(remote_id)} onChange=${() => toggle(remote_id)} />
      <span><span class="strong">${name || handle}</span>${handle && handle !== name ? html` <span class="mute">${handle}</span>` : ''}</span></label></li>`)}</ul>
    <div class="acts"><${Button} type="submit" cls="primary" busy=${busy.value === 'choose'}>${chosen.value.length ? t('choose.go', { n: chosen.value.length }) : t('channels.connect_one')}<//>
      <button type="button" class="quiet" onClick=${onNo}>${t('act.cancel')}</button></div>
  </form>`;
}
