// The page at `/`. Everything works without this; with it, nothing needs a new page.

import { watchLogin } from './login.js';
import { watchRecovery } from './recovery.js';
import { watchSession } from './watch.js';

// `?login=success` and its like have been said; a reload must not say them again.
const tidyAddress = () => {
  const address = new URL(location.href);
  for (const name of ['login', 'logout', 'error']) address.searchParams.delete(name);
  if (address.href !== location.href) history.replaceState(history.state, '', address);
};

watchLogin();
watchRecovery();
watchSession();
tidyAddress();
