/**
 * The session of this browser, for the scripts of a page. It has no dependencies outside this folder (docs/client.md).
 *
 *     import * as session from '/static/client/js/session.js';
 *     const stop = session.subscribe(({ authenticated, user, cause }) => { … });
 *     await session.signIn({ popup: true });
 *     await session.signOut();
 *
 * All tabs agree within about a second, and a sign-out on another device shows at once. A browser without Web Locks asks once a minute.
 */

import { listen, localAddress } from './login-channel.js';
import { openLogin } from './login-window.js';
import { follow } from './session-stream.js';

/**
 * @typedef {object} SessionState
 * @property {boolean | null} authenticated Whether a user is signed in; null while that is not known.
 * @property {{ username: string | null } | null} user The user; null while no user is signed in.
 * @property {number | null} expires_in Seconds from the answer of the server to the end of the session, if nothing more happens.
 * @property {string | null} cause Why the session ended, such as `idle_limit`, `revoked` or `logged_out`; null where that is not known.
 */

/**
 * @typedef {{ authenticated: boolean, user?: { username: string | null }, expires_in?: number }} Answer The answer of `/api/session`, as the types of docs/openapi.yaml have it (`Api.SessionState`).
 * @typedef {{ outcome: 'success', returnTo: string } | { outcome: 'error', title: string, hint: string }} LoginResult How a login ended, in the reader's language.
 */

/** Interval at which the server is asked when no stream tells: a minute. */
const POLL_MS = 60_000;
/** Least time between two questions because a tab is shown again. */
const RECHECK_MS = 15_000;
const JSON_ONLY = { Accept: 'application/json' };

/** @type {SessionState} */
let state = { authenticated: null, user: null, expires_in: null, cause: null };
/** @type {Set<(state: SessionState) => void>} */
const listeners = new Set();
/** @type {Set<() => void>} */
const accountListeners = new Set();
/** @type {ReturnType<typeof follow> | null} */
let stream = null;
let checkedAt = 0;
/** The number of the last question. Of several answers only that to the last question counts. */
let asked = 0;
/** @type {Promise<SessionState>} The answer to the last question. */
let latest = Promise.resolve(state);
/** @type {string | null} The cause that the question was asked for. */
let saidCause = null;
let isStarted = false;

/** Returns what is known now. */
export const current = () => state;

