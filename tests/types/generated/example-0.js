import * as session from '/static/client/js/session.js';

const stop = session.subscribe(({ authenticated, user, expires_in, cause }) => {
  if (authenticated === null) return; // Not known yet.
  document.title = authenticated ? (user?.username ?? 'Signed in') : `Signed out: ${cause ?? 'unknown'}`;
  console.log(expires_in, stop);
});
