//! The OpenAPI documents: what all operations share. Paths and schemas come from the doors themselves.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, ServerBuilder};

use super::errors::Problem;
use crate::commerce::catalog::{ManagedProductSort, ProductSort};

/// Which of the two surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// For shoppers' apps.
    Store,
    /// For staff tools and integrations.
    Admin,
}

/// The head of a document: everything but its paths.
pub fn head(surface: Surface) -> OpenApi {
    let (title, description) = match surface {
        Surface::Store => ("Maru Store API", include_str!("openapi_store.md")),
        Surface::Admin => ("Maru Admin API", include_str!("openapi_admin.md")),
    };
    let mut document = OpenApiBuilder::new()
        .info(InfoBuilder::new().title(title).version("1.0.0").description(Some(description)).build())
        .servers(Some([ServerBuilder::new().url("/").description(Some("This server")).build()]))
        .build();
    let components = document.components.get_or_insert_default();
    components.schemas.insert("Problem".to_owned(), <Problem as utoipa::PartialSchema>::schema());
    components.schemas.insert("FieldError".to_owned(), <crate::error::FieldError as utoipa::PartialSchema>::schema());
    // Schemas of parameters: only those of bodies come along with the doors.
    let mut parameter = |name: &str, schema| components.schemas.insert(name.to_owned(), schema);
    match surface {
        Surface::Store => parameter("ProductSort", <ProductSort as utoipa::PartialSchema>::schema()),
        Surface::Admin => parameter("ManagedProductSort", <ManagedProductSort as utoipa::PartialSchema>::schema()),
    };
    let header = |name: &str, text: &str| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)));
    match surface {
        Surface::Store => {
            components.add_security_scheme(
                "publishable_key",
                header("Maru-Publishable-Key", "Names a channel: mpk_... Absent: the default channel."),
            );
            components
                .add_security_scheme("cart_token", header("Maru-Cart-Token", "The secret of a guest's cart, given when it was created."));
            components.add_security_scheme("order_token", header("Maru-Order-Token", "The secret of a guest's order, given at checkout."));
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
            let bearer = bearer.description(Some("A customer's access token, good for 15 minutes: `log_in_customer` gives it.")).build();
            components.add_security_scheme("access_token", SecurityScheme::Http(bearer));
            let cookie = "A browser's session, logged in with `Maru-Token-Transport: cookie`; ignored beside `Authorization`.";
            let cookie = ApiKeyValue::with_description("__Host-maru_access", cookie);
            components.add_security_scheme("session_cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
            let proof = "Beside the cookie, with whatever changes something: `csrf_token` of the log-in.";
            components.add_security_scheme("csrf_token", header("Maru-CSRF-Token", proof));
            document.security =
                Some(vec![SecurityRequirement::default(), SecurityRequirement::new::<_, [&str; 0], &str>("publishable_key", [])]);
        }
        Surface::Admin => {
            components.add_security_scheme("api_key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
            let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
            let bearer = bearer.description(Some("A staff access token, good for 15 minutes: `log_in_staff` gives it.")).build();
            components.add_security_scheme("staff_token", SecurityScheme::Http(bearer));
            let by = |scheme: &str| SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []);
            document.security = Some(vec![by("api_key"), by("staff_token")]);
        }
    }
    document
}

/// Takes out what would mislead a reader: a field of a merge patch that is not named stays as it is, which
/// the derived schema tells as a default value of its own; and a body without a required field may be left out.
pub fn tidied(document: OpenApi) -> OpenApi {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                if fields.get("default").is_some_and(|d| d == crate::types::patch::KEEP) {
                    fields.remove("default");
                }
                if let Some(of) = fields.get_mut("$ref").filter(|of| **of == "#/components/schemas/BTreeMap") {
                    *of = "#/components/schemas/Metadata".into();
                }
                fields.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    fn may_be_left_out(body: &serde_json::Value, schemas: &serde_json::Value) -> bool {
        let of = body.pointer("/content/application~1json/schema/$ref").and_then(|r| r.as_str()).and_then(|r| r.rsplit('/').next());
        let schema = of.and_then(|name| schemas.get(name));
        schema.is_some_and(|s| s.get("type").is_some_and(|t| t == "object") && s.get("required").is_none())
    }
    fn relax(tree: &mut serde_json::Value) {
        if let Some(schemas) = tree.pointer_mut("/components/schemas").and_then(|s| s.as_object_mut()) {
            // Named after its Rust type otherwise.
            let metadata = schemas.remove("BTreeMap");
            schemas.extend(metadata.map(|schema| ("Metadata".to_owned(), schema)));
        }
        let schemas = tree.pointer("/components/schemas").cloned().unwrap_or_default();
        let paths = tree.get_mut("paths").and_then(|p| p.as_object_mut()).into_iter().flat_map(|p| p.values_mut());
        for (method, operation) in paths.filter_map(|p| p.as_object_mut()).flatten() {
            let ways = operation.get_mut("security").and_then(|ways| ways.as_array_mut());
            if let Some(ways) = ways.filter(|ways| ways.iter().any(|way| way.get("access_token").is_some())) {
                // Wherever an access token is taken a browser's cookie is, too.
                let nothing: [&str; 0] = [];
                ways.push(match method.as_str() {
                    "get" => serde_json::json!({"session_cookie": nothing}),
                    _ => serde_json::json!({"session_cookie": nothing, "csrf_token": nothing}),
                });
            }
            let body = operation.get_mut("requestBody").filter(|body| may_be_left_out(body, &schemas));
            if let Some(body) = body.and_then(|b| b.as_object_mut()) {
                body.insert("required".to_owned(), false.into());
            }
        }
    }
    let tidy = serde_json::to_value(&document).and_then(|mut tree| {
        strip(&mut tree);
        relax(&mut tree);
        serde_json::from_value(tree)
    });
    tidy.unwrap_or(document)
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($status:literal $text:literal),+;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
                [$(($status.to_owned(), problem($text))),+].into()
            }
        }
    )*};
}

