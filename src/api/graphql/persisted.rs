//! Persisted queries: automatic ones (a client sends a hash, and the text once), and trusted documents (only
//! texts that the operator listed are run). Hashes are SHA-256 of the text, hex.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};

/// How many bytes of query texts are remembered.
const REMEMBERED_BYTES: u64 = 16 * 1024 * 1024;

/// The query texts that hashes stand for.
#[derive(Clone)]
pub struct PersistedQueries {
    automatic: moka::sync::Cache<String, Arc<str>>,
    trusted: Option<Arc<HashMap<String, Arc<str>>>>,
}

impl PersistedQueries {
    /// With the operator's list of trusted documents, a JSON object of hash and text, if there is one.
    pub fn new(trusted: Option<&Path>) -> Result<Self> {
        let automatic = moka::sync::Cache::builder()
            .weigher(|_, text: &Arc<str>| u32::try_from(text.len()).unwrap_or(u32::MAX))
            .max_capacity(REMEMBERED_BYTES)
            .build();
        let trusted = trusted.map(read_trusted).transpose()?.map(Arc::new);
        Ok(Self { automatic, trusted })
    }

    /// The text to run for what a client sent: a text, a hash, or both.
    pub fn resolve(&self, text: Option<String>, extensions: Option<&serde_json::Map<String, serde_json::Value>>) -> Result<String> {
        let hash = asked_hash(extensions)?;
        if let Some(trusted) = &self.trusted {
            let hash = hash.or_else(|| text.as_deref().map(digest)).unwrap_or_default();
            let known = trusted.get(&hash).map(|t| t.to_string());
            return known.ok_or_else(|| Error::new(Code::Forbidden, "This server runs only the documents its operator trusts."));
        }
        match (text, hash) {
            (Some(text), None) => Ok(text),
            (None, Some(hash)) => self.automatic.get(&hash).map(|t| t.to_string()).ok_or_else(|| {
                // The words that Apollo's clients look for.
                Error::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound")
            }),
            (Some(text), Some(hash)) if digest(&text) == hash => {
                self.automatic.insert(hash, text.as_str().into());
                Ok(text)
            }
            (Some(_), Some(_)) => Err(Error::malformed("extensions.persistedQuery.sha256Hash is not the hash of `query`.")),
            (None, None) => Err(Error::malformed("query: missing")),
        }
    }
}

fn asked_hash(extensions: Option<&serde_json::Map<String, serde_json::Value>>) -> Result<Option<String>> {
    let Some(persisted) = extensions.and_then(|e| e.get("persistedQuery")) else { return Ok(None) };
    let hash = persisted.get("sha256Hash").and_then(|h| h.as_str()).map(str::to_ascii_lowercase);
    hash.filter(|h| h.len() == 64).map(Some).ok_or_else(|| Error::malformed("extensions.persistedQuery.sha256Hash: expected 64 hex digits"))
}

fn read_trusted(path: &Path) -> Result<HashMap<String, Arc<str>>> {
    let refused = |why: String| Error::internal(format!("graphql_trusted_documents {}: {why}", path.display()));
    let file = std::fs::read_to_string(path).map_err(|e| refused(e.to_string()))?;
    let documents: HashMap<String, String> = serde_json::from_str(&file).map_err(|e| refused(e.to_string()))?;
    match documents.iter().find(|(hash, text)| digest(text) != **hash) {
        Some((hash, _)) => Err(refused(format!("{hash} is not the SHA-256 of its text"))),
        None => Ok(documents.into_iter().map(|(hash, text)| (hash, text.as_str().into())).collect()),
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension(hash: &str) -> serde_json::Map<String, serde_json::Value> {
        serde_json::json!({"persistedQuery": {"version": 1, "sha256Hash": hash}}).as_object().unwrap().clone()
    }

    #[test]
    fn a_hash_stands_for_its_text_once_told() {
        let queries = PersistedQueries::new(None).unwrap();
        let text = "{ channel { code } }";
        let asked = extension(&digest(text));
        assert_eq!(queries.resolve(None, Some(&asked)).unwrap_err().code, Code::PersistedQueryNotFound);
        queries.resolve(Some(text.to_owned()), Some(&asked)).unwrap();
        assert_eq!(queries.resolve(None, Some(&asked)).unwrap(), text);
        assert!(queries.resolve(Some("{ other }".to_owned()), Some(&asked)).is_err());
    }

    #[test]
    fn only_trusted_documents_run_where_there_is_a_list() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "{ channel { code } }";
        std::fs::write(file.path(), serde_json::json!({digest(text): text}).to_string()).unwrap();
        let queries = PersistedQueries::new(Some(file.path())).unwrap();
        assert_eq!(queries.resolve(None, Some(&extension(&digest(text)))).unwrap(), text);
        assert_eq!(queries.resolve(Some(text.to_owned()), None).unwrap(), text);
        assert_eq!(queries.resolve(Some("{ channel { id } }".to_owned()), None).unwrap_err().code, Code::Forbidden);
        std::fs::write(file.path(), r#"{"00": "{ a }"}"#).unwrap();
        assert!(PersistedQueries::new(Some(file.path())).is_err());
    }
}
