// The types of the JSON API for the scripts of the pages, by short names. They are made from docs/openapi*.yaml.

import type { components as App } from './generated/openapi-app.js';
import type { components as Engine } from './generated/openapi.js';

declare global {
  namespace Api {
    type Account = App['schemas']['Account'];
    type SessionState = Engine['schemas']['SessionState'];
    type SessionNews = Engine['schemas']['SessionNews'];
    type EndCause = Engine['schemas']['EndCause'];
    type ErrorCode = Engine['schemas']['ErrorCode'];
    type Problem = Engine['schemas']['Problem'];
  }
}
