//! Errors: one list of stable codes for every door. A code fixes the kind, the HTTP status and the
//! title; the detail is for the client's developer; the cause is for our log alone.

use std::fmt;

/// What the caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400: not understood.
    Malformed,
    /// 401: say who you are.
    Unauthenticated,
    /// 401: the name or the password is not right.
    Credentials,
    /// 403: you may not.
    Forbidden,
    /// 404: not there, or not for you to know.
    NotFound,
    /// 405, 406, 413, 415, 431: the request's form is refused.
    Form(u16),
    /// 409: the state forbids it now.
    Conflict,
    /// 412: you wrote over a version you had not seen.
    Stale,
    /// 422: understood and invalid.
    Invalid,
    /// 422: a provider said no.
    Declined,
    /// 428: a header that protects you is missing.
    Precondition,
    /// 429: later.
    TooMany,
    /// 503: later; we or somebody we need cannot now.
    Unavailable,
    /// 500: our fault.
    Internal,
}

impl Kind {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthenticated | Self::Credentials => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Form(status) => status,
            Self::Conflict => 409,
            Self::Stale => 412,
            Self::Invalid | Self::Declined => 422,
            Self::Precondition => 428,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }

    /// Whether the client's user can act on it: a `userErrors` entry in GraphQL rather than a fault.
    pub fn is_for_the_user(self) -> bool {
        matches!(self, Self::NotFound | Self::Conflict | Self::Stale | Self::Invalid | Self::Declined | Self::Credentials)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $case:ident = $word:literal, $kind:expr, $title:literal;)*) => {
        /// The registry of error codes. Codes are stable: clients branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $case),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$case),*];
            /// The stable word.
            pub fn as_str(self) -> &'static str { match self { $(Self::$case => $word),* } }
            /// What to do about it.
            pub fn kind(self) -> Kind { match self { $(Self::$case => $kind),* } }
            /// The same short text for every occurrence.
            pub fn title(self) -> &'static str { match self { $(Self::$case => $title),* } }
            /// When it happens, for the documents.
            pub fn meaning(self) -> &'static str { match self { $(Self::$case => concat!($($doc),+)),* } }
        }
    };
}