problems! {
    /// What a read can be refused with.
    ReadProblems:
        "400" "Malformed: a bad id, cursor or parameter.",
        "401" "Not authenticated: the key is not valid.",
        "403" "Not allowed: the key lacks the permission.",
        "404" "Not there, or not for this caller.",
        "422" "Understood and invalid; `errors` has every violation.",
        "429" "Too fast; see `Retry-After`.",
        "503" "The server is full or its database is down; see `Retry-After`.";
    /// What a write can be refused with.
    WriteProblems:
        "400" "Malformed: bad JSON, an unknown field, a wrong type, a bad id.",
        "401" "Not authenticated: the key is not valid.",
        "403" "Not allowed: the key lacks the permission.",
        "404" "Not there, or not for this caller.",
        "408" "The body took too long to arrive.",
        "409" "The state forbids it now; `code` says why.",
        "412" "Changed meanwhile: the version in If-Match is not the present one.",
        "413" "The body is too large.",
        "415" "The body is not JSON.",
        "422" "Understood and invalid; `errors` has every violation.",
        "429" "Too fast; see `Retry-After`.",
        "503" "The server is full or something it needs is down; see `Retry-After`.";
}

/// What a log-in, or what confirms a password, can be refused with.
pub struct CredentialProblems;

impl utoipa::IntoResponses for CredentialProblems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<utoipa::openapi::response::Response>> {
        let mut all = <WriteProblems as utoipa::IntoResponses>::responses();
        all.insert(
            "401".to_owned(),
            problem("The name, the password or the token is not right: `invalid_credentials`, `unauthenticated`."),
        );
        all
    }
}

fn problem(text: &str) -> RefOr<utoipa::openapi::response::Response> {
    let content = ContentBuilder::new().schema(Some(RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name("Problem")))).build();
    ResponseBuilder::new().description(text).content("application/problem+json", content).build().into()
}

/// Parameters that every list takes.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters; ListQuery reads them")]
pub struct Paging {
    /// How many items: 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
    /// `total` counts the whole list.
    #[param(example = "total")]
    include: Option<String>,
}

/// Parameters of every write.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; Call reads them")]
pub struct Idempotency {
    /// A UUID: the same key and body replay the first answer, however often it is sent.
    #[param(rename = "Idempotency-Key", max_length = 255)]
    key: Option<String>,
}

/// The header that money insists on.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; Call reads them")]
pub struct RequiredIdempotency {
    /// A UUID, required: the same key and body replay the first answer, however often it is sent.
    #[param(rename = "Idempotency-Key", max_length = 255)]
    key: String,
}

/// How tokens travel.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; Browser reads them")]
pub struct TokenTransport {
    /// `cookie` for browsers: the tokens come as cookies that no script can read, and not in the body.
    #[param(rename = "Maru-Token-Transport", example = "cookie")]
    transport: Option<String>,
}

/// The proof that cookies need.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; Browser reads them")]
pub struct Csrf {
    /// Needed where a cookie holds the session: `csrf_token` of the log-in.
    #[param(rename = "Maru-CSRF-Token")]
    token: Option<String>,
}

/// The guard against lost updates.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers; Call reads them")]
pub struct IfMatch {
    /// The ETag that a read gave: a write over a version you have not seen is refused with 412.
    #[param(rename = "If-Match", example = "\"3\"")]
    version: Option<String>,
}

/// What would happen, without its happening.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters; Call reads them")]
pub struct DryRun {
    /// `true` answers what would happen and changes nothing.
    dry_run: Option<bool>,
}

/// The language of the answer.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes parameters; Call reads them")]
pub struct InLocale {
    /// A BCP 47 tag; stronger than `Accept-Language`.
    #[param(example = "ko")]
    locale: Option<String>,
}

/// `{id}` of a path.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes parameters; PathId reads them")]
pub struct IdPath {
    /// The resource's id.
    id: String,
}
