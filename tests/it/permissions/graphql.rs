//! The fields of both schemas.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use super::callers::Callers;
use super::world::World;
use super::{check, compare, for_real, is_not_rehearsed, is_staffs_own, needs, shown};
use crate::support::{Client, Which, run};

/// The types of a schema by name.
struct Types(HashMap<String, TypeKind>);

/// One field, ready to be asked.
struct Field {
    surface: &'static str,
    name: String,
    document: String,
    description: String,
    /// Whether it changes nothing because it is rehearsed, or reads.
    is_rehearsed: bool,
}

impl Field {
    async fn call(&self, client: &Client, index: usize) -> String {
        let (path, document) = match self.is_rehearsed {
            true => (format!("/{}/graphql?dry_run=true", self.surface), self.document.clone()),
            false => (format!("/{}/graphql", self.surface), for_real::of_caller(&self.document, index)),
        };
        let reply = client.once().post(&path, json!({"query": document})).await;
        if reply.status != 200 {
            return format!("{} {}", reply.status, reply.json["code"].as_str().unwrap_or_default());
        }
        if let Some(error) = reply.json["errors"].get(0) {
            let code = error["extensions"]["code"].as_str().unwrap_or("?");
            return format!("{} {code}", error["extensions"]["status"]);
        }
        match &reply.json["data"]["field"] {
            Value::Null => "null".to_owned(),
            found => found["userErrors"].get(0).map_or("answered".to_owned(), |e| format!("user error {}", e["code"].as_str().unwrap())),
        }
    }
}

fn fields(world: &World) -> Vec<Field> {
    let (store, admin) = maru::api::graphql::sdls();
    let mut found = Vec::new();
    for (surface, sdl) in [("store", store), ("admin", admin)] {
        let document = parse_schema(&sdl).unwrap();
        let mut types = HashMap::new();
        for definition in document.definitions {
            if let TypeSystemDefinition::Type(definition) = definition {
                types.insert(definition.node.name.node.to_string(), definition.node.kind);
            }
        }
        let types = Types(types);
        for (root, keyword) in [("Query", "query"), ("Mutation", "mutation")] {
            let TypeKind::Object(object) = &types.0[root] else { panic!("{root} is no object") };
            for field in &object.fields {
                let name = format!("{surface} {keyword} {}", field.node.name.node);
                found.push(Field {
                    surface,
                    is_rehearsed: !is_not_rehearsed(&name),
                    name,
                    document: format!("{keyword} {{ field: {} }}", types.asked(&field.node, world)),
                    description: field.node.description.as_ref().map(|d| d.node.clone()).unwrap_or_default().replace('\n', " "),
                });
            }
        }
    }
    found
}

impl Types {
    /// A field with the least arguments and the least selection.
    fn asked(&self, field: &FieldDefinition, world: &World) -> String {
        let name = field.name.node.as_str();
        let given: Vec<String> = field
            .arguments
            .iter()
            // Where one of several names a thing, its id does; and a log-out names a session that is nobody's.
            .filter(|a| {
                (!a.node.ty.node.nullable && a.node.default_value.is_none()) || ["id", "refreshToken"].contains(&a.node.name.node.as_str())
            })
            .map(|a| format!("{}: {}", a.node.name.node, self.value(&a.node.ty.node, a.node.name.node.as_str(), name, world)))
            .collect();
        let given = if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) };
        let of = named(&field.ty.node);
        let selection = match self.0.get(of) {
            Some(TypeKind::Object(_)) if of.ends_with("Payload") => " { userErrors { code } }",
            Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)) => " { __typename }",
            _ => "",
        };
        format!("{name}{given}{selection}")
    }

    fn value(&self, ty: &Type, argument: &str, field: &str, world: &World) -> String {
        let of = match &ty.base {
            BaseType::List(inner) => return format!("[{}]", self.value(inner, argument, field, world)),
            BaseType::Named(name) => name.as_str(),
        };
        match (self.0.get(of), of) {
            (Some(TypeKind::InputObject(input)), _) => {
                let required = input.fields.iter().filter(|f| !f.node.ty.node.nullable && f.node.default_value.is_none());
                let fields = required.map(|f| {
                    let name = f.node.name.node.as_str();
                    // An `id` in a part of something is the part's.
                    let whose = if of.contains("Line") && name == "id" { "lineId" } else { name };
                    format!("{name}: {}", self.value(&f.node.ty.node, whose, field, world))
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            (Some(TypeKind::Enum(words)), _) => words.values[0].node.value.node.to_string(),
            (_, "ID") => {
                let named = world.id_named(argument).filter(|_| argument != "id" && argument != "ids").or_else(|| world.id_named(field));
                format!("{:?}", named.unwrap_or_else(|| panic!("the world has nothing for {field}({argument})")))
            }
            (_, "String") if for_real::is_one(field) && for_real::word(argument).is_some() => {
                format!("{:?}", for_real::word(argument).unwrap())
            }
            (_, "Int" | "Float" | "MinorUnits") => "1".to_owned(),
            (_, "Boolean") => "false".to_owned(),
            (_, "Currency") => "\"KRW\"".to_owned(),
            (_, "Country") => "\"KR\"".to_owned(),
            (_, "Locale") => "\"ko\"".to_owned(),
            (_, "DateTime") => "\"2026-12-01T00:00:00Z\"".to_owned(),
            (_, "JSON" | "JSONObject" | "Metadata") => "{}".to_owned(),
            _ => "\"something\"".to_owned(),
        }
    }
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(inner) => named(inner),
    }
}

async fn walk(which: Which) {
    let (app, _google) = for_real::shop(which).await;
    let world = World::new(&app).await;
    let mut callers = Callers::new(&app).await;
    let (mut table, mut wrong) = (Vec::new(), Vec::new());
    for field in fields(&world) {
        let needs = needs(&field.description);
        if field.surface == "admin" && needs.is_empty() && !is_staffs_own(&field.name) {
            wrong.push(format!("{} does not say what it needs: {}", field.name, field.description));
        }
        let mut row = Vec::new();
        for (index, (caller, client)) in callers.of(&app, &world, &needs).await.into_iter().enumerate() {
            row.push((caller, field.call(&client, index).await));
        }
        if !field.is_rehearsed {
            for_real::wait(&app);
        }
        check(&field.name, field.document.starts_with("mutation"), &needs, &row, &mut wrong);
        table.push(shown(&field.name, &needs, &row));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare("permissions_graphql", &table);
}

#[test]
fn every_field_as_everybody_sqlite() {
    run(walk(Which::Sqlite));
}

#[test]
fn every_field_as_everybody_postgres() {
    run(walk(Which::Postgres));
}
