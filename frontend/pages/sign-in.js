// The door: asking for a link by e-mail, and entering with one. Opening a link never uses it
// up (mail scanners open links too): the button does.
import { useEffect, useRef } from '../vendor/hooks.js';
import { useSignal } from '../vendor/signals.js';
import { html, typed } from '../html.js';
import { language, speak, t } from '../i18n.js';
import { call } from '../api.js';
import { useAct } from '../loading.js';
import { go, hasMoved } from '../router.js';
import { backTo, findSession } from '../session.js';
import { Button, ErrorSummary, Field, Icon, Notice, Trouble } from '../parts/ui.js';

/** @param {{title: string, children?: any}} props */
function Door({ title, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const other = language.value === 'fr' ? 'en' : 'fr';
  useEffect(() => {
    document.title = `${title} · Relais`;
  }, [title]);
  useEffect(() => {
    if (hasMoved.peek()) heading.current?.focus();
  }, [title]);
  return html`<p class="brand"><img src="/icon.svg" alt="" width="36" height="36" />Relais</p>
    <div class="card"><h1 ref=${heading} tabindex="-1">${title}</h1>${children}</div>
    <p><button type="button" class="quiet" lang=${other} onClick=${() => speak(other)}>
      <${Icon} name="language" />${other === 'en' ? 'English' : 'Français'}</button></p>`;
}

/** The page of `/sign-in` and of `/sign-in/<token>`. @param {{id?: string}} props */
export default function SignIn({ id }) {
  return id ? html`<${Enter} token=${id} />` : html`<${AskForLink} />`;
}

/** @param {{token: string}} props */
function Enter({ token }) {
  const { busy, problem, run } = useAct();
  const enter = () => run('enter', async () => {
    await call('POST', '/sessions', { token }, { isSignIn: true });
    await findSession();
    go(backTo(), { replace: true });
  });
  const refused = problem.value && problem.value.status >= 400 && problem.value.status < 500 && problem.value.status !== 429;
  if (refused) {
    return html`<${Door} title=${t('door.used_title')}>
      <p role="alert">${t('door.used_text')}</p>
      <a class="button primary wide" href="/sign-in">${t('door.ask_again')}</a><//>`;
  }
  return html`<${Door} title=${t('door.enter_title')}>
    <p>${t('door.enter_text')}</p>
    <${Trouble} problem=${problem.value} />
    <${Button} cls="primary wide" busy=${busy.value === 'enter'} onClick=${enter}>${t('door.enter')}<//><//>`;
}

const LOOKS_LIKE_AN_ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

function AskForLink() {
  const email = useSignal('');
  const sentTo = useSignal('');
  const error = useSignal('');
  const turn = useSignal(0);
  const { busy, problem, run } = useAct();
  /** @param {Event} event */
  const ask = async (event) => {
    event.preventDefault();
    const address = email.value.trim();
    turn.value += 1;
    error.value = LOOKS_LIKE_AN_ADDRESS.test(address) ? '' : t(address ? 'door.email_wrong' : 'door.email_missing');
    if (error.value) return;
    const done = await run('ask', async () => {
      await call('POST', '/sign-in-links', { email: address, language: language.value }, { isSignIn: true });
      return true;
    });
    if (done) sentTo.value = address;
  };
  if (sentTo.value) {
    return html`<${Door} title=${t('door.sent_title')}>
      <${Notice} tone="good" role="status">${t('door.sent_text', { email: sentTo.value })}<//>
      <p class="mute">${t('door.sent_help')}</p>
      <button type="button" class="plain" onClick=${() => (sentTo.value = '')}>${t('door.other_address')}</button><//>`;
  }
  return html`<${Door} title=${t('door.title')}>
    <form onSubmit=${ask} novalidate>
      <${ErrorSummary} faults=${error.value ? [{ id: 'email', message: error.value }] : []} turn=${turn.value} />
      <p>${t('door.text')}</p>
      <${Trouble} problem=${problem.value} />
      <${Field} id="email" label=${t('door.email')} error=${error.value}><input type="email" autocomplete="email" inputmode="email" autocapitalize="none" spellcheck="false"
          value=${email.value} onInput=${typed((value) => (email.value = value))} /><//>
      <${Button} type="submit" cls="primary wide" busy=${busy.value === 'ask'}>${t('door.ask')}<//>
    </form><//>`;
}
