// A message's own page: where each of its deliveries stands, what to do, and what it says.
import { useEffect, useRef } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { dateHour, wallClock } from '../format.js';
import { call, serverNow } from '../api.js';
import { takeOver } from '../flash.js';
import { useAct, useRead } from '../loading.js';
import { go } from '../router.js';
import { may, ofFirm, workspace } from '../session.js';
import { inFull, worstFirst } from '../states.js';
import { nextLook, useWatching } from '../watching.js';
import { Confirm } from '../parts/confirm.js';
import { Button, Empty, Loading, Medium, NetMark, Notice, Page, Trouble, toast } from '../parts/ui.js';
import { Delivery } from './message/delivery.js';
import { WhenFields } from './compose/when.js';

/** @typedef {import('../types.d.ts').Post} Post */

/** The page of `/messages/<post>`. @param {{id: string}} props */
export default function Message({ id }) {
  const { data, problem, again } = useRead(ofFirm(`/posts/${id}`));
  const notes = useSignal(/** @type {import('../types.d.ts').Note[]} */ ([]));
  const post = /** @type {Post | undefined} */ (data.value);
  useEffect(() => void (notes.value = takeOver()), []);
  const deliveries = post?.deliveries ?? [];
  useWatching(deliveries.map(({ id: one, mark, rev }) => `${one}${mark}${rev}`).join(), (tries) => nextLook(deliveries, tries), again);
  if (problem.value?.status === 404) {
    return html`<${Page} title=${t('message.gone_title')}><${Empty} title=${t('message.gone')} act=${html`<a class="button plain" href="/">${t('not_found.act')}</a>`} /><//>`;
  }
  const at = post?.planned_at && wallClock(post.planned_at, workspace.value.zone);
  const today = wallClock(serverNow(), workspace.value.zone).date;
  const aside = html`<p class="aside">${at && dateHour(at, today)}</p>`;
  return html`<${Page} title=${post ? post.excerpt || t('post.no_text') : t('message.title')} tab=${t('message.title')} aside=${aside} cls="message">
    <${Trouble} problem=${problem.value} retry=${again} />
    ${notes.value.map(({ message }) => html`<${Notice} tone="info" icon="clock" role="status">${message}<//>`)}
    ${post?.comments_on && html`<p>${t('message.comments_on')} <a href=${`/messages/${post.comments_on}`}>${t('message.see_commented')}</a></p>`}
    ${!post && !problem.value && html`<${Loading} />`}
    ${post && html`<div class="two"><div><section class="card" aria-labelledby="where">
        <h2 id="where">${t('message.where')}</h2>
        ${deliveries.length
          ? html`<ul class="deliveries">${worstFirst(deliveries).map((one) => html`<${Delivery} key=${one.id} delivery=${one} onChange=${again} />`)}</ul>`
          : html`<p class="mute">${t(post.is_draft ? 'message.is_draft' : 'message.no_channel')}</p>`}
      </section>
        ${may('editor') && html`<${Acts} post=${post} onChange=${(/** @type {Post} */ next) => { data.value = next; notes.value = next.notes ?? []; }} again=${again} />`}</div>
      <${Content} post=${post} /></div>
      <${Changes} post=${post} />`}
  <//>`;
}

/** Says aloud what has changed since the last look. @param {{post: Post}} props */
function Changes({ post }) {
  const last = useRef(/** @type {Record<string, string>} */ ({}));
  const words = useSignal('');
  const { zone } = workspace.value;
  useEffect(() => {
    const today = wallClock(serverNow(), zone).date;
    const changed = post.deliveries.filter(({ id, mark }) => last.current[id] && last.current[id] !== mark);
    last.current = Object.fromEntries(post.deliveries.map(({ id, mark }) => [id, mark]));
    if (changed.length) words.value = changed.map((one) => `${one.channel_name}, ${inFull(one, zone, today).word}.`).join(' ');
  }, [post]);
  return html`<p class="unseen" role="status">${words.value}</p>`;
}

/** What the message says, with the texts of single channels. @param {{post: Post}} props */
function Content({ post }) {
  const named = (/** @type {string} */ channel) => post.deliveries.find((one) => one.channel === channel);
  const variants = Object.entries(post.variants).filter(([, { text }]) => typeof text === 'string');
  return html`<section class="card" aria-labelledby="content"><h2 id="content">${t('message.content')}</h2>
    ${post.title && html`<p class="strong">${post.title}</p>`}
    ${post.content_warning && html`<p><span class="mute">${t('option.content_warning')}</span> ${post.content_warning}</p>`}
    ${post.is_story && html`<p class="mute">${t('message.is_story')}</p>`}
    <p class="said">${post.text || html`<span class="mute">${t('post.no_text')}</span>`}</p>
    ${post.link && html`<p class="said"><a href=${post.link} target="_blank" rel="noopener noreferrer">${post.link}<span class="unseen">${t('new_tab')}</span></a></p>`}
    ${post.media.length > 0 && html`<ul class="sample-images">${post.media.map((one) => html`<li key=${one.sha256}><${Medium} medium=${one} />
      <p class="mute small-text">${one.alt ? t('compose.alt_is', { alt: one.alt }) : t('compose.alt_missing')}</p></li>`)}</ul>`}
    ${post.first_comment && html`<div class="variant-said"><p class="mute">${t('message.first_comment')}</p><p class="said">${post.first_comment}</p></div>`}
    ${variants.map(([channel, { text }]) => html`<div class="variant-said"><p class="net-name"><${NetMark} network=${named(channel)?.target?.network ?? named(channel)?.network ?? ''} />${t('message.variant_for', { channel: named(channel)?.channel_name ?? '' })}</p>
      <p class="said">${text}</p></div>`)}
  </section>`;
}