codes! {
    /// The request could not be read: bad JSON, an unknown field, a wrong type, a bad id or cursor.
    Malformed = "malformed", Kind::Malformed, "Malformed request";
    /// A query parameter this list does not know.
    UnknownParameter = "unknown_parameter", Kind::Malformed, "Unknown parameter";
    /// No key or token, or one that is not valid (any more).
    Unauthenticated = "unauthenticated", Kind::Unauthenticated, "Not authenticated";
    /// The name or the password is not right: which of them is not told.
    InvalidCredentials = "invalid_credentials", Kind::Credentials, "Wrong name or password";
    /// What proves an address or a number is unknown, used, too old, or wrong.
    ProofNotValid = "proof_not_valid", Kind::Invalid, "The link or code is not valid";
    /// The attempt to sign in is unknown, used, too old, another client's or another provider's: start again.
    SignInNotValid = "sign_in_not_valid", Kind::Invalid, "The attempt to sign in is not valid";
    /// The provider refused, or what it or the app said of the customer does not hold.
    IdentityRefused = "identity_refused", Kind::Declined, "Sign-in was refused";
    /// The provider does not say that the customer's address is theirs: log in otherwise, then link it.
    IdentityEmailNotVerified = "identity_email_not_verified", Kind::Conflict, "The address is not verified";
    /// The account elsewhere opens another customer's account already.
    IdentityInUse = "identity_in_use", Kind::Conflict, "Linked to another account";
    /// The provider that the customer signs in with does not answer, or not as it should.
    IdentityProviderUnavailable = "identity_provider_unavailable", Kind::Unavailable, "The sign-in provider is unavailable";
    /// The provider does not say who it is, or not yet.
    IdentityNotVerified = "identity_not_verified", Kind::Declined, "Identity not verified";
    /// The same person has verified another account.
    PersonInUse = "person_in_use", Kind::Conflict, "Another account is this person's";
    /// It is sold from an age on that the customer is not verified to have; `errors` names each line.
    AgeRestricted = "age_restricted", Kind::Conflict, "Sold from an age on";
    /// The key lacks the permission.
    Forbidden = "forbidden", Kind::Forbidden, "Not allowed";
    /// Cookies came without the proof that the shop's own page asked: an Origin it allows, and the session's CSRF token.
    CsrfFailed = "csrf_failed", Kind::Forbidden, "Not proved to be the shop's own page";
    /// It is the last way to log in to the account.
    LastSignIn = "last_sign_in", Kind::Conflict, "The last way to log in";
    /// The passkey's answer is not valid, or its challenge was used or is too old: start again.
    PasskeyNotValid = "passkey_not_valid", Kind::Invalid, "The passkey's answer is not valid";
    /// Staff must give the password or a code again before this: `POST /admin/v1/auth/step-up`.
    ReauthenticationRequired = "reauthentication_required", Kind::Forbidden, "Confirm who you are";
    /// Staff of this shop must set up a second factor before anything else: `POST /admin/v1/me/totp`.
    TotpEnrolmentRequired = "totp_enrolment_required", Kind::Forbidden, "Set up a second factor";
    /// The shop's last active owner stays one: make another owner first.
    LastOwner = "last_owner", Kind::Conflict, "The last owner";
    /// Not there, or not for this caller.
    NotFound = "not_found", Kind::NotFound, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", Kind::Form(405), "Method not allowed";
    /// The body is larger than this server takes.
    PayloadTooLarge = "payload_too_large", Kind::Form(413), "Payload too large";
    /// The body's media type or encoding is not taken here.
    UnsupportedMediaType = "unsupported_media_type", Kind::Form(415), "Unsupported media type";
    /// None of the accepted media types can be given.
    NotAcceptable = "not_acceptable", Kind::Form(406), "Not acceptable";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", Kind::Form(408), "Request timeout";
    /// The state of the thing forbids it now.
    Conflict = "conflict", Kind::Conflict, "Conflict";
    /// Something else has this slug, code or key already.
    AlreadyExists = "already_exists", Kind::Conflict, "Already exists";
    /// It is still used by something.
    InUse = "in_use", Kind::Conflict, "In use";
    /// Fewer are left than asked for.
    InsufficientStock = "insufficient_stock", Kind::Conflict, "Not enough stock";
    /// The cart holds something that cannot be bought as it is; read the cart's warnings.
    CartChanged = "cart_changed", Kind::Conflict, "The cart changed";
    /// The cart has become an order, or has expired.
    CartClosed = "cart_closed", Kind::Conflict, "The cart is closed";
    /// The cart lacks what checkout needs; `errors` names each missing part.
    CartIncomplete = "cart_incomplete", Kind::Invalid, "The cart is not ready for checkout";
    /// The code is unknown, over, used up, or does not fit this cart.
    CodeNotApplicable = "code_not_applicable", Kind::Conflict, "The code does not apply";
    /// The SKU belongs to several variants; `errors` names the candidates.
    AmbiguousSku = "ambiguous_sku", Kind::Conflict, "Ambiguous SKU";
    /// The state machine has no such step from the present state.
    IllegalTransition = "illegal_transition", Kind::Conflict, "Not possible in this state";
    /// More was asked back than was paid.
    RefundExceedsPayment = "refund_exceeds_payment", Kind::Conflict, "Refund exceeds payment";
    /// A live payment of this order exists already.
    PaymentInProgress = "payment_in_progress", Kind::Conflict, "A payment is in progress";
    /// The first request with this key still runs.
    IdempotencyInProgress = "idempotency_in_progress", Kind::Conflict, "The first request still runs";
    /// This key was used with another request.
    IdempotencyKeyReused = "idempotency_key_reused", Kind::Invalid, "Idempotency key reused";
    /// This operation needs an Idempotency-Key header.
    IdempotencyKeyRequired = "idempotency_key_required", Kind::Malformed, "Idempotency-Key required";
    /// The version in If-Match or expected_version is not the present one.
    VersionMismatch = "version_mismatch", Kind::Stale, "Changed meanwhile";
    /// Understood and invalid; `errors` names every violation.
    Invalid = "invalid", Kind::Invalid, "Invalid";
    /// The payment provider said no.
    PaymentDeclined = "payment_declined", Kind::Declined, "Payment declined";
    /// The payment provider is not enabled for this channel.
    PaymentProviderUnavailable = "payment_provider_unavailable", Kind::Invalid, "Payment provider not offered";
    /// The query is deeper, costlier or longer than this server takes.
    QueryTooComplex = "query_too_complex", Kind::Malformed, "Query too complex";
    /// The persisted query's hash is not known yet: send it with its text.
    PersistedQueryNotFound = "persisted_query_not_found", Kind::NotFound, "Persisted query not found";
    /// Too fast.
    TooManyRequests = "too_many_requests", Kind::TooMany, "Too many requests";
    /// The server is full or something it needs is down; try again after `Retry-After`.
    Unavailable = "unavailable", Kind::Unavailable, "Unavailable";
    /// Our fault; the request id finds the cause in the server's log.
    Internal = "internal", Kind::Internal, "Internal error";
}

/// One violation: where, what.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the request's body, or `?name` of a query parameter.
    pub pointer: String,
    /// Stable code of the violation, such as `required`, `length`, `range`, `insufficient_stock`.
    pub code: String,
    /// For the developer.
    pub detail: String,
}

