### English: the words of this app. All others are in crates/bff/templates/i18n; an id written here replaces them.

## Every page

-provider = AIHubMix
app-title = My third-party app

## The account

account-username = Username:
account-email = Email:
account-balance = Account balance:
balance-missing = Balance not available
balance-negative = Your balance is below zero. Top up to keep using the service.
field-missing = Not provided
refresh-balance = Refresh balance
refresh-busy = Refreshing...
top-up = Top up
status-disabled = This account is disabled
    .hint = You can still see your details, but you cannot use the service. To restore it, contact AIHubMix support.
status-deleted = This account has been deleted
    .hint = These are the last details on record. If this is unexpected, contact AIHubMix support.
status-unknown = This account has an unusual status (code { $status })
    .hint = If something does not work, give this code to AIHubMix support.

## What just happened

notice-balance_updated = Balance updated
notice-refresh_failed = Could not refresh. Please sign in again

## When the balance cannot be refreshed

refresh-provider = AIHubMix is not responding. Your balance was not updated.
refresh-limited = That was too many refreshes in a row.
refresh-here = We could not do that just now. Your balance was not updated.
refresh-network = The connection was lost. Your balance was not updated.
refresh-later = Try again in a little while. You are still signed in.
refresh-wait = Try again in { $seconds } s. You are still signed in.

## Signed in, but the account cannot be read now

trouble-provider_unavailable = AIHubMix is unavailable, so we cannot show your current balance
    .hint = You are still signed in. Wait a moment, then try again.
trouble-provider_timeout = AIHubMix took too long to respond, so we cannot show your current balance
    .hint = You are still signed in. Wait a moment, then try again.
trouble-provider_error = AIHubMix sent a response we cannot read, so we cannot show your current balance
    .hint = You are still signed in. If trying again does not help, contact us and quote the request number.
trouble-forbidden = AIHubMix does not allow access to this account
    .hint = The account may be disabled, or permission to read it is missing. Sign out and in again, or contact AIHubMix support.
retry-in = Trying again in { $seconds } s
retrying = Trying again...
known-just_now = As of less than a minute ago
known-minutes = As of { $minutes } min ago
known-hours = As of { $hours } h ago
