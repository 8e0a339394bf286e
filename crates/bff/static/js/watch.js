// Keeps the page at `/` in agreement with the server: after the back button, after a sign-in or sign-out elsewhere, or when a link from another site
// brought us here without the (SameSite=Strict) cookie. Also says when the browser is offline, or keeps no cookies.

import { focusAfterEnd, showEnded } from './ended.js';
import { isSigningIn } from './login.js';
import { announce, clear, show, words } from './notice.js';
import { assumeSignedOut, readSession, reload, subscribe } from './session.js';
import { cookiesBlocked, recall, remember } from './storage.js';

/** @typedef {import('./session.js').SessionState} SessionState */

const RELOADS = 'bff-reloads';
const RELOADS_WITHIN_MS = 15_000;
const MOST_RELOADS = 3;

const page = document.body.dataset;
const showsAccount = () => page.state !== 'signed_out' && page.state !== 'store_unavailable';

// Without this a browser that never sends the cookie would load the page for ever.
const reloadAFewTimes = () => {
  const now = Date.now();
  const last = (recall(RELOADS) ?? '').split(' ').map(Number).filter((at) => now - at < RELOADS_WITHIN_MS);
  if (last.length >= MOST_RELOADS || !remember(RELOADS, [...last, now].join(' '))) return;
  reload();
};

/** @param {{ authenticated: boolean | null, user?: { username: string | null } | null }} session */
const agrees = ({ authenticated, user }) => {
  if (authenticated !== showsAccount()) return false;
  return !user?.username || !page.user || user.username === page.user;
};

/** @param {SessionState} session */
const compare = (session) => {
  if (agrees(session) || isSigningIn()) return;
  if (session.authenticated === false) showEnded(session.cause);
  else reloadAFewTimes();
};

// The back button must not show an account that has signed out: it stays hidden until we know.
const afterHistory = async () => {
  const view = /** @type {HTMLElement | null} */ (document.querySelector('[data-view]'));
  if (!showsAccount() || !view) return;
  view.hidden = true;
  announce(page.checking ?? '');
  const session = await readSession();
  if (!session || !agrees(session)) return reload();
  clear();
  view.hidden = false;
};

const watchNetwork = () => {
  window.addEventListener('offline', () => show('bad', words.offline ?? '', words.offlineHint));
  window.addEventListener('online', () => show('good', words.online ?? ''));
  if (!navigator.onLine) show('bad', words.offline ?? '', words.offlineHint);
};

// A link from another site may have brought us here without the cookie.
const isFromElsewhere = () => document.referrer !== '' && new URL(document.referrer).origin !== location.origin;

/** Begins to watch. */
export const watchSession = () => {
  watchNetwork();
  focusAfterEnd();
  // Also in place of a failed login, which then failed for this reason.
  if (page.state === 'signed_out' && cookiesBlocked()) show('bad', words.cookies ?? '', words.cookiesHint);
  if (page.state === 'store_unavailable') return;
  // The server has just made the page, so a first visit asks nothing more.
  if (page.state === 'signed_out' && !isFromElsewhere()) assumeSignedOut();
  subscribe(compare);
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) afterHistory();
  });
};