/** @param {{post: Post, onChange: (post: Post) => void, again: () => Promise<unknown>}} props */
function Acts({ post, onChange, again }) {
  const asked = useSignal(/** @type {'' | 'move' | 'cancel' | 'delete'} */ (''));
  const { busy, problem, run } = useAct();
  const tooLate = useSignal(/** @type {string[]} */ ([]));
  const path = ofFirm(`/posts/${post.id}`);
  const canEdit = post.is_draft || post.deliveries.some((one) => one.can.edit);
  const canCancel = post.deliveries.some((one) => one.can.cancel);
  const isUntouched = post.deliveries.every((one) => ['draft', 'scheduled', 'cancelled', 'to_approve', 'failed', 'late'].includes(one.mark));
  const cancel = () => run('cancel', async () => {
    const next = await call('POST', `${path}/cancel`);
    asked.value = '';
    const late = /** @type {string[]} */ (next.too_late ?? []);
    tooLate.value = post.deliveries.filter((one) => late.includes(one.id)).map((one) => one.channel_name);
    onChange(next);
    if (!late.length) toast(t('message.cancelled'));
  });
  const duplicate = () => run('duplicate', async () => {
    const copy = await call('POST', `${path}/duplicate`);
    go(`/ecrire/${copy.id}`);
  });
  const remove = () => run('delete', async () => {
    await call('DELETE', path);
    toast(t('message.deleted'));
    go('/');
  });
  const close = () => (asked.value = '');
  return html`<section class="acts-card" aria-label=${t('message.acts')}>
    <${Trouble} problem=${problem.value} retry=${problem.value?.slug === 'too-late' ? again : undefined} />
    ${tooLate.value.length > 0 && html`<${Notice} tone="warn" role="alert">${t('message.too_late', { channels: tooLate.value.join(', ') })}<//>`}
    ${asked.value === '' && html`<div class="acts">
      ${canEdit && html`<a class="button plain" href=${`/ecrire/${post.id}`}>${t('act.edit')}</a>`}
      ${canEdit && !post.is_draft && html`<button type="button" class="plain" onClick=${() => (asked.value = 'move')}>${t('message.move')}</button>`}
      ${!post.comments_on && html`<${Button} cls="plain" busy=${busy.value === 'duplicate'} onClick=${duplicate}>${t('message.duplicate')}<//>`}
      ${canCancel && !post.is_draft && html`<button type="button" class="danger" onClick=${() => (asked.value = 'cancel')}>${t('message.cancel')}</button>`}
      ${isUntouched && html`<button type="button" class="quiet" onClick=${() => (asked.value = 'delete')}>${t('message.delete')}</button>`}</div>`}
    ${asked.value === 'move' && html`<${Move} post=${post} onDone=${(/** @type {Post} */ next) => { close(); onChange(next); }} onNo=${close} />`}
    ${asked.value === 'cancel' && html`<${Confirm} question=${t('message.cancel_ask')} yes=${t('message.cancel_yes')} danger=${true} busy=${busy.value === 'cancel'} onYes=${cancel} onNo=${close} />`}
    ${asked.value === 'delete' && html`<${Confirm} question=${t('message.delete_ask')} yes=${t('message.delete_yes')} danger=${true} busy=${busy.value === 'delete'} onYes=${remove} onNo=${close} />`}
  </section>`;
}

/** Another time, in place. @param {{post: Post, onDone: (post: Post) => void, onNo: () => void}} props */
function Move({ post, onDone, onNo }) {
  const { zone } = workspace.value;
  const local = post.local ?? '';
  const value = useSignal(/** @type {import('./compose/when.js').Time} */ ({ when: 'at', date: local.slice(0, 10), time: local.slice(11, 16) }));
  const { busy, problem, run } = useAct();
  const fault = problem.value?.faults[0]?.message;
  const move = () => run('move', async () => {
    const { when, date, time } = value.value;
    const body = when === 'now' ? { kind: 'now' } : { kind: 'at', local: `${date}T${time}`, zone };
    const next = await call('POST', ofFirm(`/posts/${post.id}/reschedule`), { when: body });
    toast(t('message.moved'));
    onDone(next);
  });
  return html`<${Confirm} question=${t('message.move')} yes=${t('message.move_yes')} no=${t('act.cancel')} busy=${busy.value === 'move'} onYes=${move} onNo=${onNo}>
    <${Trouble} problem=${fault ? null : problem.value} />
    <${WhenFields} value=${value.value} zone=${zone} prefix="move-" change=${(/** @type {any} */ patch) => (value.value = { ...value.value, ...patch })} errors=${fault ? { 'move-date': fault } : {}} />
  <//>`;
}
