//! Which methods a path takes, so that a wrong method is a 405 with `Allow` and not a 404.

use std::collections::BTreeMap;

use actix_web::dev::ResourceDef;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::Result;

/// The paths of both documents with their methods.
pub struct KnownPaths(Vec<(ResourceDef, String)>);

/// What of an OpenAPI document is wanted here.
#[derive(Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

impl KnownPaths {
    /// Of these OpenAPI documents.
    pub fn of(documents: &[&str]) -> Result<Self> {
        let mut known = Vec::new();
        for document in documents {
            let document: Document = serde_json::from_str(document)?;
            known.extend(document.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))));
        }
        Ok(Self(known))
    }

    /// The methods of a path, `GET, POST`, or none if nothing is there.
    pub fn methods(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_str())
    }
}

fn methods(item: &BTreeMap<String, IgnoredAny>) -> String {
    let there = ["get", "post", "put", "patch", "delete"].into_iter().filter(|name| item.contains_key(*name));
    there.map(str::to_uppercase).collect::<Vec<_>>().join(", ")
}
