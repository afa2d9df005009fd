//! What a public read depends on.

use std::sync::Arc;

use super::Channel;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
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
    /// The same with the channel as the database has it now; `unavailable` when it sells no more.
    pub fn renewed(&self, tx: &mut Tx) -> Result<Self> {
        let channel = super::by_id(tx, self.channel.id)?.filter(|channel| channel.active);
        let channel = channel.ok_or_else(|| Error::new(Code::Unavailable, "This channel does not sell now."))?;
        Ok(Self { channel: Arc::new(channel), locale: self.locale.clone() })
    }

    /// A channel in the language that suits what a client asks for (`Accept-Language` or one tag), or its default.
    pub fn of(channel: Arc<Channel>, wanted: Option<&str>) -> Self {
        let locale = wanted.and_then(|wanted| Locale::negotiate(wanted, &channel.locales).cloned());
        Self { locale: locale.unwrap_or_else(|| channel.default_locale.clone()), channel }
    }
}
