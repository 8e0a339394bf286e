// The account in place: refreshes the balance on a click, after a top-up, and when another tab or device has seen a new one.
// A session that is over shows the signed-out card; a provider or store that is away never does.

import { showEnded } from './ended.js';
import { watchOutage } from './account-outage.js';
import { announce, clear, show } from './notice.js';
import { onAccount } from './session.js';

/** @typedef {Api.Account} UserInfo The answer of `/api/user/info`; the types `Api` are made from docs/openapi*.yaml (tests/types). */

/** @type {Record<string, string>} */
const MEANING = {
  provider_unavailable: 'provider',
  provider_timeout: 'provider',
  provider_error: 'provider',
  rate_limited: 'limited',
};
const OVER = ['not_authenticated', 'session_expired'];
const LONGEST_WAIT_S = 60;
/** How long a changed balance is marked. */
const MARK_MS = 3_000;

/** @type {<T extends Element>(selector: string, within?: ParentNode) => T | null} */
const find = (selector, within = document) => within.querySelector(selector);
const refreshForm = () => /** @type {HTMLFormElement | null} */ (find('[data-refresh]'));
const balanceRow = () => /** @type {HTMLElement | null} */ (find('[data-balance-row]'));
const shownBalance = () => find('[data-field=balance_formatted]')?.textContent?.trim();

const ask = () => fetch('/api/user/info', { cache: 'no-store', headers: { Accept: 'application/json' } });

/** @param {UserInfo} info */
const fill = (info) => {
  for (const element of document.querySelectorAll('[data-field]')) {
    const field = /** @type {HTMLElement} */ (element);
    const value = info[/** @type {keyof UserInfo} */ (field.dataset.field)];
    field.textContent = String(value ?? field.dataset.missing ?? '');
  }
  const balance = info.balance_formatted;
  const isNegative = /^\s*[-\u2212]/u.test(String(balance ?? ''));
  const row = balanceRow();
  row?.classList.toggle('is-negative', isNegative);
  row?.classList.toggle('is-missing', balance === undefined || balance === null);
  const note = /** @type {HTMLElement | null} */ (find('[data-negative-note]'));
  if (note) note.hidden = !isNegative;
};

/** Marks the balance as changed, for a short time. */
const mark = () => {
  const row = balanceRow();
  row?.classList.add('is-changed');
  setTimeout(() => row?.classList.remove('is-changed'), MARK_MS);
};

/**
 * Shows the account. Returns whether another balance is shown now; null where the server must draw the card anew.
 * @param {UserInfo} info
 */
const update = (info) => {
  const shown = /** @type {HTMLElement | null} */ (find('[data-account]'))?.dataset.status;
  // Another status changes more than numbers.
  if (String(info.status ?? 1) !== shown) return null;
  const before = shownBalance();
  fill(info);
  const isChanged = shownBalance() !== before;
  if (isChanged) mark();
  return isChanged;
};

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
    show('good', words.updated ?? '');
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
  const label = button.textContent;
  button.setAttribute('aria-busy', 'true');
  button.textContent = form.dataset.busy ?? '';
  await refresh(form.dataset, button);
  button.textContent = label;
  button.removeAttribute('aria-busy');
};

let isStale = false;
let isToppingUp = false;

// Nobody has asked for this, so a failure says nothing, and a click that is under way goes first.
const refreshQuietly = async () => {
  const form = refreshForm();
  if (!form || find('[aria-busy=true]', form)) return;
  isStale = false;
  try {
    const answer = await ask();
    if (!answer.ok || !refreshForm()) return;
    const isChanged = update(await answer.json());
    if (isChanged === null) return location.replace('/');
    if (!isChanged) return;
    isToppingUp = false;
    announce(form.dataset.updated ?? '');
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
  look();
});
watchOutage();

// A reload must not show the notice of `?balance=updated` again.
const address = new URL(location.href);
if (address.searchParams.has('balance')) {
  address.searchParams.delete('balance');
  history.replaceState(history.state, '', address);
}
