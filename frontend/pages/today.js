// Aujourd'hui: what is to be done, what goes out today, and the week.
import { useEffect, useRef } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { capital, dayAndHour, longDay, number, shortWeekday, wallClock, weekday } from '../format.js';
import { serverNow } from '../api.js';
import { useRead } from '../loading.js';
import { may, ofFirm, workspace } from '../session.js';
import { nextLook, useWatching } from '../watching.js';
import { PostLine } from '../parts/post-line.js';
import { Icon, Loading, NetMark, Page, Pill, Trouble } from '../parts/ui.js';
import { isHarsh } from './inbox/words.js';
import { AnswerLine } from './today/answer-line.js';
import { MonthGave } from './today/month.js';

/** @typedef {import('../types.d.ts').Today} TodayAnswer */
/** @typedef {import('../types.d.ts').PostRow} PostRow */
/** @typedef {import('../types.d.ts').Todo} Todo */
/** @typedef {import('../types.d.ts').Day} Day */

const STALE_MS = 60_000;

/** What each line asks for: its pill and the verb of its act. */
const KINDS = /** @type {const} */ ({
  to_check: { icon: 'question', tone: 'warn', word: 'state.to_check', act: 'act.see' },
  late: { icon: 'question', tone: 'warn', word: 'state.late', act: 'act.decide' },
  kit: { icon: 'paste', tone: 'warn', word: 'state.to_paste', act: 'act.paste' },
  poison: { icon: 'question', tone: 'warn', word: 'state.to_check', act: 'act.see' },
  failed: { icon: 'alert', tone: 'bad', word: 'state.failed', act: 'act.correct' },
  reconnect: { icon: 'plug', tone: 'warn', word: 'todo.reconnect', act: 'act.reconnect' },
  source: { icon: 'warning', tone: 'warn', word: 'todo.source', act: 'act.see' },
});
const MOST_LINES = 5;
/** What hurts less, if it is left, than somebody who waits for an answer. @type {Todo['kind'][]} */
const AFTER_ANSWERS = ['reconnect', 'source'];

/** @param {Todo} todo */
function Task({ kind, post, excerpt, network, target, channel_name, channel, at }) {
  const look = KINDS[kind];
  const zone = workspace.value.zone;
  const to = kind === 'reconnect' ? `/canaux?reconnect=${channel}` : kind === 'source' ? '/veille' : `/messages/${post}`;
  const text = kind === 'reconnect' ? t('todo.reconnect_text', { channel: channel_name })
    : kind === 'source' ? t('todo.source_text', { source: channel_name }) : t('quote', { text: excerpt ?? '' });
  const isPost = kind !== 'reconnect' && kind !== 'source';
  const today = wallClock(serverNow(), zone).date;
  return html`<li><a class="row" href=${to}>
    <${Pill} icon=${look.icon} tone=${look.tone} word=${t(look.word)} />
    <span class="row-text"><span>${text}</span>
      <span class="row-meta">${isPost && html`<span class="net-name"><${NetMark} network=${target?.network ?? network} />${channel_name}</span>`}
        ${at && html`<span>${dayAndHour(wallClock(at, zone), today)}</span>`}</span>
    </span>
    <span class="row-act">${t(look.act)}<${Icon} name="right" /></span>
  </a></li>`;
}

/** At most five lines, what hurts most if it is left first. @param {TodayAnswer} data */
function linesOf({ todo, to_answer }) {
  const task = (/** @type {Todo} */ one) => html`<${Task} key=${one.delivery ?? one.source ?? one.channel} ...${one} />`;
  const answers = to_answer?.items ?? [];
  const answer = (/** @type {typeof answers[number]} */ item) => html`<${AnswerLine} key=${item.id} item=${item} />`;
  const late = todo.filter((one) => !AFTER_ANSWERS.includes(one.kind));
  const doubts = late.filter((one) => one.kind === 'to_check' || one.kind === 'late' || one.kind === 'poison');
  return [
    ...doubts.map(task), ...answers.filter(isHarsh).map(answer), ...late.filter((one) => !doubts.includes(one)).map(task),
    ...answers.filter((item) => !isHarsh(item)).map(answer), ...todo.filter((one) => AFTER_ANSWERS.includes(one.kind)).map(task),
  ].slice(0, MOST_LINES);
}

/** @param {{data: TodayAnswer}} props */
function Todos({ data }) {
  const lines = linesOf(data);
  const rest = data.todo_total + (data.to_answer?.open ?? 0) - lines.length;
  const isReady = !data.free_day && data.week.some((one) => one.counts.scheduled > 0);
  return html`<section class="card" aria-labelledby="todo">
    <h2 id="todo">${t('today.todo')}</h2>
    ${lines.length > 0 && html`<ul class="rows">${lines}</ul>`}
    <p class="rows-end"><${Icon} name=${rest > 0 ? 'info' : 'check'} />${rest > 0
      ? t('today.more', { n: rest })
      : t(lines.length ? (isReady ? 'today.nothing_else_ready' : 'today.nothing_else') : (isReady ? 'today.nothing_ready' : 'today.nothing'))}</p>
  </section>`;
}

