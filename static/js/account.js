// The account in place: refreshes the balance on a click, after a top-up, and when another tab or device has seen a new one.
// A session that is over shows the signed-out card; a provider or store that is away never does.

import './app.js';
import { watchOutage } from './account-outage.js';
import { find, settle, update } from './account-view.js';
import { showEnded } from './ended.js';
import { sayUpdated } from './figures.js';
import { clear, show } from './notice.js';
import { onAccount } from './session.js';

/** @typedef {import('./account-view.js').UserInfo} UserInfo */

/** @type {Record<string, string>} */
const MEANING = {
  provider_unavailable: 'provider',
  provider_timeout: 'provider',
  provider_error: 'provider',
  rate_limited: 'limited',
};
const OVER = ['not_authenticated', 'session_expired'];
const LONGEST_WAIT_S = 60;
/** Wait after a sign of a change, so that several signs cause one call, and a page that is being left causes none. */
const SETTLE_MS = 250;

const refreshForm = () => /** @type {HTMLFormElement | null} */ (find('[data-refresh]'));
const ask = () => fetch('/api/user/info', { cache: 'no-store', headers: { Accept: 'application/json' } });

/** @param {Response} answer @returns {Promise<{ error?: string, cause?: string }>} */
const problemOf = async (answer) => {
  try {
    return (await answer.json()) ?? {};
  } catch {
    return {};
  }
};

/**
 * Not `disabled`, which would take the focus away from the person who pressed it.
 * @param {Element} button @param {number} seconds
 */
const hold = (button, seconds) => {
  button.setAttribute('aria-disabled', 'true');
  setTimeout(() => button.removeAttribute('aria-disabled'), seconds * 1000);
};

/** @param {Response} answer @param {DOMStringMap} words @param {Element} button */
const explain = async (answer, words, button) => {
  const { error: code = '', cause } = await problemOf(answer);
  if (OVER.includes(code)) return showEnded(cause ?? null, words.signedOut);
  // What the account may not do any more changes the whole card: let the server draw it.
  if (code === 'forbidden') return location.replace('/');
  const wait = Math.min(Number.parseInt(answer.headers.get('Retry-After') ?? '', 10) || 0, LONGEST_WAIT_S);
  const hint = wait > 0 ? words.wait?.replace('{seconds}', String(wait)) : words.later;
  show('bad', words[MEANING[code] ?? 'here'] ?? '', hint);
  if (wait > 0) hold(button, wait);
};

/** @param {DOMStringMap} words @param {Element} button */
const refresh = async (words, button) => {
  try {
    const answer = await ask();
    if (!answer.ok) return await explain(answer, words, button);
    if (update(await answer.json()) === null) return location.replace('/?balance=updated');
    sayUpdated(words.updated ?? '');
  } catch {
    show('bad', words.network ?? '', words.later);
  }
};

/** @param {SubmitEvent} event */
const submit = async (event) => {
  const form = event.target instanceof Element ? /** @type {HTMLFormElement | null} */ (event.target.closest('[data-refresh]')) : null;
  const button = form && find('button', form);
  if (!form || !button) return;
  event.preventDefault();
  if (button.ariaBusy === 'true' || button.ariaDisabled === 'true') return;
  clear();
  const label = button.querySelector('[data-label]') ?? button;
  const words = label.textContent;
  button.setAttribute('aria-busy', 'true');
  label.textContent = form.dataset.busy ?? '';
  await refresh(form.dataset, button);
  label.textContent = words;
  button.removeAttribute('aria-busy');
};

let isStale = false;
let isToppingUp = false;

// The user has not asked for this, so a failure says nothing, and a click that is under way goes first.
const refreshQuietly = async () => {
  const form = refreshForm();
  if (!form || find('[aria-busy=true]', form)) return;
  isStale = false;
  try {
    const answer = await ask();
    // What the account may not do any more changes the whole card: let the server draw it.
    if (answer.status === 403) return location.replace('/');
    if (!answer.ok || !refreshForm()) return;
    const isChanged = update(await answer.json());
    if (isChanged === null) return location.replace('/');
    if (!isChanged) return;
    isToppingUp = false;
    sayUpdated(form.dataset.updated ?? '');
  } catch {
    // The next sign of a change asks again.
  }
};

// A tab that is not shown asks when it is shown, so that a person with many tabs costs one call.
const look = () => {
  if (document.visibilityState === 'visible' && (isStale || isToppingUp)) refreshQuietly();
};

document.addEventListener('submit', submit);
document.addEventListener('click', ({ target }) => {
  if (target instanceof Element && target.closest('a[href="/topup"]')) isToppingUp = true;
});
document.addEventListener('visibilitychange', look);
window.addEventListener('focus', look);
onAccount(() => {
  isStale = true;
  setTimeout(look, SETTLE_MS);
});
watchOutage();

// A page that was sent before the provider had answered.
/** @param {HTMLElement} card @param {boolean} isRefresh */
const load = async (card, isRefresh) => {
  const words = refreshForm()?.dataset ?? {};
  // Where the server has another card to show: the last address, which waits no longer. It says the cause, because the server may not know it by then.
  const redraw = (code = '') => location.replace(`${card.dataset.pending}&failed=${code}`);
  try {
    const answer = await ask();
    if (!answer.ok) {
      const { error: code = '', cause } = await problemOf(answer);
      return OVER.includes(code) ? showEnded(cause ?? null, words.signedOut) : redraw(code);
    }
    if (update(await answer.json()) === null) return redraw();
    settle(true);
    if (isRefresh) sayUpdated(words.updated ?? '');
  } catch {
    settle(false);
    show('bad', words.network ?? '', words.later);
  }
};

const address = new URL(location.href);
const isRefresh = address.searchParams.has('balance');
const pending = /** @type {HTMLElement | null} */ (find('[data-pending]'));
if (pending) load(pending, isRefresh);

// A reload must not show the notice of `?balance=updated` again, and waits anew.
if (isRefresh || address.searchParams.has('wait')) {
  for (const name of ['balance', 'wait', 'failed']) address.searchParams.delete(name);
  history.replaceState(history.state, '', address);
}