impl FieldError {
    /// A violation at a JSON pointer.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

/// An error on its way to a client.
pub struct Error {
    /// Which.
    pub code: Code,
    /// For the client's developer; never internals.
    pub detail: String,
    /// All violations at once.
    pub fields: Vec<FieldError>,
    /// For our log alone.
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// After how many seconds trying again makes sense, where that is known.
    pub retry_after: Option<i64>,
}

/// What every rule answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of a code.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), cause: None, retry_after: None }
    }

    /// The same error, told to another who waited for the same thing; its cause was logged with the first.
    pub fn again(&self) -> Self {
        Self { code: self.code, detail: self.detail.clone(), fields: self.fields.clone(), cause: None, retry_after: self.retry_after }
    }

    /// 429 until so many seconds have passed.
    pub fn too_many(seconds: u32) -> Self {
        let seconds = seconds.max(1);
        let refusal = Self::new(Code::TooManyRequests, format!("Too many requests. Try again in {seconds} s."));
        Self { retry_after: Some(seconds.into()), ..refusal }
    }

    /// 404 of a kind of thing: `Error::not_found("product")`.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    /// 422 with its violations.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let detail = fields.first().map_or_else(|| "The request is invalid.".to_owned(), |f| f.detail.clone());
        Self { fields, ..Self::new(Code::Invalid, detail) }
    }

    /// 422 with one violation.
    pub fn invalid_field(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// 400.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Code::Malformed, detail)
    }

    /// 500 with a cause for the log.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(Code::Internal, "Something went wrong on our side.") }
    }

    /// 503 with a cause for the log.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(Code::Unavailable, "The server cannot answer now. Try again shortly.") }
    }

    /// The same error with violations.
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// The same error with the seconds after which trying again makes sense.
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What to do about it.
    pub fn kind(&self) -> Kind {
        self.code.kind()
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.kind().status()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)?;
        for field in &self.fields {
            write!(f, "; {} {}: {}", field.pointer, field.code, field.detail)?;
        }
        self.cause.as_ref().map_or(Ok(()), |cause| write!(f, " (cause: {cause})"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match &error {
            Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

impl From<crate::types::page::BadCursor> for Error {
    fn from(error: crate::types::page::BadCursor) -> Self {
        Self::malformed("The cursor is not one this list gave.").with_fields(vec![FieldError::new("?cursor", "cursor", error.to_string())])
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

/// What a failed write means where it is called: only the caller knows which constraint it can break.
pub trait OnUnique<T> {
    /// Turns a unique violation into the error that the caller names.
    fn on_unique(self, meaning: impl FnOnce() -> Error) -> Result<T>;
}

/// What a write that breaks a reference means where it is called: the other row came or went meanwhile.
pub trait OnReference<T> {
    /// Turns a violation of a foreign key into the error that the caller names.
    fn on_reference(self, meaning: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnReference<T> for diesel::QueryResult<T> {
    fn on_reference(self, meaning: impl FnOnce() -> Error) -> Result<T> {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        self.map_err(|error| match error {
            Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => meaning(),
            other => other.into(),
        })
    }
}

impl<T> OnUnique<T> for diesel::QueryResult<T> {
    fn on_unique(self, meaning: impl FnOnce() -> Error) -> Result<T> {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        self.map_err(|error| match error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => meaning(),
            other => other.into(),
        })
    }
}

/// Checks an input's own rules: every violation at once, each with its JSON pointer.
pub fn check(input: &impl validator::Validate) -> Result<()> {
    check_at("", input)
}

/// Checks an input that stands at `pointer` in the request's body.
pub fn check_at(pointer: &str, input: &impl validator::Validate) -> Result<()> {
    let Err(errors) = input.validate() else { return Ok(()) };
    let mut fields = Vec::new();
    collect(pointer, &errors, &mut fields);
    fields.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Err(Error::invalid(fields))
}

fn collect(prefix: &str, errors: &validator::ValidationErrors, out: &mut Vec<FieldError>) {
    for (name, kind) in errors.errors() {
        let pointer = if name == "__all__" { prefix.to_owned() } else { format!("{prefix}/{name}") };
        match kind {
            validator::ValidationErrorsKind::Struct(inner) => collect(&pointer, inner, out),
            validator::ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(&format!("{pointer}/{index}"), inner, out);
                }
            }
            validator::ValidationErrorsKind::Field(violations) => out.extend(violations.iter().map(|v| {
                let detail = v.message.clone().map_or_else(|| describe(v), |m| m.into_owned());
                FieldError::new(pointer.clone(), v.code.to_string(), detail)
            })),
        }
    }
}

fn describe(violation: &validator::ValidationError) -> String {
    let bound = |name: &str| violation.params.get(name).map(ToString::to_string);
    match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => format!("Must be between {min} and {max} ({}).", violation.code),
        (Some(min), None) => format!("Must be at least {min} ({}).", violation.code),
        (None, Some(max)) => format!("Must be at most {max} ({}).", violation.code),
        (None, None) => format!("Not a valid {}.", violation.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_words() {
        let mut words: Vec<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert!(words.iter().all(|w| w.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
    }
}
