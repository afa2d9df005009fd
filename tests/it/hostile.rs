//! Every operation of both documents and both schemas, thrown hostile input at and called by those who may
//! not: always a 4xx problem (or an ordinary answer where the input happens to be lawful), never a 5xx.

use serde_json::{Value, json};

use crate::support::{Client, TestApp, on_both};
use maru::commerce::auth::Permission;

/// An operation of an OpenAPI document.
struct Operation {
    method: String,
    path: String,
    /// The JSON body's schema, references resolved.
    body: Option<Value>,
    /// Names of its query parameters.
    query: Vec<String>,
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let operation = &item[method];
            if operation.is_null() {
                continue;
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let query = parameters.iter().filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap().to_owned()).collect();
            let body = (!schema.is_null()).then(|| resolve(document, schema));
            found.push(Operation { method: method.to_uppercase(), path: path.clone(), body, query });
        }
    }
    found
}

fn documents() -> [(&'static str, Value); 2] {
    let (store, admin) = maru::api::server::documents();
    [("store", serde_json::to_value(store).unwrap()), ("admin", serde_json::to_value(admin).unwrap())]
}

fn resolve(document: &Value, schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    }
}

/// The path with each `{parameter}` filled in.
fn filled(path: &str, id: &str) -> String {
    path.split('/').map(|s| if s.starts_with('{') { id } else { s }).collect::<Vec<_>>().join("/")
}

const NOBODYS_IDS: &[&str] = &[
    "prod_01h455vb4pex5vsknk084sn02q",
    "ord_01h455vb4pex5vsknk084sn02q",
    "cart_01h455vb4pex5vsknk084sn02q",
    "nonsense",
    "%00",
    "%FF%FE",
    "..%2F..%2Fetc",
    "'%20OR%201=1--",
];

fn hostile_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(9_223_372_036_854_775_807_i64),
        json!(1e308),
        json!(""),
        json!("\u{0}\u{7}"),
        json!("x".repeat(20_000)),
        json!("' OR 1=1; --"),
        json!("한글\u{202e}\u{fffd}"),
        json!([]),
        json!([[[[[]]]]]),
        json!({}),
        json!([{"": null}]),
        json!(vec![1; 5_000]),
    ]
}

#[track_caller]
fn lawful(reply: &crate::support::Reply, what: &str) {
    assert!(reply.status < 500, "{what}: {} {}", reply.status, reply.text);
    if reply.status >= 400 {
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{what}: {}", reply.text);
        assert!(reply.json["code"].is_string(), "{what}: {}", reply.text);
    }
}

on_both!(bodies_of_every_kind, |app| async move {
    for (_, document) in documents() {
        let client = app.admin();
        for operation in operations(&document).iter().filter(|o| o.body.is_some()) {
            bodies(&client, operation).await;
        }
    }
});

