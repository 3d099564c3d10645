// Réponses enregistrées: what the firm often answers.
import { useSignal } from '../vendor/signals.js';
import { html, typed } from '../html.js';
import { t } from '../i18n.js';
import { call, create } from '../api.js';
import { useAct, useRead } from '../loading.js';
import { may, ofFirm } from '../session.js';
import { Confirm } from '../parts/confirm.js';
import { Button, Empty, Field, Icon, Loading, Page, Trouble, toast } from '../parts/ui.js';

/** @typedef {import('../types-inbox.d.ts').Reply} Reply */

/** The page of `/reponses`. */
export default function Replies() {
  const { data, problem, again } = useRead(ofFirm('/replies'));
  const opened = useSignal(/** @type {string | null} */ (null));
  const replies = /** @type {{replies: Reply[]} | undefined} */ (data.value)?.replies;
  const done = () => {
    opened.value = null;
    void again();
  };
  const add = () => (opened.value = '');
  const aside = may('editor') && opened.value !== '' && html`<button type="button" class="plain" onClick=${add}><${Icon} name="plus" />${t('replies.add')}</button>`;
  return html`<${Page} title=${t('replies.title')} aside=${aside}>
    <p class="mute page-lead">${t('replies.lead')} <a href="/boite">${t('inbox.back')}</a></p>
    <${Trouble} problem=${problem.value} retry=${again} />
    ${!replies && !problem.value && html`<${Loading} />`}
    ${opened.value === '' && html`<div class="card"><${ReplyForm} onDone=${done} onNo=${() => (opened.value = null)} /></div>`}
    ${replies?.length === 0 && opened.value !== '' && html`<${Empty} title=${t('saved.none')}>${t('replies.none_text')}<//>`}
    ${replies && replies.length > 0 && html`<ul class="card rows">${replies.map((reply) => html`<li key=${reply.id} class="saved-row">
      ${opened.value === reply.id
        ? html`<${ReplyForm} reply=${reply} onDone=${done} onNo=${() => (opened.value = null)} />`
        : html`<div><h2>${reply.name}</h2><p class="said">${reply.text}</p></div>
          ${may('editor') && html`<button type="button" class="small plain" aria-label=${t('replies.edit', { name: reply.name })} onClick=${() => (opened.value = reply.id)}>${t('act.edit')}</button>`}`}
    </li>`)}</ul>`}
  <//>`;
}

/** @param {{reply?: Reply, onDone: () => void, onNo: () => void}} props */
function ReplyForm({ reply, onDone, onNo }) {
  const name = useSignal(reply?.name ?? '');
  const text = useSignal(reply?.text ?? '');
  const asks = useSignal(false);
  const { busy, problem, run } = useAct();
  const save = () => run('save', async () => {
    const body = { name: name.value.trim(), text: text.value.trim() };
    if (reply) await call('PUT', ofFirm(`/replies/${reply.id}`), body);
    else await create(ofFirm('/replies'), body);
    toast(t('replies.saved'));
    onDone();
  });
  const remove = () => run('remove', async () => {
    await call('DELETE', ofFirm(`/replies/${reply?.id}`));
    toast(t('replies.removed'));
    onDone();
  });
  /** @param {string} pointer */
  const fault = (pointer) => problem.value?.faults.find((one) => one.pointer.startsWith(pointer))?.message;
  const id = reply?.id ?? 'new';
  if (asks.value) return html`<${Confirm} question=${t('replies.remove_ask', { name: name.value })} yes=${t('replies.remove')} danger=${true} busy=${busy.value === 'remove'} onYes=${remove} onNo=${() => (asks.value = false)} />`;
  return html`<${Confirm} question=${t(reply ? 'replies.change' : 'replies.add')} yes=${t('act.save')} no=${t('act.cancel')} busy=${busy.value === 'save'} onYes=${save} onNo=${onNo}>
    <${Trouble} problem=${problem.value?.faults.length ? null : problem.value} />
    <${Field} id=${`name-${id}`} label=${t('replies.name')} error=${fault('/name')}><input type="text" maxlength="80" value=${name.value} onInput=${typed((value) => (name.value = value))} /><//>
    <${Field} id=${`text-${id}`} label=${t('replies.text')} help=${t('replies.text_help')} error=${fault('/text')}><textarea rows="5" value=${text.value} onInput=${typed((value) => (text.value = value))}></textarea><//>
    ${reply && html`<p><${Button} cls="small danger" onClick=${() => (asks.value = true)}>${t('replies.remove')}<//></p>`}
  <//>`;
}
