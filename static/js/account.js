// Refreshes the balance in place.
// A session that is over shows the signed-out card; a provider or store that is away never does.

import './app.js';
import { clear, show } from './notice.js';

const MEANING = {
  provider_unavailable: 'provider',
  provider_timeout: 'provider',
  provider_error: 'provider',
  rate_limited: 'limited',
};
const OVER = ['not_authenticated', 'session_expired'];
const LONGEST_WAIT_S = 60;
const JUST_NOW_MS = 60_000;
// The steps of the style sheet for the length of an amount, as the server computes them.
const STEPS = [8, 12, 16, 20, 28, 40, 64];
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

// The amount used, where the balance is `quota` in the same unit; else its unit is unknown.
const usedOf = ({ quota, used_quota: used }, balance, unit) => {
  const amount = (number) => (Number(number) / unit).toFixed(2);
  const [sign] = /^[^\d-]*/u.exec(balance ?? '');
  const isSameUnit = (balance ?? '').slice(sign.length).replaceAll(',', '') === amount(quota);
  return isSameUnit && used >= 0 ? sign + amount(used) : null;
};

const fillUsed = (info, balance) => {
  const line = document.querySelector('[data-used]');
  const used = usedOf(info, balance, Number(line.dataset.unit));
  line.hidden = used === null;
  line.textContent = used === null ? '' : line.dataset.words.replace('{used}', used);
};

const status = document.querySelector('[data-balance-status]');
const shownAt = new Date();
const timeWords = (date) => {
  const time = date.toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
  return status.dataset.at.replace('{time}', time);
};
// "Just now" is true for a minute.
const ageing = setTimeout(() => status?.replaceChildren(timeWords(shownAt)), JUST_NOW_MS);
const sayUpdated = (words) => {
  clearTimeout(ageing);
  status.replaceChildren(`${words.updated} · ${timeWords(new Date())}`);
};

const fill = (info) => {
  for (const field of document.querySelectorAll('[data-field]')) {
    const value = info[field.dataset.field];
    field.textContent = value == null ? field.dataset.missing : String(value).replace(TURNS, '');
  }
  const balance = info.balance_formatted == null ? null : String(info.balance_formatted);
  const isNegative = /^\s*[-\u2212]/u.test(balance ?? '');
  const row = document.querySelector('[data-balance-row]');
  row.querySelector('.money').dataset.fit = String(STEPS.find((step) => step >= (balance ?? '').length) ?? 64);
  row.classList.toggle('is-negative', isNegative);
  row.classList.toggle('is-missing', balance === null);
  document.querySelector('[data-negative-note]').hidden = !isNegative;
  const initial = /[\p{L}\p{N}]/u.exec(info.username ?? '')?.[0].toUpperCase() ?? '·';
  document.querySelector('[data-initial]').textContent = initial;
  fillUsed(info, balance);
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
    sayUpdated(words);
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
