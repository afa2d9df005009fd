//! Sessions of browsers: tokens in cookies that no script can read, beside the bearer tokens of apps. A client asks for
//! them by `Maru-Token-Transport: cookie` where tokens are answered; they are then left out of the body. Cookies count on
//! the Store surface only, never beside an `Authorization` header, and never for public reads. What changes something
//! on their authority needs two proofs that the shop's own page asked: where the page is from, and a token that is
//! signed for the session ([`csrf`]).

mod cookies;
mod origin;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderValue, SET_COOKIE};

use crate::api::paths::plain;
use crate::app::App;
use crate::commerce::auth::{Identity, SubjectKind, csrf, sessions};
use crate::commerce::channels::Channel;
use crate::commerce::customers::{AuthTokens, LoggedIn};
use crate::error::{Code, Error, Result};
use crate::types::{Secret, SessionId, Timestamp};
use cookies::{Cookie, Cookies};

/// The header that asks for cookies.
const TRANSPORT: &str = "maru-token-transport";
/// The header that holds the CSRF token.
const CSRF_TOKEN: &str = "maru-csrf-token";

/// What a request tells of the browser that it came from, and the cookies it is to be answered with.
pub struct Browser {
    app: App,
    cookies: Cookies,
    wants_cookies: bool,
    /// Whether the caller says otherwise who they are.
    has_authorization: bool,
    /// Whose the good access token among the cookies is.
    identity: Option<Identity>,
    refresh: Option<Secret>,
    csrf_token: Option<String>,
    /// Whether the page that asked is one of the shop's.
    is_own_page: bool,
    /// Whether the session goes on by its cookie.
    by_cookie: AtomicBool,
    to_set: Mutex<Vec<HeaderValue>>,
}

impl Browser {
    /// The browser of a request.
    pub async fn of(app: &App, request: &HttpRequest) -> Result<Self> {
        let (headers, cookies) = (request.headers(), Cookies::of(app.config()));
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
        let wants_cookies = match text(TRANSPORT) {
            None | Some("body") => false,
            Some("cookie") => true,
            Some(_) => return Err(Error::malformed("Maru-Token-Transport: expected cookie or body")),
        };
        let has_authorization = headers.contains_key("authorization");
        let counts = plain(request).starts_with("/store/") && !has_authorization;
        let sent = |which: Cookie| cookies.sent(headers, which).filter(|_| counts);
        let identity = match sent(Cookie::Access) {
            Some(token) => app.tokens().verify(app, SubjectKind::Customer, token).await?,
            None => None,
        };
        Ok(Self {
            wants_cookies,
            has_authorization,
            identity,
            refresh: sent(Cookie::Refresh).map(|token| token.to_owned().into()),
            csrf_token: text(CSRF_TOKEN).map(str::to_owned),
            is_own_page: false,
            by_cookie: AtomicBool::new(false),
            to_set: Mutex::default(),
            app: app.clone(),
            cookies,
        })
    }

    /// Notes whether the page that asked is one of the shop's: only its channel tells.
    pub fn judge(&mut self, request: &HttpRequest, channel: &Channel) {
        let config = self.app.config();
        let listed = if channel.allowed_origins.is_empty() { &config.cors_origins } else { &channel.allowed_origins };
        self.is_own_page = origin::is_own(request, listed, config.browsers.secure);
    }

    /// Who is logged in by cookies.
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// Whether there is a session whose access token has expired: it is to be refreshed, and not mistaken for nobody.
    pub fn is_stale(&self) -> bool {
        self.identity.is_none() && self.refresh.is_some()
    }

    /// Refuses to answer with cookies a page that is none of the shop's: it would log its visitors in as somebody else.
    pub fn may_be_logged_in(&self) -> Result<()> {
        if self.wants_cookies && !self.is_own_page { Err(foreign()) } else { Ok(()) }
    }

    /// Refuses what the cookies' session did not ask for itself.
    pub fn prove(&self, session: SessionId) -> Result<()> {
        if !self.is_own_page {
            return Err(foreign());
        }
        let proved = match &self.csrf_token {
            Some(token) => csrf::proves(self.app.secret(), session, token)?,
            None => false,
        };
        if proved {
            return Ok(());
        }
        Err(Error::new(Code::CsrfFailed, "Cookies need the session's CSRF token beside them: send it as Maru-CSRF-Token."))
    }

    /// The refresh token to go on with: the one in the body, or the cookie's, which needs its proof.
    pub fn refresh_token(&self, given: Option<Secret>) -> Result<Option<Secret>> {
        let Some(kept) = self.refresh.as_ref().filter(|_| given.is_none()) else { return Ok(given) };
        match sessions::named_in(kept.expose()) {
            Some(session) => {
                self.prove(session)?;
                self.by_cookie.store(true, Ordering::Relaxed);
                Ok(Some(kept.clone()))
            }
            None => Ok(None),
        }
    }

    /// A CSRF token for the session of the cookies.
    pub async fn issue_csrf_token(&self) -> Result<String> {
        if self.has_authorization {
            return Err(Error::new(
                Code::Forbidden,
                "This is for sessions in cookies, which count for nothing beside an Authorization header.",
            ));
        }
        let session = match (self.identity, &self.refresh) {
            (Some(identity), _) => Some(identity.session),
            (None, Some(token)) => {
                let (tokens, token) = (sessions::RefreshTokens::of(self.app.secret())?, token.clone());
                self.app.read(move |tx| sessions::holder(tx, &tokens, SubjectKind::Customer, token.expose())).await?
            }
            (None, None) => None,
        };
        let session = session.ok_or_else(|| Error::new(Code::Unauthenticated, "There is no session in cookies: log in."))?;
        csrf::issue(self.app.secret(), session)
    }

