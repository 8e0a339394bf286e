// Whether somebody is signed in, as the server knows it, and what to do when the page shows
// something else: after the back button, after signing out in another tab, or when a link from
// another site brought us here without the (SameSite=Strict) cookie.

const RELOADED = 'aihubmix-bff-reloaded';
const RECHECK_MS = 15_000;
const state = document.body.dataset.state;
const showsAccount = state === 'signed_in' || state === 'account_unavailable';

/** `true`, `false`, or null when it cannot be known now. */
export const isSignedIn = async () => {
  try {
    const answer = await fetch('/api/session', { cache: 'no-store', headers: { Accept: 'application/json' } });
    return answer.ok ? (await answer.json()).authenticated === true : null;
  } catch {
    return null;
  }
};

/** Loads the page anew, with the cookie: a step from our own page, which a reload need not be. */
export const reload = () => location.replace(location.pathname + location.search);

// Without this a browser that never sends the cookie would load the page for ever.
const reloadOnce = () => {
  const last = Number(sessionStorage.getItem(RELOADED));
  if (Date.now() - last < RECHECK_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  reload();
};

const compare = async () => {
  const signedIn = await isSignedIn();
  if (signedIn !== null && signedIn !== showsAccount) reloadOnce();
  return signedIn;
};

const afterHistory = async () => {
  const view = document.querySelector('[data-view]');
  if (!showsAccount) return void compare();
  view.hidden = true;
  if ((await isSignedIn()) === true) view.hidden = false;
  else reload();
};

/** Begins to watch. */
export const watchSession = () => {
  if (state === 'store_unavailable') return;
  if (!showsAccount) compare();
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
