// Whether somebody is signed in, as the server knows it, and what to do when the page shows
// something else: after the back button, after signing out in another tab, or when a link from
// another site brought us here without the (SameSite=Strict) cookie.

import { announce, clear } from './notice.js';

const RELOADED = 'bff-reloaded';
const RECHECK_MS = 15_000;
const { state, user: shownUser, checking } = document.body.dataset;
const showsAccount = state !== 'signed_out' && state !== 'store_unavailable';

/** What the server says of the session, or null when it cannot be known now. */
export const readSession = async () => {
  try {
    const answer = await fetch('/api/session', { cache: 'no-store', headers: { Accept: 'application/json' } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
};

/** Whether somebody is known to be signed in. */
export const isSignedIn = async () => (await readSession())?.authenticated === true;

/** Loads the page anew, with the cookie: a step from our own page, which a reload need not be. */
export const reload = () => location.replace(location.pathname + location.search);

// Without this a browser that never sends the cookie would load the page for ever.
const reloadOnce = () => {
  const last = Number(sessionStorage.getItem(RELOADED));
  if (Date.now() - last < RECHECK_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  reload();
};

const agrees = (session) => {
  if (session.authenticated !== showsAccount) return false;
  const user = session.user?.username;
  return !user || !shownUser || user === shownUser;
};

const compare = async () => {
  const session = await readSession();
  if (session && !agrees(session)) reloadOnce();
};

// The back button must not show an account that has signed out: it stays hidden until we know.
const afterHistory = async () => {
  if (!showsAccount) return compare();
  const view = document.querySelector('[data-view]');
  view.hidden = true;
  announce(checking);
  const session = await readSession();
  if (!session || !agrees(session)) return reload();
  clear();
  view.hidden = false;
};

// The server has just drawn the page. Only a link from another site may have brought us here without the cookie.
const isFromElsewhere = () => document.referrer !== '' && new URL(document.referrer).origin !== location.origin;

/** Begins to watch. */
export const watchSession = () => {
  if (state === 'store_unavailable') return;
  if (!showsAccount && isFromElsewhere()) compare();
  let last = Date.now();
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) afterHistory();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - last < RECHECK_MS) return;
    last = Date.now();
    compare();
  });
};
