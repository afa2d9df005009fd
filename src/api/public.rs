//! A call for something that anybody may see. It knows a channel and a language and nothing of who calls, so
//! what it answers may be kept and shown to others.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::call::Call;
use super::entrance::OwnOrigins;
use super::lane::{Form, Kept, Lane, Made, url_key};
use crate::app::App;
use crate::commerce::catalog;
use crate::commerce::channels::Scope;
use crate::db::Tx;
use crate::error::{Error, Result};

/// Reads what anybody may see.
#[derive(Clone)]
pub struct Reader {
    app: App,
    scope: Arc<Scope>,
}

impl Reader {
    /// A reader of a scope.
    pub fn new(app: App, scope: Arc<Scope>) -> Self {
        Self { app, scope }
    }

    /// The channel and language.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Runs a read: one hop to the database for the whole rule.
    pub async fn read<T: Send + 'static>(&self, rule: impl FnOnce(&mut Tx, &Scope) -> Result<T> + Send + 'static) -> Result<T> {
        let scope = self.scope.clone();
        self.app.read(move |tx| rule(tx, &scope)).await
    }

    /// The same, all of whose statements see one state of the shop.
    async fn snapshot<T: Send + 'static>(&self, rule: impl FnOnce(&mut Tx, &Scope) -> Result<T> + Send + 'static) -> Result<T> {
        let scope = self.scope.clone();
        self.app.snapshot(move |tx| rule(tx, &scope)).await
    }
}

/// A GET of something public.
pub struct PublicCall {
    reader: Reader,
    place: Option<(web::Data<Lane>, String)>,
    request: HttpRequest,
}

impl PublicCall {
    /// Answers what a rule reads: kept in the fast lane, unless the caller says who it is.
    pub async fn answer<T: Serialize + Send + 'static>(
        self,
        rule: impl FnOnce(&mut Tx, &Scope) -> Result<T> + Send + 'static,
    ) -> Result<HttpResponse> {
        let language = self.reader.scope.locale.to_string();
        let made = |body: T, until| Ok(Made { body: serde_json::to_vec(&body)?, language, until });
        let Some((lane, key)) = self.place else {
            let kept = Kept::new(made(self.reader.read(rule).await?, None)?, 0);
            let mut response = kept.respond_from_door(&self.request, Form::Json);
            if self.request.headers().contains_key("authorization") {
                // What a key's channel shows is not what everybody else is shown.
                response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            return Ok(response);
        };
        let channel = self.reader.scope.channel.id;
        // What is kept for long is made of the channel as it is in the same state of the shop.
        let both = |tx: &mut Tx, scope: &Scope| {
            let scope = scope.renewed(tx)?;
            Ok((rule(tx, &scope)?, catalog::next_publication(tx)?))
        };
        let made = async { self.reader.snapshot(both).await.and_then(|(body, until)| made(body, until)) };
        let kept = lane.answer(&key, channel, made).await?;
        Ok(kept.respond_from_door(&self.request, Form::Json))
    }

    async fn of(request: HttpRequest) -> Result<Self> {
        let lane = request.app_data::<web::Data<Lane>>().cloned();
        let known = lane.as_ref().and_then(|lane| lane.known(&request));
        let speaks_for_itself = request.query_string().contains("locale=") || request.query_string().contains("dry_run=");
        if let (Some(lane), Some(known)) = (&lane, &known)
            && !speaks_for_itself
        {
            OwnOrigins::leave(&request, &known.scope.channel);
            let reader = Reader::new(lane.app().clone(), known.scope.clone());
            let place = url_key(known, &request).filter(|_| lane.is_open()).map(|key| (lane.clone(), key));
            return Ok(Self { reader, place, request });
        }
        let call = Call::of(request.clone()).await?;
        let scope = Arc::new(call.caller.scope());
        let place = lane.and_then(|lane| {
            // What the headers alone stand for; the URL, which may name another language, is in the key.
            let plain = Arc::new(Scope::of(scope.channel.clone(), request.headers().get("accept-language").and_then(|l| l.to_str().ok())));
            let known = lane.learn(&request, &plain)?;
            let key = url_key(&known, &request).filter(|_| lane.is_open())?;
            Some((lane, key))
        });
        Ok(Self { reader: Reader::new(call.app, scope), place, request })
    }
}

impl FromRequest for PublicCall {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}
