//! Which methods a path takes, so that a wrong method is a 405 with `Allow` and not a 404.

use actix_web::dev::ResourceDef;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;

/// The paths of both documents with their methods.
pub struct KnownPaths(Vec<(ResourceDef, String)>);

impl KnownPaths {
    /// Of these documents.
    pub fn of(documents: &[&OpenApi]) -> Self {
        let paths = documents.iter().flat_map(|d| d.paths.paths.iter());
        Self(paths.map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect())
    }

    /// The methods of a path, `GET, POST`, or none if nothing is there.
    pub fn methods(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_str())
    }
}

fn methods(item: &PathItem) -> String {
    let all = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    all.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
