// How the page in the finished pop-up tells the page that opened it.
// A message says how a login ended and holds no secret. It is believed only in this exact shape.

const NAME = 'bff-login';

/** The result as a message; `detail` is `{returnTo}` or `{title, hint}`. */
export const message = (outcome, detail) => ({ type: NAME, outcome, ...detail });

/** `target` as an address of our own origin, or null. */
export const localAddress = (target) => {
  if (typeof target !== 'string' || !URL.canParse(target, location.origin)) return null;
  const address = new URL(target, location.origin);
  return address.origin === location.origin ? address.href : null;
};

const isResult = (data) => {
  if (data === null || typeof data !== 'object' || data.type !== NAME) return false;
  if (data.outcome === 'success') return localAddress(data.returnTo) !== null;
  return data.outcome === 'error' && typeof data.title === 'string' && typeof data.hint === 'string';
};

/** Tells every page of our origin, and the opener where the provider left us one. */
export const tell = (result) => {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage(result);
  channel.close();
  window.opener?.postMessage(result, location.origin);
};

/** Calls `hear` with every result that comes from our own origin. */
export const listen = (hear) => {
  new BroadcastChannel(NAME).addEventListener('message', ({ data }) => {
    if (isResult(data)) hear(data);
  });
  window.addEventListener('message', ({ origin, data }) => {
    if (origin === location.origin && isResult(data)) hear(data);
  });
};
