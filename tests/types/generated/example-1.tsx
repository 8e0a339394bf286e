import { useSyncExternalStore } from 'react';
import * as session from '/static/client/js/session.js';

export const useSession = () => useSyncExternalStore(session.subscribe, session.current);

export function Account() {
  const { authenticated, user, cause } = useSession();
  if (authenticated === null) return <p>One moment…</p>;
  if (authenticated) {
    return (
      <p>
        {user?.username} <button onClick={() => session.signOut()}>Sign out</button>
      </p>
    );
  }
  return (
    <p>
      {cause === 'revoked' && 'The operator ended your session. '}
      <button onClick={() => session.signIn({ popup: true })}>Sign in</button>
    </p>
  );
}