/** Returns what the server says of the session; null when that cannot be known now. @returns {Promise<Answer | null>} */
export const readSession = async () => {
  try {
    const answer = await fetch('/api/session', { cache: 'no-store', headers: JSON_ONLY });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
};

/** Returns whether a user is known to be signed in. */
export const isSignedIn = async () => (await readSession())?.authenticated === true;

/**
 * Calls each listener. One that throws does not keep the others from being called.
 * @template {unknown[]} A
 * @param {Set<(...values: A) => void>} all
 * @param {A} values
 */
const tell = (all, ...values) => {
  for (const listener of all) {
    try {
      listener(...values);
    } catch (error) {
      reportError(error);
    }
  }
};

/** @param {SessionState} next */
const become = (next) => {
  const isSame = next.authenticated === state.authenticated && next.user?.username === state.user?.username;
  const isQuiet = isSame && next.expires_in === state.expires_in && next.cause === state.cause;
  state = next;
  if (next.authenticated) stream?.open();
  else stream?.close();
  if (!isSame) stream?.share(next);
  if (!isQuiet) tell(listeners, next);
};

/** @param {string | null} cause @returns {Promise<SessionState>} */
const ask = async (cause) => {
  checkedAt = Date.now();
  saidCause = cause ?? saidCause;
  asked += 1;
  const number = asked;
  const answer = await readSession();
  if (number !== asked) return latest;
  // A store that cannot be asked signs no user out.
  if (answer === null) return state;
  const user = answer.user ?? null;
  const why = answer.authenticated ? null : (saidCause ?? (state.authenticated === false ? state.cause : null));
  saidCause = null;
  become({ authenticated: answer.authenticated, user, expires_in: answer.expires_in ?? null, cause: why });
  return state;
};

/**
 * Asks the server now. `cause` is why the session is said to have ended.
 * @param {string | null} [cause]
 */
export const check = (cause = null) => {
  latest = ask(cause);
  return latest;
};

/** @param {import('./session-stream.js').News} news */
const hear = (news) => {
  const user = /** @type {{ username?: unknown } | null | undefined} */ (news.user);
  const isKnown = news.authenticated === state.authenticated && (user?.username ?? null) === (state.user?.username ?? null);
  if (!isKnown) {
    check(typeof news.cause === 'string' ? news.cause : null);
  } else if (news.authenticated && typeof news.expires_in === 'number') {
    become({ ...state, expires_in: news.expires_in });
  }
};

/** @param {boolean} isKnown Whether the state is that of a page which the server has just made. */
const begin = (isKnown) => {
  stream = follow({
    onSession: hear,
    onAccount: () => tell(accountListeners),
    onLost: () => check(),
  });
  if (isKnown) stream.share(state);
  else check();
};

const poll = () => {
  const isTold = stream?.isOpen() || stream?.isLedElsewhere();
  // A stream that was refused is tried again here.
  if (!isTold) check();
  setTimeout(poll, POLL_MS * (0.75 + Math.random() / 2));
};

/** Says that the server has just made the page for a browser that is signed out, so that nothing asks it again. Call this before any other function. */
export const assumeSignedOut = () => {
  if (!isStarted) state = { ...state, authenticated: false };
};

/** Begins to follow the session. Every other function does so where it needs to. */
export const start = () => {
  if (isStarted) return;
  isStarted = true;
  begin(state.authenticated !== null);
  setTimeout(poll, POLL_MS);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() - checkedAt > RECHECK_MS) check();
  });
  window.addEventListener('online', () => check());
  // A page that the back button may show again holds neither a connection nor the lock meanwhile.
  window.addEventListener('pagehide', () => {
    stream?.stop();
    stream = null;
  });
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted && !stream) begin(false);
  });
};

/**
 * Calls `listener` with the state as soon as it is known, and at each change. Returns the function that ends this.
 * @param {(state: SessionState) => void} listener
 */
export const subscribe = (listener) => {
  start();
  listeners.add(listener);
  if (state.authenticated !== null) listener(state);
  return () => {
    listeners.delete(listener);
  };
};

/**
 * Calls `listener` when the account has changed at the provider, such as the balance. Returns the function that ends this.
 * @param {() => void} listener
 */
export const onAccount = (listener) => {
  start();
  accountListeners.add(listener);
  return () => {
    accountListeners.delete(listener);
  };
};

/**
 * Signs in: in this window, or in a pop-up where the browser allows one. The promise of a pop-up resolves when the login has ended. It stays open
 * when the user closes the pop-up. Call this in the handler of a click, because browsers open no window otherwise.
 * @param {{ returnTo?: string, popup?: boolean }} [options] `returnTo` is an address of this origin; the default is this page.
 * @returns {Promise<LoginResult>}
 */
export const signIn = ({ returnTo = location.pathname + location.search, popup = false } = {}) => {
  start();
  const address = new URL('/auth/oauth/start', location.origin);
  address.searchParams.set('return_to', localAddress(returnTo) ?? '/');
  return new Promise((resolve) => {
    if (!popup || !openLogin(address.href)) return location.assign(address);
    const stop = listen((result) => {
      stop();
      check().then(() => resolve(result));
    });
  });
};

/**
 * Signs out, on every replica at once; with `everywhere` in all browsers of the user. Returns whether the server has confirmed it.
 * @param {{ everywhere?: boolean }} [options]
 */
export const signOut = async ({ everywhere = false } = {}) => {
  start();
  try {
    const body = new URLSearchParams(everywhere ? { everywhere: '1' } : {});
    const answer = await fetch('/auth/logout', { method: 'POST', headers: { ...JSON_ONLY, 'X-CSRF': '1' }, body });
    await check('logged_out');
    return answer.ok;
  } catch {
    return false;
  }
};

/** Loads the page anew, with the cookie: a step from our own page, which a reload need not be. */
export const reload = () => location.replace(location.pathname + location.search);
