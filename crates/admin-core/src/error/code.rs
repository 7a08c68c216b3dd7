//! The alphabet of error codes.

use crate::open_enum::open_enum;

open_enum! {
    /// What went wrong, in one stable word. The set is open: a server may know more.
    ErrorCode {
        /// The token is missing, unknown, expired or revoked.
        Unauthenticated = "UNAUTHENTICATED",
        /// The token lacks a scope, or its owner a role.
        Unauthorized = "UNAUTHORIZED",
        /// No such thing, or none that the caller may see.
        NotFound = "NOT_FOUND",
        /// An input is out of its bounds.
        BadUserInput = "BAD_USER_INPUT",
        /// The thing is in a state that does not allow it.
        Conflict = "CONFLICT",
        /// There are as many as there may be, or the call asks for more than one call may.
        LimitExceeded = "LIMIT_EXCEEDED",
        /// Too many calls in too short a time.
        RateLimited = "RATE_LIMITED",
        /// The balance is exhausted.
        PaymentRequired = "PAYMENT_REQUIRED",
        /// The idempotency key was used with another input.
        IdempotencyMismatch = "IDEMPOTENCY_MISMATCH",
        /// The first call under this idempotency key still runs.
        IdempotencyInFlight = "IDEMPOTENCY_IN_FLIGHT",
        /// It was made under this idempotency key, and its secret is no longer kept.
        AlreadyCreated = "ALREADY_CREATED",
        /// The server cannot answer now.
        Unavailable = "UNAVAILABLE",
        /// The server failed.
        Internal = "INTERNAL",
        /// The client's own settings are wrong.
        Config = "CONFIG",
        /// A token of another kind was given.
        WrongTokenKind = "WRONG_TOKEN_KIND",
        /// The deadline passed.
        Timeout = "TIMEOUT",
        /// There was no connection, or it broke.
        Network = "NETWORK",
        /// The answer was not understood.
        Decode = "DECODE",
        /// The caller gave up.
        Aborted = "ABORTED",
        /// A person must confirm first.
        ConfirmationRequired = "CONFIRMATION_REQUIRED",
        /// A secret stands where others can read it.
        SecretInArgument = "SECRET_IN_ARGUMENT",
        /// The new secret could not be handed over.
        DeliveryFailed = "DELIVERY_FAILED",
    }
}