    /// Tokens on their way out: into cookies, where cookies were asked for or the session lives in them. Cookies whose
    /// session is refused are taken back.
    pub fn hand_over<T: HoldsTokens>(&self, answer: Result<T>) -> Result<T> {
        let by_cookie = self.by_cookie.load(Ordering::Relaxed);
        match answer {
            Ok(mut answer) if self.wants_cookies || by_cookie => {
                self.keep(answer.tokens())?;
                Ok(answer)
            }
            Err(error) if by_cookie && error.code == Code::Unauthenticated => {
                self.forget();
                Err(error)
            }
            answer => answer,
        }
    }

    fn keep(&self, tokens: &mut AuthTokens) -> Result<()> {
        let now = self.app.clock().now();
        let left = |until: Timestamp| until.micros().saturating_sub(now.micros()).div_euclid(1_000_000).max(0);
        let csrf_token = csrf::issue(self.app.secret(), tokens.session_id)?;
        let access = tokens.access_token.take().unwrap_or_default();
        let refresh = tokens.refresh_token.take().unwrap_or_default();
        self.set(Cookie::Access, &access, left(tokens.access_expires_at));
        self.set(Cookie::Refresh, &refresh, left(tokens.refresh_expires_at));
        self.set(Cookie::Csrf, &csrf_token, left(tokens.refresh_expires_at));
        tokens.token_type = "Cookie".to_owned();
        tokens.csrf_token = Some(csrf_token);
        Ok(())
    }

    /// Takes the cookies back, if the browser has any.
    pub fn forget(&self) {
        if self.identity.is_some() || self.refresh.is_some() {
            for which in [Cookie::Access, Cookie::Refresh, Cookie::Csrf] {
                self.set(which, "", 0);
            }
        }
    }

    fn set(&self, which: Cookie, value: &str, seconds: i64) {
        if let Ok(value) = HeaderValue::try_from(self.cookies.line(which, value, seconds)) {
            self.to_set.lock().unwrap_or_else(PoisonError::into_inner).push(value);
        }
    }

    /// Adds the cookies to an answer.
    pub fn mark(&self, out: &mut HeaderMap) {
        for line in self.to_set.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            out.append(SET_COOKIE, line);
        }
    }
}

/// An answer that holds tokens.
pub trait HoldsTokens {
    /// The tokens.
    fn tokens(&mut self) -> &mut AuthTokens;
}

impl HoldsTokens for AuthTokens {
    fn tokens(&mut self) -> &mut AuthTokens {
        self
    }
}

impl HoldsTokens for LoggedIn {
    fn tokens(&mut self) -> &mut AuthTokens {
        &mut self.tokens
    }
}

/// Whether a request, by its path as the router reads it, is for a door through which somebody comes in, or goes: who
/// they were before counts for nothing there, so a token that has expired keeps nobody out.
pub fn lets_in(method: &Method, path: &str) -> bool {
    let door = path.strip_prefix("/store/v1/auth/");
    let staffs = path.strip_prefix("/admin/v1/auth/").filter(|door| !door.starts_with("step-up"));
    match *method {
        Method::POST => path == "/store/v1/customers" || door.or(staffs).is_some_and(|door| door != "logout-everywhere"),
        Method::GET => door == Some("csrf-token"),
        _ => false,
    }
}

/// The same of a field of the Store's schema, or of the Admin surface's.
pub fn field_lets_in(of_store: bool, name: &str) -> bool {
    const STAFF: [&str; 9] = [
        "staffLogin",
        "staffSecondFactor",
        "staffInvitationAccept",
        "staffRefresh",
        "staffLogout",
        "staffPasswordForgot",
        "staffPasswordReset",
        "staffPasskeyLoginOptions",
        "staffPasskeyLogin",
    ];
    const CUSTOMERS: [&str; 16] = [
        "customerRegister",
        "customerVerifyEmail",
        "customerLogin",
        "customerRefresh",
        "customerLogout",
        "customerPasswordForgot",
        "customerPasswordReset",
        "customerEmailConfirm",
        "customerPasskeyLoginOptions",
        "customerPasskeyLogin",
        "customerSignInStart",
        "customerSignInFinish",
        "customerSignInWithIdToken",
        "customerPhoneStart",
        "customerPhoneFinish",
        "csrfToken",
    ];
    if of_store { CUSTOMERS.contains(&name) } else { STAFF.contains(&name) }
}

fn foreign() -> Error {
    Error::new(
        Code::CsrfFailed,
        "Cookies are for the shop's own pages: the Origin of this request is neither this server's nor one of the channel's allowed origins.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_that_let_in_are_few() {
        for (method, path, lets) in [
            (Method::POST, "/store/v1/auth/login", true),
            (Method::POST, "/store/v1/auth/refresh", true),
            (Method::POST, "/store/v1/customers", true),
            (Method::GET, "/store/v1/auth/csrf-token", true),
            (Method::POST, "/store/v1/auth/logout-everywhere", false),
            (Method::POST, "/store/v1/me/password", false),
            (Method::GET, "/store/v1/me", false),
            (Method::POST, "/admin/v1/auth/login", true),
            (Method::POST, "/admin/v1/auth/step-up", false),
            (Method::POST, "/admin/v1/auth/step-up/passkey", false),
            (Method::POST, "/admin/v1/staff", false),
            (Method::POST, "/store/v1/customers/x", false),
        ] {
            assert_eq!(lets_in(&method, path), lets, "{method} {path}");
        }
    }
}
