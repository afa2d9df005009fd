//! Texts on their way in: slugs, HTML, sort keys.

use crate::error::{Error, Result};
use crate::types::ids::Id;
use crate::types::{CategoryId, CollectionId, ProductId};

/// The longest slug, in characters; what is added on a collision comes on top.
const MAX_SLUG: usize = 200;

/// A slug that was given: letters and digits of any script, `-`, `_` and `.`; lower case.
pub(super) fn given_slug(pointer: &str, slug: &str) -> Result<String> {
    let slug = slug.trim().to_lowercase();
    let plain = slug.chars().all(|c| c.is_alphanumeric() || is_mark(c) || matches!(c, '-' | '_' | '.'));
    if slug.is_empty() || !plain || slug.chars().all(|c| c == '.') {
        return Err(Error::invalid_field(pointer, "format", "A slug holds letters, digits, hyphens, underscores and dots."));
    }
    if ProductId::parse(&slug).is_ok() || CategoryId::parse(&slug).is_ok() || CollectionId::parse(&slug).is_ok() {
        return Err(Error::invalid_field(pointer, "format", "A slug must not look like an id."));
    }
    Ok(slug)
}

/// Combining marks belong to the letters of many scripts (Devanagari, Thai ...).
fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

/// A slug made from a title: transliterated to Latin letters; `fallback` when nothing is left.
pub(super) fn made_slug(title: &str, fallback: &str) -> String {
    let slug: String = slug::slugify(title).chars().take(MAX_SLUG).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { fallback.to_owned() } else { slug.to_owned() }
}

/// `wanted`, or the first of `wanted-2`, `wanted-3` ... that is not taken.
pub(super) fn free_slug(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(wanted) {
        return wanted.to_owned();
    }
    (2u32..).map(|n| format!("{wanted}-{n}")).find(|s| !taken(s)).unwrap_or_else(|| wanted.to_owned())
}

/// The slugs that a collision may lead to, to ask for all at once which are taken.
pub(super) fn slug_candidates(wanted: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(wanted.to_owned()).chain((2u32..=40).map(move |n| format!("{wanted}-{n}")))
}

/// How many tags a description may have: cleaning takes the square of how deep they nest.
const MAX_HTML_TAGS: usize = 8_000;

/// HTML without scripts, styles, event handlers and the like; what has more tags than anybody writes is text.
pub(super) fn clean_html(html: &str) -> String {
    let html = html.trim();
    if html.matches('<').count() > MAX_HTML_TAGS {
        return html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    }
    // Plain text needs no parser; `&` may start an entity that the parser would normalise.
    if html.contains(['<', '>', '&']) { ammonia::clean(html).trim().to_owned() } else { html.to_owned() }
}

/// What titles are ordered by.
pub(super) fn sort_key(title: &str) -> String {
    title.trim().to_lowercase()
}

/// Text without spaces around it; empty is invalid.
pub(super) fn required(pointer: &str, text: &str) -> Result<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() { Err(Error::invalid_field(pointer, "required", "Must not be blank.")) } else { Ok(trimmed.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_slugs() {
        assert_eq!(made_slug("Red  Shirt!", "x"), "red-shirt");
        assert_eq!(made_slug("유기농 면 티셔츠", "x"), "yuginong-myeon-tisyeoceu");
        assert_eq!(made_slug("★", "fallback"), "fallback");
        assert_eq!(free_slug("a", |s| s == "a" || s == "a-2"), "a-3");
    }

    #[test]
    fn takes_slugs_of_any_script_and_no_nonsense() {
        assert_eq!(given_slug("/slug", "유기농-티").unwrap(), "유기농-티");
        assert_eq!(given_slug("/slug", "Red-Shirt").unwrap(), "red-shirt");
        for bad in ["", "a b", "a/b", "..", "a?b", "prod_01h455vb4pex5vsknk084sn02q"] {
            assert!(given_slug("/slug", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cleans_html() {
        assert_eq!(clean_html("<p onclick=x>Hi<script>alert(1)</script></p>"), "<p>Hi</p>");
        assert!(!clean_html("<style>p{}</style><a href='javascript:x'>y</a>").contains("javascript"));
        let once = clean_html("<b>a & b</b><br/>");
        assert_eq!(clean_html(&once), once, "cleaning twice is cleaning once");
        assert_eq!(clean_html("  plain "), "plain");
        let deep = clean_html(&"<div>".repeat(40_000));
        assert!(deep.starts_with("&lt;div&gt;") && clean_html(&deep) == deep);
    }
}