/** A new firm: the first steps, ticked as they are done. @param {{steps: {channel: boolean, post: boolean}}} props */
function Steps({ steps }) {
  const all = [
    { done: steps.channel, title: t('steps.channel'), text: t('steps.channel_text'), to: '/canaux', act: t('steps.channel_act') },
    { done: steps.post, title: t('steps.post'), text: t('steps.post_text'), to: '/ecrire', act: t('nav.write') },
  ];
  const next = all.findIndex((step) => !step.done);
  return html`<section class="card" aria-labelledby="todo">
    <h2 id="todo">${t('steps.title')}</h2>
    <ol class="steps">${all.map(({ done, title, text, to, act }, index) => html`<li class=${done ? 'done' : ''}>
      <span class="step-mark">${done ? html`<${Icon} name="check" />` : number(index + 1)}</span>
      <div><p class="strong">${title}${done && html` <span class="good-text">${t('steps.done')}</span>`}</p><p class="mute">${text}</p></div>
      ${!done && html`<a class=${`button ${index === next ? 'primary' : 'plain'}`} href=${to}>${act}</a>`}
    </li>`)}</ol>
  </section>`;
}

/** @param {{rows: PostRow[]}} props */
const LeavesToday = ({ rows }) => html`<section class="card" aria-labelledby="leaves">
  <h2 id="leaves">${t('today.leaves')}</h2>
  ${rows.length
    ? html`<ul class="rows" aria-live="polite">${rows.map((row) => html`<${PostLine} key=${row.id} row=${row} />`)}</ul>`
    : html`<p class="mute">${t('today.leaves_nothing')}</p>`}
</section>`;

const COUNTS = /** @type {const} */ ([['to_do', 'warn'], ['scheduled', 'info'], ['published', 'good'], ['draft', 'mute']]);

/** @param {Day} day */
function countsOf({ counts }) {
  const total = counts.published + counts.scheduled + counts.to_do + counts.draft;
  const tone = COUNTS.find(([name]) => counts[name] > 0)?.[1] ?? 'mute';
  const words = COUNTS.filter(([name]) => counts[name]).map(([name]) => t(`count.${name}`, { n: counts[name] }));
  return { total, tone, words: words.join(', ') || t('count.none') };
}

/** @param {{data: TodayAnswer}} props */
function Week({ data }) {
  const opened = useSignal('');
  const free = data.free_day;
  return html`<section class="card" aria-labelledby="week">
    <h2 id="week">${t('today.week')}</h2>
    <ul class="week">${data.week.map((one) => {
      const { total, tone, words } = countsOf(one);
      const isOpen = opened.value === one.date;
      return html`<li key=${one.date}><button type="button" class=${`day${one.is_today ? ' is-today' : ''}`} aria-expanded=${isOpen ? 'true' : 'false'}
          disabled=${total === 0} onClick=${() => (opened.value = isOpen ? '' : one.date)}>
        <span class="day-name">${shortWeekday(one.date)}</span><span class="day-number">${Number(one.date.slice(8))}</span>
        <span class=${`day-count ${total ? tone : ''}`}>${total || '–'}</span><span class="unseen">${words}</span></button></li>`;
    })}</ul>
    ${opened.value && html`<${DayList} key=${opened.value} date=${opened.value} />`}
    ${free && html`<div class="week-free"><p>${t('today.free', { day: capital(free === data.local_date ? t('when.today') : weekday(free)) })}</p>
      ${may('editor') && html`<a class="button plain small" href=${`/ecrire?date=${free}`}>${t('today.write_for', { day: free === data.local_date ? t('when.today') : weekday(free) })}</a>`}</div>`}
  </section>`;
}

/** What stands behind a day's number. @param {{date: string}} props */
function DayList({ date }) {
  const { data, problem, again } = useRead(ofFirm(`/posts?from=${date}&to=${date}&limit=50`));
  const answer = /** @type {{items: PostRow[]} | undefined} */ (data.value);
  return html`<div class="day-list" role="status"><h3>${capital(longDay(date))}</h3>
    <${Trouble} problem=${problem.value} retry=${again} />
    ${!answer && !problem.value && html`<${Loading} />`}
    ${answer && html`<ul class="rows">${answer.items.map((row) => html`<${PostLine} key=${row.id} row=${row} />`)}</ul>`}</div>`;
}

/** The page of `/`. */
export default function Today() {
  const { data, problem, again } = useRead(ofFirm('/today'));
  const readAt = useRef(Date.now());
  const answer = /** @type {TodayAnswer | undefined} */ (data.value);
  const moving = (answer?.today ?? []).flatMap((row) => row.deliveries.map(({ mark }) => ({ mark, planned_at: row.planned_at })));
  useWatching(moving.map(({ mark }) => mark).join(), (tries) => nextLook(moving, tries), again);
  useEffect(() => {
    readAt.current = Date.now();
  }, [answer]);
  useEffect(() => {
    const onSight = () => !document.hidden && Date.now() - readAt.current > STALE_MS && void again();
    document.addEventListener('visibilitychange', onSight);
    return () => document.removeEventListener('visibilitychange', onSight);
  }, []);
  const aside = answer && html`<p class="aside">${longDay(answer.local_date)}</p>`;
  return html`<${Page} title=${t('nav.today')} aside=${aside}>
    <${Trouble} problem=${problem.value} retry=${again} />
    ${!answer && !problem.value && html`<${Loading} />`}
    ${answer && (answer.steps
      ? html`<${Steps} steps=${answer.steps} />`
      : html`<${Todos} data=${answer} />`)}
    ${answer && !(answer.steps && !answer.today.length) && html`<div class="two">
      <${LeavesToday} rows=${answer.today} /><${Week} data=${answer} /></div>`}
    ${answer?.month && !answer.steps && html`<${MonthGave} month=${answer.month} />`}
  <//>`;
}

