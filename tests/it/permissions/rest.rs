//! The operations of the OpenAPI documents.

use serde_json::{Value, json};

use super::callers::Callers;
use super::world::World;
use super::{check, compare, for_real, is_staffs_own, needs, sample, shown};
use crate::support::{Client, Which, run};

/// One operation, ready to be called.
struct Operation {
    method: String,
    /// As the document has it.
    template: String,
    path: String,
    body: Option<(&'static str, Vec<u8>)>,
    description: String,
    /// Whether it changes nothing because it is rehearsed, or reads.
    is_rehearsed: bool,
}

impl Operation {
    async fn call(&self, client: &Client, index: usize) -> String {
        let client = if self.method == "POST" { client.once() } else { client.clone() };
        let (media_type, mut body) = self.body.clone().map_or(("", None), |(media_type, body)| (media_type, Some(body)));
        if !self.is_rehearsed {
            body = body.map(|body| for_real::of_caller(&String::from_utf8(body).unwrap(), index).into_bytes());
        }
        let reply = client.send_bytes(&self.method, &self.path, media_type, body).await;
        match reply.json["code"].as_str().filter(|_| reply.status >= 400) {
            Some(code) => format!("{} {code}", reply.status),
            None => reply.status.to_string(),
        }
    }
}

fn operations(world: &World) -> Vec<Operation> {
    let (store, admin) = maru::api::server::documents();
    let mut found = Vec::new();
    for document in [store, admin] {
        let document = serde_json::to_value(&document).unwrap();
        for (template, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let is_rehearsed = method == "get" || takes_dry_run(operation);
                let body = body(method, template, operation, &document, world).map(|(media_type, body)| match body {
                    Sent::Json(body) if !is_rehearsed => (media_type, for_real::complete(template, body).to_string().into_bytes()),
                    Sent::Json(body) => (media_type, body.to_string().into_bytes()),
                    Sent::Bytes(body) => (media_type, body),
                });
                found.push(Operation {
                    method: method.to_uppercase(),
                    template: template.clone(),
                    path: path(template, method, operation, world),
                    body,
                    description: operation["description"].as_str().unwrap_or_default().replace('\n', " "),
                    is_rehearsed,
                });
            }
        }
    }
    found
}

/// Whether an operation's document says that it can be rehearsed.
fn takes_dry_run(operation: &Value) -> bool {
    operation["parameters"].as_array().into_iter().flatten().any(|p| p["in"] == "query" && p["name"] == "dry_run")
}

/// A body.
enum Sent {
    Json(Value),
    Bytes(Vec<u8>),
}

fn path(template: &str, method: &str, operation: &Value, world: &World) -> String {
    let mut path: Vec<String> = Vec::new();
    for segment in template.split('/') {
        let filled = match segment {
            "{code}" => "TENOFF".to_owned(),
            "{provider}" => "google".to_owned(),
            "{id}" if path.last().is_some_and(|s| s == "by-sku") => "CUP-1".to_owned(),
            "{id}" | "{line}" => {
                let what = if segment == "{line}" { "line" } else { path.last().unwrap() };
                world.id_named(what).unwrap_or_else(|| panic!("the world has nothing for {template}")).to_owned()
            }
            _ => segment.to_owned(),
        };
        path.push(filled);
    }
    let mut query: Vec<String> = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" && parameter["required"] == true {
            let value = parameter["schema"]["enum"][0].as_str().unwrap_or("shopify-csv");
            query.push(format!("{}={value}", parameter["name"].as_str().unwrap()));
        }
    }
    // Nothing is changed, so that each caller meets the same shop; of what cannot be rehearsed see `for_real`.
    if method != "get" && takes_dry_run(operation) {
        query.push("dry_run=true".to_owned());
    }
    let path = path.join("/");
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

fn body(method: &str, template: &str, operation: &Value, document: &Value, world: &World) -> Option<(&'static str, Sent)> {
    let content = operation["requestBody"]["content"].as_object()?;
    if content.contains_key("text/csv") {
        return Some(("text/csv", Sent::Bytes(b"Handle,Title,Variant Price\nplate,Plate,1000\n".to_vec())));
    }
    let sampled =
        whole(method, template, world).unwrap_or_else(|| sample::of_schema(&content["application/json"]["schema"], document, world));
    Some(("application/json", Sent::Json(sampled)))
}

/// Bodies that say more than a schema asks for: without it nobody would get as far as the question of who they are.
fn whole(method: &str, template: &str, world: &World) -> Option<Value> {
    let variant = world.id_with("var")?;
    let pay = json!({"provider": "test", "method": "approve"});
    Some(match template {
        // Lines are added and changed under one path.
        "/store/v1/carts/{id}/lines" if method == "post" => json!({"lines": [{"variant_id": variant, "quantity": 1}]}),
        "/store/v1/carts/{id}/codes" => json!({"codes": ["TENOFF"]}),
        "/store/v1/carts/{id}/checkout" => json!({"payment": pay}),
        "/store/v1/orders/{id}/payments" => pay,
        _ => return None,
    })
}

async fn walk(which: Which) {
    let (app, _google) = for_real::shop(which).await;
    let world = World::new(&app).await;
    let mut callers = Callers::new(&app).await;
    let (mut table, mut wrong) = (Vec::new(), Vec::new());
    for operation in operations(&world) {
        let needs = needs(&operation.description);
        let name = format!("{} {}", operation.method, operation.template);
        if operation.template.starts_with("/admin/") && needs.is_empty() && !is_staffs_own(&name) {
            wrong.push(format!("{name} does not say what it needs: {}", operation.description));
        }
        let mut row = Vec::new();
        for (index, (caller, client)) in callers.of(&app, &world, &needs).await.into_iter().enumerate() {
            row.push((caller, operation.call(&client, index).await));
        }
        if !operation.is_rehearsed {
            for_real::wait(&app);
        }
        check(&name, operation.method != "GET", &needs, &row, &mut wrong);
        table.push(shown(&name, &needs, &row));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare("permissions_rest", &table);
}

#[test]
fn every_operation_as_everybody_sqlite() {
    run(walk(Which::Sqlite));
}

#[test]
fn every_operation_as_everybody_postgres() {
    run(walk(Which::Postgres));
}
