//! One call of a client: who, where, in which language, with which guards. Both doors make it of the
//! request's headers and run rules through it.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use secrecy::SecretString;
use serde::Serialize;

use crate::api::browser::{Browser, lets_in};
use crate::api::entrance::OwnOrigins;
use crate::api::limits::{Class, Limits, Standing, Standings, account_in, class_of_request, is_graphql};
use crate::api::middleware::request_id;
use crate::api::paths::plain;
use crate::app::App;
use crate::commerce::audit;
use crate::commerce::auth::{Actor, ApiKeyKind, Caller, Identity, KeyIdentity, SubjectKind};
use crate::commerce::channels::{Channel, Scope};
use crate::commerce::flow::Run;
use crate::commerce::idempotency::{self, Answer, Claim, Written};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::Locale;

/// A call, ready to run rules.
#[derive(Clone)]
pub struct Call {
    /// The shop.
    pub app: App,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The version in `If-Match`.
    pub expected_version: Option<i32>,
    /// `?dry_run=true`: tell what would happen, change nothing.
    pub dry_run: bool,
    /// How often clients may come.
    pub limits: Arc<Limits>,
    /// The browser it came from, with its cookies.
    pub browser: Arc<Browser>,
    /// Whether the access token it came with is good no more: it is nobody's call where nobody may call, and else none.
    pub is_stale: bool,
}

/// Query parameters that belong to the call and not to an operation.
pub const CALL_PARAMETERS: [&str; 2] = ["locale", "dry_run"];

