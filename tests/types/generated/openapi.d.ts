export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page, signed out or signed in */
        get: operations["home"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The page without its body */
        head: operations["home-head"];
        patch?: never;
        trace?: never;
    };
    "/auth/oauth/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** On to the provider, with the cookie of a new login attempt */
        get: operations["start-login"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finishes the login with what the provider sent along
         * @description On to `return_to` with `login=success`, or to `/?error=CODE` (see the schema LoginErrorCode). In a pop-up, a page that tells its opener.
         */
        get: operations["callback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/oauth/callback.html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as /oauth/callback */
        get: operations["callback-html"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the session; says the same when nobody was signed in */
        post: operations["log-out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether somebody is signed in; asks no provider and keeps no session alive */
        get: operations["session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The same without its body */
        head: operations["session-head"];
        patch?: never;
        trace?: never;
    };
    "/api/session/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells at once what happens to the session, as Server-Sent Events; keeps no session alive
         * @description The first event is `session` with the answer of /api/session. Later events are `session` with changed data, `session` with `{"authenticated":false,"cause":…}` when the session ends, and `account` with `{}` when /api/user/info has another answer. The stream ends with the session, and when this replica stops. A comment line is sent at least every 25 seconds.
         */
        get: operations["session-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refreshes the token now, unless that was done within the last 10 seconds */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/oauth/refresh-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as /api/user/refresh */
        post: operations["oauth-refresh-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The user's own sessions, newest login first; at most 100, the one that asks always among them */
        get: operations["sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends one of the user's own sessions */
        delete: operations["end-session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/oauth/exchange-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The callback for front ends that receive it themselves
         * @description It needs the cookie of the attempt, as the callback does. It never answers a token.
         */
        post: operations["exchange-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/proxy/{name}/{path}": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        /** Passes the call on to an upstream, with the session's access token */
        get: operations["proxy-get"];
        /** Passes the call on to an upstream, with the session's access token */
        put: operations["proxy-put"];
        /** Passes the call on to an upstream, with the session's access token */
        post: operations["proxy-post"];
        /** Passes the call on to an upstream, with the session's access token */
        delete: operations["proxy-delete"];
        options?: never;
        /** Passes the call on to an upstream, with the session's access token */
        head: operations["proxy-head"];
        /** Passes the call on to an upstream, with the session's access token */
        patch: operations["proxy-patch"];
        trace?: never;
    };
    "/static/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file of the page */
        get: operations["file"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The same without its body */
        head: operations["file-head"];
        patch?: never;
        trace?: never;
    };
    "/favicon.ico": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The icon */
        get: operations["favicon"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The same without its body */
        head: operations["favicon-head"];
        patch?: never;
        trace?: never;
    };
    "/csp-report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What browsers tell of our own pages when something broke their policy
         * @description Sent by browsers by themselves, so without the rule of who may call.
         */
        post: operations["csp-report"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The same without its body */
        head: operations["healthz-head"];
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The session store answers and takes writes, and the program is not about to stop */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** The same without its body */
        head: operations["readyz-head"];
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description RFC 9457. `error` is stable, texts may change. */
        Problem: {
            /** Format: uri */
            type: string;
            /** @description Constant for each `error` */
            title: string;
            /** @description The status of the answer */
            status: number;
            error: components["schemas"]["ErrorCode"] | components["schemas"]["LoginErrorCode"];
            /** @description The same as `X-Request-Id` */
            request_id: string;
            cause?: components["schemas"]["EndCause"];
        };
        /** @enum {unknown} */
        ErrorCode: "not_authenticated" | "session_expired" | "csrf_rejected" | "forbidden" | "not_found" | "method_not_allowed" | "bad_request" | "payload_too_large" | "rate_limited" | "provider_error" | "provider_unavailable" | "provider_timeout" | "store_unavailable" | "internal_error";
        /**
         * @description Why a login did not succeed, in `/?error=` and in the problems of /api/oauth/exchange-token
         * @enum {unknown}
         */
        LoginErrorCode: "missing_parameters" | "invalid_state" | "login_expired" | "server_error" | "provider_unavailable" | "account_disabled" | "access_denied" | "invalid_request" | "unauthorized_client" | "unsupported_response_type" | "invalid_scope" | "temporarily_unavailable" | "authorization_failed";
        /**
         * @description Why a session ended, where its end was not asked for in this browser
         * @enum {unknown}
         */
        EndCause: "idle_limit" | "absolute_limit" | "refresh_refused" | "tokens_expired" | "ended_elsewhere" | "revoked" | "too_many_sessions";
        SessionState: {
            /** @constant */
            authenticated: false;
        } | {
            /** @constant */
            authenticated: true;
            user: {
                username: string | null;
            };
            /** @description Seconds until the session ends if nothing more happens */
            expires_in: number;
        };
        /** @description The data of an event `session` */
        SessionNews: components["schemas"]["SessionState"] | {
            /** @constant */
            authenticated: false;
            cause: components["schemas"]["EndCause"] | ("logged_out" | "replaced");
        };
        Refreshed: {
            refreshed: boolean;
            /** @description Seconds that the access token is good for */
            expires_in: number;
        };
        Sessions: {
            sessions: {
                /** @description A handle; it opens nothing */
                id: string;
                device: string;
                /** Format: date-time */
                created_at: string;
                /** Format: date-time */
                last_seen_at: string;
                current: boolean;
            }[];
        };
        /** @description What the provider sent to the callback; what else is in it is passed over. */
        ExchangeToken: {
            code: string | null;
            error?: string | null;
            state: string | null;
            /** @description The issuer (RFC 9207) */
            iss?: string | null;
        } | {
            code?: string | null;
            error: string | null;
            state?: string | null;
            /** @description The issuer (RFC 9207) */
            iss?: string | null;
        };
        Exchanged: {
            expires_in: number;
            scope: string | null;
        };
        Health: {
            /** @enum {unknown} */
            status: "ok" | "stopping";
        };
    };
    responses: {
        /** @description A page */
        Page: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "text/html": string;
            };
        };
        /** @description On to another address */
        Onward: {
            headers: {
                Location: components["headers"]["Location"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The page was asked for over plain http */
        ToHttps: {
            headers: {
                Location: components["headers"]["Location"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The file */
        File: {
            headers: {
                ETag: components["headers"]["ETag"];
                Vary: components["headers"]["Vary"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                [name: string]: unknown;
            };
            content: {
                "text/css": string;
                "text/javascript": string;
                "image/svg+xml": string;
            };
        };
        /** @description `If-None-Match` names the file as it is */
        FileIsKnown: {
            headers: {
                ETag: components["headers"]["ETag"];
                Vary: components["headers"]["Vary"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Well */
        Health: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Health"];
            };
        };
        /** @description As GET has it */
        Head: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET has it */
        HeadOfPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET has it */
        HeadOfLater: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET has it */
        HeadOfLaterPage: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET has it */
        HeadOfFile: {
            headers: {
                ETag: components["headers"]["ETag"];
                Vary: components["headers"]["Vary"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The request cannot be understood, or came over plain http */
        BadRequest: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 400;
                    /** @enum {unknown} */
                    error?: "bad_request";
                };
            };
        };
        /** @description The request cannot be understood, or came over plain http */
        BadRequestPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 400;
                    /** @enum {unknown} */
                    error?: "bad_request";
                };
                "text/html": string;
            };
        };
        /** @description Not signed in, or not any more; a session that is over loses its cookie with this answer, and `cause` says why, once */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 401;
                    /** @enum {unknown} */
                    error?: "not_authenticated" | "session_expired";
                };
            };
        };
        /** @description A request from another site */
        CsrfRejected: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {unknown} */
                    error?: "csrf_rejected";
                };
            };
        };
        /** @description A request from another site */
        CsrfRejectedPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {unknown} */
                    error?: "csrf_rejected";
                };
                "text/html": string;
            };
        };
        /** @description A request from another site, or the provider says that the account may not */
        Forbidden: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {unknown} */
                    error?: "csrf_rejected" | "forbidden";
                };
            };
        };
        /** @description A request from another site, or the provider says that the account may not */
        ForbiddenPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 403;
                    /** @enum {unknown} */
                    error?: "csrf_rejected" | "forbidden";
                };
                "text/html": string;
            };
        };
        /** @description Nothing there */
        NotFound: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 404;
                    /** @enum {unknown} */
                    error?: "not_found";
                };
            };
        };
        /** @description Nothing there */
        NotFoundPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 404;
                    /** @enum {unknown} */
                    error?: "not_found";
                };
                "text/html": string;
            };
        };
        /** @description The path takes other methods */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 405;
                    /** @enum {unknown} */
                    error?: "method_not_allowed";
                };
                "text/html": string;
            };
        };
        /** @description The body is over 64 KB */
        TooLarge: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 413;
                    /** @enum {unknown} */
                    error?: "payload_too_large";
                };
            };
        };
        /** @description The body is over 64 KB */
        TooLargePage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 413;
                    /** @enum {unknown} */
                    error?: "payload_too_large";
                };
                "text/html": string;
            };
        };
        /** @description Too many requests of one client or session */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 429;
                    /** @enum {unknown} */
                    error?: "rate_limited";
                };
            };
        };
        /** @description Too many requests of one client or session */
        RateLimitedPage: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 429;
                    /** @enum {unknown} */
                    error?: "rate_limited";
                };
                "text/html": string;
            };
        };
        /** @description A fault of this program */
        InternalError: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 500;
                    /** @enum {unknown} */
                    error?: "internal_error";
                };
            };
        };
        /** @description A fault of this program */
        InternalErrorPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 500;
                    /** @enum {unknown} */
                    error?: "internal_error";
                };
                "text/html": string;
            };
        };
        /** @description The provider's answer cannot be used */
        ProviderError: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 502;
                    /** @enum {unknown} */
                    error?: "provider_error";
                };
            };
        };
        /** @description The provider's answer cannot be used */
        ProviderErrorPage: {
            headers: {
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 502;
                    /** @enum {unknown} */
                    error?: "provider_error";
                };
                "text/html": string;
            };
        };
        /** @description The session store is away; the cookie stays */
        StoreUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    error?: "store_unavailable";
                };
            };
        };
        /** @description The session store is away; the cookie stays */
        StoreUnavailablePage: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    error?: "store_unavailable";
                };
                "text/html": string;
            };
        };
        /** @description The provider or the session store is away; the session stays */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    error?: "provider_unavailable" | "store_unavailable";
                };
            };
        };
        /** @description The provider or the session store is away; the session stays */
        UnavailablePage: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 503;
                    /** @enum {unknown} */
                    error?: "provider_unavailable" | "store_unavailable";
                };
                "text/html": string;
            };
        };
        /** @description The provider did not answer in time; the session stays */
        ProviderTimeout: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 504;
                    /** @enum {unknown} */
                    error?: "provider_timeout";
                };
            };
        };
        /** @description The provider did not answer in time; the session stays */
        ProviderTimeoutPage: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "Set-Cookie": components["headers"]["Set-Cookie"];
                "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                "Permissions-Policy": components["headers"]["Permissions-Policy"];
                "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Cache-Control": components["headers"]["Cache-Control"];
                "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @constant */
                    status?: 504;
                    /** @enum {unknown} */
                    error?: "provider_timeout";
                };
                "text/html": string;
            };
        };
    };
    parameters: {
        /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
        "X-CSRF": string;
        /** @description A language to show, and to remember for a year, if it is one of `zh-Hant`, `zh-Hans`, `en`, `ja`. */
        lang: string;
        /** @description Why a login did not succeed, a LoginErrorCode; its sentence is shown, never this text. */
        error: string;
        /** @description `success` after a login */
        login: string;
        /** @description `success` after a sign-out */
        logout: string;
    };
    requestBodies: never;
    headers: {
        /** @description The request's id, also in the log. An id from a client is never taken over. */
        "X-Request-Id": string;
        /** @description Of a page one with a nonce, of everything else nothing at all. */
        "Content-Security-Policy": string;
        "X-Content-Type-Options": "nosniff";
        "Cross-Origin-Resource-Policy": "same-origin";
        "Referrer-Policy": "no-referrer" | "same-origin";
        /** @description `no-store`, but for files of the page */
        "Cache-Control": "no-store" | "no-cache" | "public, max-age=31536000, immutable";
        /** @description Two years, on https */
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains";
        /** @description Of pages. `same-origin-allow-popups` where nobody is signed in, `unsafe-none` where a pop-up ends. */
        "Cross-Origin-Opener-Policy": "same-origin" | "same-origin-allow-popups" | "unsafe-none";
        /** @description Of pages */
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()";
        /** @description Of pages; where a browser tells what broke the policy */
        "Reporting-Endpoints": string;
        Location: string;
        /**
         * @description One line a cookie: the session's (`SameSite=Strict`) and its sealed name (`replaces`, `SameSite=Lax`) where it begins or is over, a login attempt's (`login-TAG`, `SameSite=Lax`, 15 minutes) where one begins or is
         *     done, `language`. All of them `HttpOnly` and `Path=/`; on https `Secure`, and named `__Host-Http-…`.
         */
        "Set-Cookie": string;
        "Clear-Site-Data": string;
        ETag: string;
        /** @description Of files of the page, and of what is sent compressed */
        Vary: "accept-encoding";
        /** @description The methods that there are */
        Allow: string;
        "WWW-Authenticate": "Cookie realm=\"app\"";
        /** @description Seconds */
        "Retry-After": number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    home: {
        parameters: {
            query?: {
                /** @description A language to show, and to remember for a year, if it is one of `zh-Hant`, `zh-Hans`, `en`, `ja`. */
                lang?: components["parameters"]["lang"];
                /** @description Why a login did not succeed, a LoginErrorCode; its sentence is shown, never this text. */
                error?: components["parameters"]["error"];
                /** @description `success` after a login */
                login?: components["parameters"]["login"];
                /** @description `success` after a sign-out */
                logout?: components["parameters"]["logout"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Page"];
            303: components["responses"]["Onward"];
            308: components["responses"]["ToHttps"];
            400: components["responses"]["BadRequestPage"];
            403: components["responses"]["CsrfRejectedPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
            503: components["responses"]["StoreUnavailablePage"];
        };
    };
    "home-head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["HeadOfPage"];
            400: components["responses"]["HeadOfPage"];
            403: components["responses"]["HeadOfPage"];
            413: components["responses"]["HeadOfPage"];
            429: components["responses"]["HeadOfLaterPage"];
            500: components["responses"]["HeadOfPage"];
            503: components["responses"]["HeadOfLaterPage"];
        };
    };
    "start-login": {
        parameters: {
            query?: {
                /** @description Where to land after the login, a path of this origin with at most 2,048 bytes once percent-encoded; anything else counts as `/`. */
                return_to?: string;
                /** @description `popup` when this is opened in a pop-up, which then ends in a small page that tells its opener. */
                display?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            303: components["responses"]["Onward"];
            400: components["responses"]["BadRequestPage"];
            403: components["responses"]["CsrfRejectedPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
            503: components["responses"]["StoreUnavailablePage"];
        };
    };
    callback: {
        parameters: {
            query?: {
                /** @description The authorization code */
                code?: string;
                /** @description The state of the attempt */
                state?: string;
                /** @description The provider's refusal */
                error?: string;
                /** @description The issuer (RFC 9207) */
                iss?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Page"];
            303: components["responses"]["Onward"];
            400: components["responses"]["BadRequestPage"];
            403: components["responses"]["CsrfRejectedPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
            503: components["responses"]["StoreUnavailablePage"];
        };
    };
    "callback-html": {
        parameters: {
            query?: {
                code?: string;
                state?: string;
                error?: string;
                iss?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Page"];
            303: components["responses"]["Onward"];
            400: components["responses"]["BadRequestPage"];
            403: components["responses"]["CsrfRejectedPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
            503: components["responses"]["StoreUnavailablePage"];
        };
    };
    "log-out": {
        parameters: {
            query?: {
                /** @description `1` ends all sessions of the user. It may also stand in the body. */
                everywhere?: string;
            };
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/x-www-form-urlencoded": {
                    /** @example 1 */
                    everywhere?: string;
                };
            };
        };
        responses: {
            /** @description Done, to a script */
            204: {
                headers: {
                    "Clear-Site-Data": components["headers"]["Clear-Site-Data"];
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Done, to a person; on to `/?logout=success` */
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Clear-Site-Data": components["headers"]["Clear-Site-Data"];
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequestPage"];
            403: components["responses"]["CsrfRejectedPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
            503: components["responses"]["StoreUnavailablePage"];
        };
    };
    session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionState"];
                };
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["CsrfRejected"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    "session-head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Head"];
            400: components["responses"]["Head"];
            403: components["responses"]["Head"];
            413: components["responses"]["Head"];
            429: components["responses"]["HeadOfLater"];
            500: components["responses"]["Head"];
            503: components["responses"]["HeadOfLater"];
        };
    };
    "session-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream */
            200: {
                headers: {
                    /** @description Asks nginx to pass each event on at once */
                    "X-Accel-Buffering"?: "no";
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Nobody is signed in, so that there is nothing to come back for */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            403: components["responses"]["CsrfRejected"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Refreshed, or still fresh */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refreshed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
        };
    };
    "oauth-refresh-token": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Refreshed, or still fresh */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Refreshed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
        };
    };
    sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CsrfRejected"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    "end-session": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description An `id` of /api/sessions. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has ended */
            204: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CsrfRejected"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["StoreUnavailable"];
        };
    };
    "exchange-token": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExchangeToken"];
            };
        };
        responses: {
            /** @description Signed in */
            200: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exchanged"];
                };
            };
            /** @description The request cannot be understood, or the login did not succeed */
            400: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status?: 400;
                        /** @enum {unknown} */
                        error?: "bad_request" | "missing_parameters" | "invalid_state" | "login_expired" | "invalid_request" | "unauthorized_client" | "unsupported_response_type" | "invalid_scope" | "authorization_failed";
                    };
                };
            };
            /** @description A request from another site, or the provider or the person said no */
            403: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status?: 403;
                        /** @enum {unknown} */
                        error?: "csrf_rejected" | "access_denied" | "account_disabled";
                    };
                };
            };
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            /** @description The provider's answer cannot be used, or the login cannot be stored */
            502: {
                headers: {
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status?: 502;
                        /** @enum {unknown} */
                        error?: "server_error";
                    };
                };
            };
            /** @description The provider or the session store is away */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "Set-Cookie": components["headers"]["Set-Cookie"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status?: 503;
                        /** @enum {unknown} */
                        error?: "provider_unavailable" | "temporarily_unavailable" | "store_unavailable";
                    };
                };
            };
        };
    };
    "proxy-get": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
            /** @description The upstream's own answer, whatever its status but a redirect, 407 and 1xx, which are answered 502; a download with a policy that lets it do nothing */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "proxy-put": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
            /** @description The upstream's own answer, whatever its status but a redirect, 407 and 1xx, which are answered 502; a download with a policy that lets it do nothing */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "proxy-post": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
            /** @description The upstream's own answer, whatever its status but a redirect, 407 and 1xx, which are answered 502; a download with a policy that lets it do nothing */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "proxy-delete": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
            /** @description The upstream's own answer, whatever its status but a redirect, 407 and 1xx, which are answered 502; a download with a policy that lets it do nothing */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "proxy-head": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
            /** @description The upstream's own answer, whatever its status but a redirect, 407 and 1xx, which are answered 502; a download with a policy that lets it do nothing */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "proxy-patch": {
        parameters: {
            query?: never;
            header?: {
                /** @description `1`, from a program that is no browser. Browsers say where a request comes from by themselves. */
                "X-CSRF"?: components["parameters"]["X-CSRF"];
            };
            path: {
                /** @description The name of a `[[proxy]]` table */
                name: string;
                /** @description What the upstream is asked for, within `paths`; it may hold slashes, and the query goes along. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            502: components["responses"]["ProviderError"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["ProviderTimeout"];
            /** @description The upstream's own answer, whatever its status but a redirect, 407 and 1xx, which are answered 502; a download with a policy that lets it do nothing */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The hash of the whole set, and the name of the file in it; it holds slashes. */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["File"];
            304: components["responses"]["FileIsKnown"];
            404: components["responses"]["NotFoundPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
        };
    };
    "file-head": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["HeadOfFile"];
            304: components["responses"]["FileIsKnown"];
            404: components["responses"]["HeadOfPage"];
            413: components["responses"]["HeadOfPage"];
            429: components["responses"]["HeadOfLaterPage"];
            500: components["responses"]["HeadOfPage"];
        };
    };
    favicon: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["File"];
            304: components["responses"]["FileIsKnown"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
        };
    };
    "favicon-head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["HeadOfFile"];
            304: components["responses"]["FileIsKnown"];
            413: components["responses"]["HeadOfPage"];
            429: components["responses"]["HeadOfLaterPage"];
            500: components["responses"]["HeadOfPage"];
        };
    };
    "csp-report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/reports+json": {
                    /** @example csp-violation */
                    type: string;
                    body?: {
                        /** @example script-src-elem */
                        effectiveDirective?: string;
                        /** @example inline */
                        blockedURL?: string;
                    } | null;
                }[];
            };
        };
        responses: {
            /** @description Taken */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequestPage"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Health"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
        };
    };
    "healthz-head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Head"];
            413: components["responses"]["HeadOfPage"];
            429: components["responses"]["HeadOfLaterPage"];
            500: components["responses"]["HeadOfPage"];
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Health"];
            413: components["responses"]["TooLargePage"];
            429: components["responses"]["RateLimitedPage"];
            500: components["responses"]["InternalErrorPage"];
            /** @description The session store is away, or the program is about to stop */
            503: {
                headers: {
                    /** @description Seconds; missing when the program is about to stop */
                    "Retry-After"?: number;
                    "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                    "Permissions-Policy": components["headers"]["Permissions-Policy"];
                    "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @constant */
                        status?: 503;
                        /** @enum {unknown} */
                        error?: "store_unavailable";
                    };
                    "text/html": string;
                };
            };
        };
    };
    "readyz-head": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Head"];
            413: components["responses"]["HeadOfPage"];
            429: components["responses"]["HeadOfLaterPage"];
            500: components["responses"]["HeadOfPage"];
            /** @description As GET has it */
            503: {
                headers: {
                    /** @description Seconds; missing when the program is about to stop */
                    "Retry-After"?: number;
                    "Cross-Origin-Opener-Policy": components["headers"]["Cross-Origin-Opener-Policy"];
                    "Permissions-Policy": components["headers"]["Permissions-Policy"];
                    "Reporting-Endpoints": components["headers"]["Reporting-Endpoints"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "Cross-Origin-Resource-Policy": components["headers"]["Cross-Origin-Resource-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Strict-Transport-Security": components["headers"]["Strict-Transport-Security"];
                    Vary: components["headers"]["Vary"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
