//! What the shell is told.

use std::fmt;

use admin_core::ErrorCode;

/// The exit codes of `aisetu`. They are stable: scripts branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// It is done.
    Ok = 0,
    /// INTERNAL, DECODE, or a code that this version does not know.
    Failure = 1,
    /// Wrong usage, `BAD_USER_INPUT`, CONFIG, `SECRET_IN_ARGUMENT`.
    Usage = 2,
    /// UNAUTHENTICATED, `WRONG_TOKEN_KIND`.
    Unauthenticated = 4,
    /// UNAUTHORIZED.
    Unauthorized = 5,
    /// `NOT_FOUND`.
    NotFound = 6,
    /// CONFLICT, `IDEMPOTENCY_MISMATCH`, `IDEMPOTENCY_IN_FLIGHT`, `ALREADY_CREATED`.
    Conflict = 7,
    /// `LIMIT_EXCEEDED`, `RATE_LIMITED`, `PAYMENT_REQUIRED`.
    Limit = 8,
    /// NETWORK, TIMEOUT, UNAVAILABLE.
    Unreachable = 9,
    /// `CONFIRMATION_REQUIRED`.
    ConfirmationRequired = 10,
    /// `DELIVERY_FAILED`.
    DeliveryFailed = 11,
    /// A check said no, such as a key that is not VALID, or an audit chain that is broken.
    CheckFailed = 12,
    /// ABORTED.
    Aborted = 130,
}

impl ExitCode {
    /// Every exit code, in order.
    pub const ALL: [Self; 13] = [
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Unauthenticated,
        Self::Unauthorized,
        Self::NotFound,
        Self::Conflict,
        Self::Limit,
        Self::Unreachable,
        Self::ConfirmationRequired,
        Self::DeliveryFailed,
        Self::CheckFailed,
        Self::Aborted,
    ];

    /// The number that the shell gets.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for ExitCode {
    /// What it stands for, as the help shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "done",
            Self::Failure => "INTERNAL, DECODE, or a code that this version does not know",
            Self::Usage => "wrong usage, BAD_USER_INPUT, CONFIG, SECRET_IN_ARGUMENT",
            Self::Unauthenticated => "UNAUTHENTICATED, WRONG_TOKEN_KIND",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT, IDEMPOTENCY_MISMATCH, IDEMPOTENCY_IN_FLIGHT, ALREADY_CREATED",
            Self::Limit => "LIMIT_EXCEEDED, RATE_LIMITED, PAYMENT_REQUIRED",
            Self::Unreachable => "NETWORK, TIMEOUT, UNAVAILABLE",
            Self::ConfirmationRequired => "CONFIRMATION_REQUIRED",
            Self::DeliveryFailed => {
                "DELIVERY_FAILED: a new secret, or the answer to a change, could not be handed over"
            }
            Self::CheckFailed => "a check said no, such as a key that is not VALID",
            Self::Aborted => "ABORTED",
        })
    }
}

impl From<&ErrorCode> for ExitCode {
    fn from(code: &ErrorCode) -> Self {
        match code {
            ErrorCode::BadUserInput | ErrorCode::Config | ErrorCode::SecretInArgument => Self::Usage,
            ErrorCode::Unauthenticated | ErrorCode::WrongTokenKind => Self::Unauthenticated,
            ErrorCode::Unauthorized => Self::Unauthorized,
            ErrorCode::NotFound => Self::NotFound,
            ErrorCode::Conflict
            | ErrorCode::IdempotencyMismatch
            | ErrorCode::IdempotencyInFlight
            | ErrorCode::AlreadyCreated => Self::Conflict,
            ErrorCode::LimitExceeded | ErrorCode::RateLimited | ErrorCode::PaymentRequired => Self::Limit,
            ErrorCode::Network | ErrorCode::Timeout | ErrorCode::Unavailable => Self::Unreachable,
            ErrorCode::ConfirmationRequired => Self::ConfirmationRequired,
            ErrorCode::DeliveryFailed => Self::DeliveryFailed,
            ErrorCode::Aborted => Self::Aborted,
            _ => Self::Failure,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_code_has_the_documented_number() {
        let unknown = ErrorCode::Unknown("NEW".to_owned());
        let codes = ErrorCode::KNOWN.iter().chain([&unknown]);
        let table: Vec<_> = codes.map(|code| format!("{} {code}", ExitCode::from(code).number())).collect();
        insta::assert_snapshot!(table.join("\n"), @"
        4 UNAUTHENTICATED
        5 UNAUTHORIZED
        6 NOT_FOUND
        2 BAD_USER_INPUT
        7 CONFLICT
        8 LIMIT_EXCEEDED
        8 RATE_LIMITED
        8 PAYMENT_REQUIRED
        7 IDEMPOTENCY_MISMATCH
        7 IDEMPOTENCY_IN_FLIGHT
        7 ALREADY_CREATED
        9 UNAVAILABLE
        1 INTERNAL
        2 CONFIG
        4 WRONG_TOKEN_KIND
        9 TIMEOUT
        9 NETWORK
        1 DECODE
        130 ABORTED
        10 CONFIRMATION_REQUIRED
        2 SECRET_IN_ARGUMENT
        11 DELIVERY_FAILED
        1 NEW
        ");
    }

    #[test]
    fn the_help_names_every_error_code() {
        for code in ErrorCode::KNOWN {
            let shown = ExitCode::from(code).to_string();
            assert!(shown.contains(code.as_str()), "{code} is not in `{shown}`");
        }
        let numbers = ExitCode::ALL.map(ExitCode::number);
        assert_eq!(numbers, [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130]);
    }
}
