//! What a public read depends on.

use std::sync::Arc;

use super::Channel;
use crate::types::Locale;

/// The channel and the language of a read that anybody may make, and nothing of who makes it: what is read with
/// this alone may be kept and shown to others.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The channel.
    pub channel: Arc<Channel>,
    /// The locale to answer in, one of the channel's.
    pub locale: Locale,
}

impl Scope {
    /// A channel in the language that suits what a client asks for (`Accept-Language` or one tag), or its default.
    pub fn of(channel: Arc<Channel>, wanted: Option<&str>) -> Self {
        let locale = wanted.and_then(|wanted| Locale::negotiate(wanted, &channel.locales).cloned());
        Self { locale: locale.unwrap_or_else(|| channel.default_locale.clone()), channel }
    }
}
