//! Inputs made of their descriptions: the least that a schema takes.

use serde_json::{Map, Value, json};

use super::world::World;

/// The least JSON that an OpenAPI schema takes.
pub fn of_schema(schema: &Value, document: &Value, world: &World) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("no {reference}"));
        return of_schema(named, document, world);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(options) = schema[choice].as_array() {
            let option = options.iter().find(|o| o["type"] != "null").expect("something but null");
            return of_schema(option, document, world);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let merged = parts.iter().filter_map(|p| of_schema(p, document, world).as_object().cloned()).flatten();
        return Value::Object(merged.collect());
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|k| *k != "null").and_then(Value::as_str).unwrap_or_default(),
        kind => kind.as_str().unwrap_or_default(),
    };
    match kind {
        "object" => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().map(|name| {
                let name = name.as_str().unwrap();
                (name.to_owned(), of_schema(&schema["properties"][name], document, world))
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        "array" => json!([of_schema(&schema["items"], document, world)]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        "string" => text(schema, world),
        _ => json!({}),
    }
}

fn text(schema: &Value, world: &World) -> Value {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let prefix = pattern.trim_start_matches('^').split("_[").next().unwrap_or_default();
    if let Some(id) = world.id_with(prefix) {
        return json!(id);
    }
    let example = schema.get("example").or_else(|| schema["examples"].get(0));
    match (example, schema["format"].as_str()) {
        (Some(example), _) => example.clone(),
        (None, Some("date-time")) => json!("2026-12-01T00:00:00Z"),
        (None, Some("email")) => json!("jun@example.com"),
        _ => json!("something"),
    }
}
