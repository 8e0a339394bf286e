// Refreshes the balance in place.
// A session that is over shows the signed-out card; a provider or store that is away never does.

import { clear, show } from './notice.js';

const MEANING = {
  provider_unavailable: 'provider',
  provider_timeout: 'provider',
  provider_error: 'provider',
  rate_limited: 'limited',
};
const OVER = ['not_authenticated', 'session_expired'];
const LONGEST_WAIT_S = 60;

const fill = (info) => {
  for (const field of document.querySelectorAll('[data-field]')) {
    const value = info[field.dataset.field];
    field.textContent = value ?? field.dataset.missing;
  }
  const balance = info.balance_formatted;
  const isNegative = /^\s*[-\u2212]/u.test(balance ?? '');
  const row = document.querySelector('[data-balance-row]');
  row.classList.toggle('is-negative', isNegative);
  row.classList.toggle('is-missing', balance === undefined || balance === null);
  document.querySelector('[data-negative-note]').hidden = !isNegative;
};

const signOut = (words) => {
  const card = document.querySelector('[data-signed-out-card]').content.cloneNode(true);
  document.querySelector('[data-view]').replaceChildren(card);
  document.body.dataset.state = 'signed_out';
  show('bad', words.signedOut);
};

const codeOf = async (answer) => {
  try {
    return (await answer.json()).error;
  } catch {
    return undefined;
  }
};

// Not `disabled`, which would take the focus away from the person who pressed it.
const hold = (button, seconds) => {
  button.setAttribute('aria-disabled', 'true');
  setTimeout(() => button.removeAttribute('aria-disabled'), seconds * 1000);
};

const explain = async (answer, form, button) => {
  const words = form.dataset;
  const code = await codeOf(answer);
  if (OVER.includes(code)) return signOut(words);
  // What the account may not do any more changes the whole card: let the server draw it.
  if (code === 'forbidden') return location.replace('/');
  const wait = Math.min(Number.parseInt(answer.headers.get('Retry-After') ?? '', 10) || 0, LONGEST_WAIT_S);
  const hint = wait > 0 ? words.wait.replace('{seconds}', String(wait)) : words.later;
  show('bad', words[MEANING[code] ?? 'here'], hint);
  if (wait > 0) hold(button, wait);
};

const refresh = async (form, button) => {
  const words = form.dataset;
  try {
    const answer = await fetch('/api/user/info', { cache: 'no-store', headers: { Accept: 'application/json' } });
    if (!answer.ok) return await explain(answer, form, button);
    const info = await answer.json();
    const shown = document.querySelector('[data-account]').dataset.status;
    // Another status changes more than numbers: let the server draw the card.
    if (String(info.status ?? 1) !== shown) return location.replace('/?balance=updated');
    fill(info);
    show('good', words.updated);
  } catch {
    show('bad', words.network, words.later);
  }
};

const submit = async (event) => {
  const form = event.target.closest?.('[data-refresh]');
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector('button');
  if (button.ariaBusy === 'true' || button.ariaDisabled === 'true') return;
  clear();
  const label = button.textContent;
  button.setAttribute('aria-busy', 'true');
  button.textContent = form.dataset.busy;
  await refresh(form, button);
  button.textContent = label;
  button.removeAttribute('aria-busy');
};

document.addEventListener('submit', submit);

// A page that was sent before the provider had answered.
const load = async (card, isRefresh) => {
  const words = card.querySelector('[data-refresh]').dataset;
  // Where the server has another card to show: the last address, which waits no longer.
  const redraw = () => location.replace(card.dataset.pending);
  try {
    const answer = await fetch('/api/user/info', { cache: 'no-store', headers: { Accept: 'application/json' } });
    if (!answer.ok) return OVER.includes(await codeOf(answer)) ? signOut(words) : redraw();
    const info = await answer.json();
    if (String(info.status ?? 1) !== card.dataset.status) return redraw();
    fill(info);
    if (isRefresh) show('good', words.updated);
  } catch {
    show('bad', words.network, words.later);
  }
  card.querySelector('[data-pending-note]').remove();
  card.removeAttribute('data-pending');
};

const address = new URL(location.href);
const isRefresh = address.searchParams.has('balance');
const pending = document.querySelector('[data-pending]');
if (pending) load(pending, isRefresh);

// A reload must not show the notice of `?balance=updated` again, and waits anew.
if (isRefresh || address.searchParams.has('wait')) {
  for (const name of ['balance', 'wait']) address.searchParams.delete(name);
  history.replaceState(history.state, '', address);
}
