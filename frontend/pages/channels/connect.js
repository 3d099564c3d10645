// Connecting a network: what to type, and what the network said of it.
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html, typed } from '../../html.js';
import { t } from '../../i18n.js';
import { call, create } from '../../api.js';
import { useAct } from '../../loading.js';
import { ofFirm } from '../../session.js';
import { Button, ErrorSummary, Field, Notice, Trouble } from '../../parts/ui.js';

/** @typedef {import('../../types.d.ts').Channel} Channel */
/** @typedef {import('../../types.d.ts').Network} Network */
/** @typedef {import('../../types.d.ts').ConnectField} ConnectField */

/**
 * The form of one network; with `channel`, it is connected again, else anew.
 * @param {{network: Network, channel?: Channel, onDone: (channel: Channel) => void, onNo: () => void}} props
 */
export function ConnectForm({ network, channel, onDone, onNo }) {
  const prefix = channel?.id ?? network.name;
  const values = useSignal(/** @type {Record<string, string>} */ (firstValues(network)));
  const faults = useSignal(/** @type {{id: string, message: string}[]} */ ([]));
  const turn = useSignal(0);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const byHand = useSignal(network.by_hand && !network.oauth);
  const { busy, problem, run } = useAct();
  const fields = byHand.value ? network.fields : network.fields.filter(({ name }) => network.oauth_fields.includes(name));
  const idOf = (/** @type {string} */ name) => `${prefix}-${name}`;
  useEffect(() => {
    const first = form.current?.querySelector('input, select, button');
    if (first instanceof HTMLElement) first.focus();
  }, [byHand.value]);
  const given = () => Object.fromEntries(fields.flatMap(({ name }) => (values.value[name]?.trim() ? [[name, values.value[name].trim()]] : [])));
  /** Leaves for the network's own page; it sends the person back to /canaux. */
  const goThere = () => run('connect', async () => {
    const { authorize_url } = await call('POST', ofFirm('/channels/oauth'), { network: network.name, fields: given() });
    window.location.assign(authorize_url);
    return undefined;
  });
  const typeHere = () => run('connect', async () => {
    const done = channel
      ? await call('POST', ofFirm(`/channels/${channel.id}/reconnect`), { fields: given() })
      : await create(ofFirm('/channels'), { network: network.name, fields: given() });
    onDone(done);
  });
  /** @param {Event} event */
  const connect = async (event) => {
    event.preventDefault();
    const missing = fields.filter(({ name, required }) => required && !values.value[name]?.trim());
    faults.value = missing.map(({ name, label }) => ({ id: idOf(name), message: t('connect.missing', { field: label }) }));
    turn.value += 1;
    if (missing.length) return;
    await (byHand.value ? typeHere() : goThere());
    if (!problem.value) return;
    faults.value = problem.value.faults.map(({ pointer, message }) => ({ id: idOf(pointer.split('/').pop() ?? ''), message }));
    turn.value += 1;
  };
  const errors = Object.fromEntries(faults.value.map(({ id, message }) => [id, message]));
  const name = { network: network.label };
  const help = byHand.value ? network.connect_help : channel && t('connect.oauth_help', name);
  const change = () => {
    byHand.value = !byHand.value;
    faults.value = [];
  };
  return html`<form class="connect" ref=${form} novalidate onSubmit=${connect}>
    <${ErrorSummary} faults=${faults.value} turn=${turn.value} />
    <${Trouble} problem=${faults.value.length ? null : problem.value} />
    ${help && html`<p class="mute">${help}</p>`}
    ${network.barrier && html`<${Notice} tone="info">${network.barrier}<//>`}
    ${fields.map((field) => html`<${ConnectInput} key=${field.name} ...${{ field, id: idOf(field.name), value: values.value[field.name] ?? '', error: errors[idOf(field.name)] }}
      onInput=${(/** @type {string} */ value) => (values.value = { ...values.value, [field.name]: value })} />`)}
    <div class="acts"><${Button} type="submit" cls="primary" busy=${busy.value === 'connect'}>${t(!byHand.value ? 'connect.oauth' : channel ? 'connect.again' : 'connect.go', name)}<//>
      ${network.oauth && network.by_hand && html`<button type="button" class="plain" onClick=${change}>${byHand.value ? t('connect.not_by_hand', name) : t('connect.by_hand')}</button>`}
      <button type="button" class="quiet" onClick=${onNo}>${t('act.cancel')}</button></div>
    ${busy.value && html`<p class="mute" role="status">${t('connect.busy', name)}</p>`}
  </form>`;
}

/** @param {Network} network */
const firstValues = (network) => Object.fromEntries(network.fields.flatMap(({ name, choices }) => (choices?.length ? [[name, choices[0].value]] : [])));

/** @param {{field: ConnectField, id: string, value: string, error?: string, onInput: (value: string) => void}} props */
function ConnectInput({ field, id, value, error, onInput }) {
  const { label, help, secret, required, placeholder, choices } = field;
  const note = choices?.find((one) => one.value === value)?.note;
  const input = choices
    ? html`<select value=${value} onChange=${typed(onInput)}>${choices.map((one) => html`<option value=${one.value} selected=${one.value === value}>${one.label}</option>`)}</select>`
    : html`<input type=${secret ? 'password' : 'text'} autocomplete="off" autocapitalize="none" spellcheck="false" placeholder=${placeholder || undefined} value=${value} onInput=${typed(onInput)} />`;
  return html`<${Field} id=${id} label=${label} help=${note ? `${help} ${note}`.trim() : help} error=${error} optional=${!required}>${input}<//>`;
}
