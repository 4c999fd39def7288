"""What people do with accounts: open them, sign in by phone code, grant and end roles, make and revoke tokens."""

from linli.kernel.accounts.actions.granting import close_account, end_grant, grant_role, open_account, reopen_account
from linli.kernel.accounts.actions.log import LOG_MONTHS_AT_LEAST, forget_old_events, log_event
from linli.kernel.accounts.actions.passwords import (
    end_other_sessions,
    end_session,
    one_time_password,
    password_was_changed,
    reset_password,
    reset_second_factor,
)
from linli.kernel.accounts.actions.phones import (
    CODE_LIVES,
    CODES_PER_HOUR,
    PHONE_CONTEXT,
    canonical_mobile,
    new_code,
    phone_index,
    sign_in_by_code,
    signed_in_by_phone,
)
from linli.kernel.accounts.actions.standing import require_over
from linli.kernel.accounts.actions.tokens import make_token, revoke_token, token_hash
from linli.kernel.accounts.actions.units import ensure_office, ensure_unit, mend_unit, under_the_street

__all__ = [
    "CODES_PER_HOUR",
    "CODE_LIVES",
    "LOG_MONTHS_AT_LEAST",
    "PHONE_CONTEXT",
    "canonical_mobile",
    "close_account",
    "end_grant",
    "end_other_sessions",
    "end_session",
    "ensure_office",
    "ensure_unit",
    "forget_old_events",
    "grant_role",
    "log_event",
    "make_token",
    "mend_unit",
    "new_code",
    "one_time_password",
    "open_account",
    "password_was_changed",
    "phone_index",
    "reopen_account",
    "require_over",
    "reset_password",
    "reset_second_factor",
    "revoke_token",
    "sign_in_by_code",
    "signed_in_by_phone",
    "token_hash",
    "under_the_street",
]