impl Call {
    /// Runs a read: one hop to the database for the whole rule.
    pub async fn read<T: Send + 'static>(&self, rule: impl FnOnce(&mut Tx, &Caller) -> Result<T> + Send + 'static) -> Result<T> {
        let caller = self.caller.clone();
        self.app.read(move |tx| rule(tx, &caller)).await
    }

    /// Runs a write of one transaction: at most once for its `Idempotency-Key`, undone for a dry run.
    /// `input` is what makes two requests the same.
    pub async fn write<I, T>(
        &self,
        operation: &'static str,
        input: I,
        rule: impl Fn(&mut Tx, &Caller, I) -> Result<T> + Send + 'static,
    ) -> Result<Written<T>>
    where
        I: Serialize + Clone + Send + 'static,
        T: Answer,
    {
        let claim = self.claim(operation, &input)?;
        let (caller, secret, app) = (self.caller.clone(), self.app.secret().clone(), self.app.clone());
        if self.dry_run {
            let value = app.rehearse(move |tx| rule(tx, &caller, input.clone())).await?;
            return Ok(Written { value, replayed: false });
        }
        let by_staff = caller.is_staff();
        let written = app.write(move |tx| idempotency::once(tx, claim.as_ref(), &secret, |tx| rule(tx, &caller, input.clone()))).await?;
        if by_staff {
            self.app.forget();
        }
        Ok(written)
    }

    /// Counts a mutation of a GraphQL document, whose request was counted as a read.
    pub async fn count_mutation(&self, class: Class, account: Option<&str>) -> Result<()> {
        if let Some(address) = self.caller.address {
            self.limits.count_address(class, address).await.map_err(|over| over.refusal())?;
            if let Some(account) = account.filter(|_| class == Class::Sensitive) {
                self.limits.count_account(account, address).await.map_err(|over| over.refusal())?;
            }
        }
        count_caller(&self.limits, class, &self.caller).await.map(|_| ())
    }

    /// The call as a door may take it. Doors that let somebody in take it as nobody's, unless a good bearer token says
    /// whose; all others refuse a token that has expired, and a change on the authority of cookies alone.
    pub fn admitted(mut self, changes: bool, lets_in: bool) -> Result<Self> {
        let by_cookie = self.browser.identity();
        if lets_in {
            self.browser.may_be_logged_in()?;
            if by_cookie.is_some() {
                Arc::make_mut(&mut self.caller).actor = Actor::Guest;
            }
            return Ok(self);
        }
        if self.is_stale || self.browser.is_stale() {
            return Err(Error::new(Code::Unauthenticated, "The access token is not valid (any more): refresh it, or log in."));
        }
        if let Some(identity) = by_cookie.filter(|_| changes) {
            self.browser.prove(identity.session)?;
        }
        Ok(self)
    }

    /// Notes that the owner of the account with this address proved who they are, from where they call.
    pub async fn vouch(&self, email: &str) {
        if let (Some(account), Some(address)) = (account_in(&serde_json::json!({ "email": email })), self.caller.address) {
            self.limits.vouch(&account, address).await;
        }
    }

    /// Refuses a dry run of what has none.
    pub fn for_real(&self) -> Result<()> {
        if self.dry_run { Err(Error::malformed("dry_run: this operation cannot be rehearsed.")) } else { Ok(()) }
    }

    /// The claim of this call's `Idempotency-Key`, if it sent one.
    pub fn claim(&self, operation: &'static str, input: &impl Serialize) -> Result<Option<Claim>> {
        if let Some(acting) = self.app.acting() {
            // The first name stands: one call does one thing.
            let _ = acting.operation.set(operation);
        }
        self.idempotency_key.as_ref().map(|key| Claim::new(&self.caller, key, operation, input)).transpose()
    }

    /// The claim of this call's `Idempotency-Key`, which the operation insists on.
    pub fn required_claim(&self, operation: &'static str, input: &impl Serialize) -> Result<Claim> {
        self.claim(operation, input)?.ok_or_else(|| {
            Error::new(Code::IdempotencyKeyRequired, "Send an Idempotency-Key header (a UUID): a retry must not do this twice.")
        })
    }

    /// The call behind one field of a GraphQL document: several mutations share one `Idempotency-Key`.
    pub fn of_field(ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Self> {
        let mut call = ctx.data::<Self>()?.clone();
        let field = ctx.field();
        let name = field.alias().unwrap_or(field.name());
        call.app = call.app.acting_for(audit::acting(&call.caller, || field.name().to_owned()));
        call.idempotency_key = call.idempotency_key.map(|key| format!("{key}#{name}"));
        Ok(call)
    }

    /// How a flow of several transactions is to run that insists on an `Idempotency-Key` (unless it is a dry run).
    pub fn flow(&self, operation: &'static str, input: &impl Serialize) -> Result<Run> {
        if self.dry_run { Ok(Run::Rehearse) } else { self.required_claim(operation, input).map(|claim| Run::Do(Some(claim))) }
    }

    /// How a flow of several transactions is to run whose repetition is harmless.
    pub fn repeatable_flow(&self, operation: &'static str, input: &impl Serialize) -> Result<Run> {
        if self.dry_run { Ok(Run::Rehearse) } else { self.claim(operation, input).map(Run::Do) }
    }

    /// The same call with another order's secret, for GraphQL documents that touch several orders.
    pub fn holding_order(mut self, token: Option<String>) -> Self {
        if let Some(token) = token {
            Arc::make_mut(&mut self.caller).order_token = Some(SecretString::from(token));
        }
        self
    }

    /// The same call with another cart's secret, for GraphQL documents that touch several carts.
    pub fn holding_cart(mut self, token: Option<String>) -> Self {
        if let Some(token) = token {
            Arc::make_mut(&mut self.caller).cart_token = Some(SecretString::from(token));
        }
        self
    }

    /// The call of a request.
    pub async fn of(request: HttpRequest) -> Result<Self> {
        let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::internal("no App in the request"))?.get_ref().clone();
        let limits =
            request.app_data::<web::Data<Limits>>().ok_or_else(|| Error::internal("no Limits in the request"))?.clone().into_inner();
        let (headers, address) = (request.headers(), limits.client_of(&request));
        let query = Parameters::of(request.query_string())?;
        let mut browser = Browser::of(&app, &request).await?;
        let (actor, key_channel, is_stale) = actor(&app, &request, &browser, address).await?;
        let channel = match (key_channel, publishable_channel(&app, headers).await?) {
            (Some(only), Some(named)) if only != named => {
                return Err(Error::new(Code::Forbidden, "The secret key is limited to another channel than Maru-Publishable-Key names."));
            }
            (only, named) => only.or(named),
        };
        let channel = match app.channel(channel).await?.filter(|c| c.active) {
            Some(channel) => channel,
            // Staff may set a shop up that has no channel yet.
            None if plain(&request).starts_with("/admin/") || matches!(actor, Actor::Key { .. }) => {
                Channel::none_yet(app.clock().now()).into()
            }
            None => {
                return Err(Error::new(
                    Code::Unavailable,
                    "This shop has no channel yet: staff makes one, imports a catalog, or runs `maru serve --demo`.",
                ));
            }
        };
        OwnOrigins::leave(&request, &channel);
        browser.judge(&request, &channel);
        let browser = Arc::new(browser);
        request.extensions_mut().insert(browser.clone());
        let scope = Scope::of(channel, query.locale.or_else(|| text(headers, "accept-language")).as_deref());
        let caller = Caller {
            actor,
            channel: scope.channel,
            locale: scope.locale,
            cart_token: secret(headers, "maru-cart-token"),
            order_token: secret(headers, "maru-order-token"),
            origin: format!("{}|{}", address.map(|a| a.to_string()).unwrap_or_default(), text(headers, "user-agent").unwrap_or_default()),
            address,
            request_id: request_id(),
        };
        let door = || format!("{} {}", request.method(), request.match_pattern().unwrap_or_default());
        let app = app.acting_for(audit::acting(&caller, door));
        let class = class_of_request(request.method(), &plain(&request));
        let standing = count_caller(&limits, class, &caller).await?;
        request.extensions_mut().insert(Standings(standing.into_iter().collect()));
        Ok(Self {
            app,
            caller: Arc::new(caller),
            limits,
            browser,
            is_stale,
            idempotency_key: idempotency_key(headers)?,
            expected_version: if_match(headers)?,
            dry_run: query.dry_run,
        })
    }
}

