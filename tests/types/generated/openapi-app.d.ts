export interface paths {
    "/api/user/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account, from the provider; the token is refreshed when it must be */
        get: operations["user-info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/oauth/userinfo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as /api/user/info */
        get: operations["oauth-userinfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What the provider sent, as it sent it; integers beyond 2^53 as strings. A field that it did not send is missing. */
        Account: {
            id?: number | string | boolean;
            username?: number | string | boolean;
            email?: number | string | boolean;
            quota?: number | string | boolean;
            used_quota?: number | string | boolean;
            /** @description To be shown as it is */
            balance_formatted?: number | string | boolean;
            created_time?: number | string | boolean;
            /** @description 1 is enabled */
            status?: number | string | boolean;
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
    };
    responses: {
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
    };
    parameters: never;
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
        /** @description Of files of the page, and of what is sent compressed */
        Vary: "accept-encoding";
        /**
         * @description One line a cookie: the session's (`SameSite=Strict`) and its sealed name (`replaces`, `SameSite=Lax`) where it begins or is over, a login attempt's (`login-TAG`, `SameSite=Lax`, 15 minutes) where one begins or is
         *     done, `language`. All of them `HttpOnly` and `Path=/`; on https `Secure`, and named `__Host-Http-…`.
         */
        "Set-Cookie": string;
        "WWW-Authenticate": "Cookie realm=\"app\"";
        /** @description Seconds */
        "Retry-After": number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "user-info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
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
                    "application/json": components["schemas"]["Account"];
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
    "oauth-userinfo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account */
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
                    "application/json": components["schemas"]["Account"];
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
}
