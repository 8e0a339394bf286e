// Refreshes the balance in place.
// A session that is over shows the signed-out card; a provider or store that is away never does.

import './app.js';
import { fillFigures, sayUpdated, withoutTurns } from './figures.js';
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
    field.textContent = withoutTurns(value ?? field.dataset.missing);
  }
  const balance = info.balance_formatted;
  const isNegative = /^\s*[-\u2212]/u.test(balance ?? '');
  const row = document.querySelector('[data-balance-row]');
  row.classList.toggle('is-negative', isNegative);
  row.classList.toggle('is-missing', balance === undefined || balance === null);
  document.querySelector('[data-negative-note]').hidden = !isNegative;
  fillFigures(info);
};

const signOut = (words) => {
  const card = document.querySelector('[data-signed-out-card]');
  document.title = card.dataset.title;
  document.querySelector('[data-view]').replaceChildren(card.content.cloneNode(true));
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
    sayUpdated(words.updated);
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
  const label = button.querySelector('[data-label]') ?? button;
  const words = label.textContent;
  button.setAttribute('aria-busy', 'true');
  label.textContent = form.dataset.busy;
  await refresh(form, button);
  label.textContent = words;
  button.removeAttribute('aria-busy');
};

document.addEventListener('submit', submit);

// A reload must not show the notice of `?balance=updated` again.
const address = new URL(location.href);
if (address.searchParams.has('balance')) {
  address.searchParams.delete('balance');
  history.replaceState(history.state, '', address);
}