async fn bodies(client: &Client, operation: &Operation) {
    let path = filled(&operation.path, "prod_01h455vb4pex5vsknk084sn02q");
    let what = format!("{} {path}", operation.method);
    let send = |body: Vec<u8>| {
        let (client, path, method) = (client.once(), path.clone(), operation.method.clone());
        async move { client.send_bytes(&method, &path, "application/json", Some(body)).await }
    };
    for raw in [&b"{"[..], b"\xff", b"[]", b"null", b"1", b"\"x\"", b"{\"a\":1,\"a\":2}", b"{}{}"] {
        lawful(&send(raw.to_vec()).await, &what);
    }
    lawful(&send(format!("{}{}", "[".repeat(5_000), "]".repeat(5_000)).into_bytes()).await, &what);
    let unknown = send(br#"{"no_such_field": 1}"#.to_vec()).await;
    lawful(&unknown, &what);
    assert!((400..500).contains(&unknown.status), "{what} takes unknown fields: {}", unknown.text);
    let Some(properties) = operation.body.as_ref().and_then(|b| b["properties"].as_object()) else { return };
    for name in properties.keys() {
        for value in hostile_values() {
            let body = json!({ name: value });
            lawful(&send(body.to_string().into_bytes()).await, &format!("{what} with {:.200}", body.to_string()));
        }
    }
}

on_both!(paths_and_parameters_of_every_kind, |app| async move {
    for (_, document) in documents() {
        let client = app.admin();
        for operation in operations(&document) {
            for id in NOBODYS_IDS {
                let path = filled(&operation.path, id);
                let body = operation.body.as_ref().map(|_| json!({}));
                lawful(&client.once().send(&operation.method, &path, body).await, &format!("{} {path}", operation.method));
            }
            if operation.method != "GET" {
                continue;
            }
            let path = filled(&operation.path, "prod_01h455vb4pex5vsknk084sn02q");
            for name in operation.query.iter().map(String::as_str).chain(["cursor", "limit", "no_such"]) {
                for value in
                    ["", "-1", "99999999999999999999", "%00", "%FF", "'%20OR%201=1--", "a.b.c", &"x".repeat(3_000), "null", "%F0%9F%98%80"]
                {
                    let path = format!("{path}?{name}={value}");
                    lawful(&client.get(&path).await, &format!("GET {path:.200}"));
                }
            }
        }
    }
});

on_both!(staff_operations_open_to_nobody_else, |app| async move {
    let [_, (_, admin)] = documents();
    // A key with one permission that opens none of the operations it is tried on.
    let limited = app.staff(&[Permission::EventsRead]).await;
    for operation in operations(&admin) {
        if operation.path.ends_with("/auth/passkey/options") {
            // Where anybody begins to log in: a challenge, the same for all.
            continue;
        }
        // Where one logs in no key is looked at, and what the body lacks may be told as 401.
        let lets_in = operation.path.contains("/v1/auth/");
        let path = filled(&operation.path, "prod_01h455vb4pex5vsknk084sn02q");
        let body = operation.body.as_ref().map(|_| json!({}));
        let nobody = app.guest().once().send(&operation.method, &path, body.clone()).await;
        assert!([400, 401, 404, 415].contains(&nobody.status), "{} {path} as nobody: {} {}", operation.method, nobody.status, nobody.text);
        if operation.path.ends_with("/events") {
            continue;
        }
        let little = limited.once().send(&operation.method, &path, body).await;
        assert!(
            [400, 403, 404, 415].contains(&little.status) || (lets_in && little.status == 401),
            "{} {path} without the permission: {} {}",
            operation.method,
            little.status,
            little.text
        );
    }
});

on_both!(graphql_fields_of_every_kind, |app| async move {
    for surface in ["store", "admin"] {
        for root in ["queryType", "mutationType"] {
            fields(&app, surface, root).await;
        }
    }
});

const INTROSPECTION: &str = "{ __schema { queryType { ...R } mutationType { ...R } types { name kind enumValues { name } \
    inputFields { name type { ...T } } } } } \
    fragment R on __Type { fields { name args { name type { ...T } } type { kind ofType { kind name ofType { kind name } } name } } } \
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

async fn fields(app: &TestApp, surface: &str, root: &str) {
    let schema = app.guest().graphql(surface, INTROSPECTION, json!({})).await["__schema"].clone();
    for field in schema[root]["fields"].as_array().unwrap() {
        for flavour in 0..4 {
            let arguments: Vec<String> = field["args"]
                .as_array()
                .unwrap()
                .iter()
                .map(|a| format!("{}: {}", a["name"].as_str().unwrap(), literal(&schema, &a["type"], flavour, 0)))
                .collect();
            let call = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
            let operation = if root == "queryType" { "query" } else { "mutation" };
            let name = field["name"].as_str().unwrap();
            let kind = field["type"]["kind"].as_str().unwrap();
            let inner = field["type"]["ofType"]["kind"].as_str().unwrap_or_default();
            let leaf = [kind, inner].iter().any(|k| ["SCALAR", "ENUM"].contains(k));
            let text = format!("{operation} {{ {name}{call} {} }}", if leaf { "" } else { "{ __typename }" });
            for client in [app.admin(), app.guest()] {
                let reply = client.once().graphql_raw(surface, &text, json!({})).await;
                assert!(reply.status < 500, "{text:.300}: {}", reply.text);
                let codes: Vec<_> =
                    reply.json["errors"].as_array().into_iter().flatten().map(|e| e["extensions"]["code"].clone()).collect();
                assert!(!codes.contains(&json!("internal")) && !codes.contains(&json!("unavailable")), "{text:.300}: {}", reply.text);
            }
        }
    }
}

/// A literal of a type: lawful in form, hostile in content.
fn literal(schema: &Value, of: &Value, flavour: usize, depth: usize) -> String {
    match of["kind"].as_str().unwrap() {
        "NON_NULL" => literal(schema, &of["ofType"], flavour, depth),
        "LIST" => format!("[{}]", literal(schema, &of["ofType"], flavour, depth)),
        kind => {
            let name = of["name"].as_str().unwrap();
            let pick = |choices: [&str; 4]| choices[flavour].to_owned();
            match (kind, name) {
                ("ENUM", _) => {
                    let definition = schema["types"].as_array().unwrap().iter().find(|t| t["name"] == name).unwrap();
                    definition["enumValues"][0]["name"].as_str().unwrap().to_owned()
                }
                ("INPUT_OBJECT", _) if depth > 4 => "{}".to_owned(),
                ("INPUT_OBJECT", _) => {
                    let definition = schema["types"].as_array().unwrap().iter().find(|t| t["name"] == name).unwrap();
                    let fields = definition["inputFields"].as_array().unwrap().iter();
                    let fields =
                        fields.map(|f| format!("{}: {}", f["name"].as_str().unwrap(), literal(schema, &f["type"], flavour, depth + 1)));
                    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
                }
                (_, "Int") => pick(["-2147483648", "2147483647", "0", "1"]),
                (_, "MinorUnits") => pick(["-1", "9223372036854775807", "0", "1"]),
                (_, "Float") => pick(["-1.5", "1e308", "0", "1"]),
                (_, "Boolean") => pick(["true", "false", "true", "false"]),
                (_, "ID") => pick(["\"nonsense\"", "\"prod_01h455vb4pex5vsknk084sn02q\"", "\"ord_01h455vb4pex5vsknk084sn02q\"", "\"\""]),
                (_, "DateTime") => pick(["\"never\"", "\"9999-12-31T23:59:59Z\"", "\"0000-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00Z\""]),
                (_, "Currency") => pick(["\"KRW\"", "\"XXX\"", "\"USD\"", "\"KRW\""]),
                (_, "Country") => pick(["\"KR\"", "\"XX\"", "\"US\"", "\"KR\""]),
                (_, "Locale") => pick(["\"ko\"", "\"\"", "\"en\"", "\"ko\""]),
                (_, "JSON") => pick(["{}", "[]", "{a: 1}", "\"x\""]),
                _ => pick(["\"\"", "\"' OR 1=1; --\"", "\"한글 \\\" \\\\ %_*\"", "\"x\""]),
            }
        }
    }
}