impl FromRequest for Call {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut actix_web::dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (changes, lets_in) = (!request.method().is_safe(), lets_in(request.method(), &plain(&request)));
            Self::of(request).await?.admitted(changes, lets_in)
        })
    }
}

#[derive(Default)]
struct Parameters {
    locale: Option<String>,
    dry_run: bool,
}

impl Parameters {
    fn of(query: &str) -> Result<Self> {
        let mut found = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "locale" => {
                    Locale::parse(&value).ok_or_else(|| Error::malformed("locale: not a BCP 47 language tag such as ko or en-US"))?;
                    found.locale = Some(value.into_owned());
                }
                "dry_run" => {
                    found.dry_run = match value.as_ref() {
                        "true" | "1" | "" => true,
                        "false" | "0" => false,
                        _ => return Err(Error::malformed("dry_run: expected true or false")),
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

/// Who calls, whose channel alone it may be, and whether they come with an access token that is good no more.
async fn actor(
    app: &App,
    request: &HttpRequest,
    browser: &Browser,
    address: Option<IpAddr>,
) -> Result<(Actor, Option<crate::types::ChannelId>, bool)> {
    let (headers, path) = (request.headers(), plain(request));
    if !headers.contains_key("authorization") {
        return Ok((browser.identity().map_or(Actor::Guest, customer), None, false));
    }
    // One that is no text is no key, and its sender is not nobody.
    let authorization = text(headers, "authorization").unwrap_or_default();
    let refused =
        || Error::new(Code::Unauthenticated, "The Authorization header holds no valid key or token: Bearer msk_..., or an access token.");
    let key = authorization.strip_prefix("Bearer ").or_else(|| authorization.strip_prefix("bearer ")).ok_or_else(refused)?.trim();
    // Keys hold no dot; a JWT holds two.
    if key.contains('.') {
        let kind = if path.starts_with("/store/") { SubjectKind::Customer } else { SubjectKind::Staff };
        let identity = app.tokens().verify(app, kind, key).await?;
        let actor = match identity {
            Some(identity) if kind == SubjectKind::Customer => Some(customer(identity)),
            Some(identity) if path.starts_with("/admin/") => app.staff(&identity).await?.map(|staff| staff.actor(&identity, app.config())),
            _ => None,
        };
        return match actor {
            Some(actor) => Ok((actor, None, false)),
            // Which of its fields a document asks for is known later.
            None if is_graphql(&path) || lets_in(request.method(), &path) => Ok((Actor::Guest, None, true)),
            None => Err(refused()),
        };
    }
    let identity = app.identify(key).await?.filter(|k| k.kind == ApiKeyKind::Secret).ok_or_else(refused)?;
    if !identity.allows(address) {
        return Err(Error::new(Code::Forbidden, "This key may not be used from this address."));
    }
    let KeyIdentity { id, permissions, channel_id, networks, expires_at, .. } = identity;
    Ok((Actor::Key { id, permissions, channel_id, networks, expires_at }, channel_id, false))
}

/// Whom an access token of the Store surface names.
fn customer(identity: Identity) -> Actor {
    Actor::Customer { id: identity.subject.id.into(), session: identity.session, authenticated_at: identity.authenticated_at }
}

async fn publishable_channel(app: &App, headers: &HeaderMap) -> Result<Option<crate::types::ChannelId>> {
    if !headers.contains_key("maru-publishable-key") {
        return Ok(None);
    }
    let key = text(headers, "maru-publishable-key").unwrap_or_default();
    let refused = || Error::new(Code::Unauthenticated, "Maru-Publishable-Key holds no valid key: mpk_...");
    let identity = app.identify(key.trim()).await?.filter(|k| k.kind == ApiKeyKind::Publishable).ok_or_else(refused)?;
    Ok(identity.channel_id)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    // The draft's value is a quoted string; most clients send it bare.
    let key = value.to_str().ok().map(|k| k.trim().trim_matches('"')).filter(|k| !k.is_empty() && k.len() <= idempotency::MAX_KEY_LENGTH);
    key.map(|k| Some(k.to_owned())).ok_or_else(|| Error::malformed("Idempotency-Key: expected 1 to 255 visible ASCII characters"))
}

fn if_match(headers: &HeaderMap) -> Result<Option<i32>> {
    let Some(value) = headers.get("if-match") else { return Ok(None) };
    let tag = value.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    let version = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
    version.map(Some).ok_or_else(|| Error::malformed("If-Match: expected the ETag that a read of this resource gave, such as \"3\""))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
}

fn secret(headers: &HeaderMap, name: &str) -> Option<SecretString> {
    text(headers, name).map(|t| SecretString::from(t.trim()))
}

/// Counts an operation for the key or customer that makes it.
async fn count_caller(limits: &Limits, class: Class, caller: &Caller) -> Result<Option<Standing>> {
    if caller.actor == Actor::Guest {
        return Ok(None);
    }
    limits.count_caller(class, &caller.name(), caller.address).await.map_err(|over| over.refusal())
}
