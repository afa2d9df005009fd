//! JSON on its way into a type, stricter than serde by itself: an object is never given as a list of its values,
//! and text comes in NFC, without control characters. One pass, the same for all that the JSON holds.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use crate::types::text;

/// How the error begins that text with control characters is refused with (NUL among them, which PostgreSQL
/// cannot keep).
pub const CONTROLS: &str = "text holds control characters";

/// A deserializer, and whatever it hands on, under these rules.
pub struct Strict<X>(pub X);

fn cleaned<E: Error>(text: &str) -> Result<Cow<'_, str>, E> {
    text::clean(text).ok_or_else(|| E::custom(CONTROLS))
}

macro_rules! hand_on {
    ($($method:ident($($name:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($name,)* Strict(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    hand_on! {
        deserialize_any() deserialize_ignored_any() deserialize_identifier()
        deserialize_bool() deserialize_char() deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64()
        deserialize_option() deserialize_unit() deserialize_seq() deserialize_map()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    /// Asks for a map: a derived type would take its fields from a list too, by their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

macro_rules! visit_plain {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    visit_plain! { visit_bool(bool) visit_i64(i64) visit_i128(i128) visit_u64(u64) visit_u128(u128) visit_f64(f64) }

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        match cleaned::<E>(value)? {
            Cow::Borrowed(same) => self.0.visit_str(same),
            Cow::Owned(nfc) => self.0.visit_string(nfc),
        }
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        match cleaned::<E>(value)? {
            Cow::Borrowed(same) => self.0.visit_borrowed_str(same),
            Cow::Owned(nfc) => self.0.visit_string(nfc),
        }
    }

    fn visit_string<E: Error>(self, value: String) -> Result<V::Value, E> {
        self.visit_str(&value)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(access))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(access))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Strict(access))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(Strict(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        self.0.variant_seed(Strict(seed)).map(|(value, variant)| (value, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(length, Strict(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Strict(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use crate::api::extract::parse_json;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Outer {
        name: Option<String>,
        inner: Option<Inner>,
        list: Vec<Inner>,
        map: BTreeMap<String, serde_json::Value>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        text: Option<String>,
        count: Option<i64>,
    }

    fn refusal(json: &str) -> (String, String) {
        let error = parse_json::<Outer>(json.as_bytes()).unwrap_err();
        (error.fields[0].pointer.clone(), error.fields[0].code.clone())
    }

    #[test]
    fn takes_objects_as_objects_alone() {
        let outer: Outer = parse_json(r#"{"inner": {"count": 2}, "list": [{"text": "a"}], "map": {"a": [1, "b"]}}"#.as_bytes()).unwrap();
        assert_eq!(outer.inner, Some(Inner { count: Some(2), ..Inner::default() }));
        assert_eq!((outer.list.len(), outer.map["a"].clone()), (1, serde_json::json!([1, "b"])));
        for (json, pointer) in [("[]", ""), (r#"["a"]"#, ""), (r#"{"inner": []}"#, "/inner"), (r#"{"list": [["a", 1]]}"#, "/list/0")] {
            assert_eq!(refusal(json), (pointer.to_owned(), "type".to_owned()), "{json}");
        }
    }

    #[test]
    fn normalises_text_and_refuses_controls_however_they_are_written() {
        let json = "{\"name\": \"\u{1112}\u{1161}\u{11ab}\", \"map\": {\"a\": {\"b\": \"e\u{301}\"}}}";
        let outer: Outer = parse_json(json.as_bytes()).unwrap();
        assert_eq!((outer.name.as_deref(), &outer.map["a"]["b"]), (Some("한"), &serde_json::json!("é")));
        let written = ["\\u0000", "\\b", "\\f", "\u{7f}", "\\u0085", "\u{85}"];
        for control in written {
            let refused = ("/name".to_owned(), "control_character".to_owned());
            assert_eq!(refusal(&format!(r#"{{"name": "a{control}"}}"#)), refused, "{control:?}");
            assert_eq!(refusal(&format!(r#"{{"map": {{"a": {{"b": "{control}"}}}}}}"#)).1, "control_character", "{control:?}");
            assert_eq!(refusal(&format!(r#"{{"map": {{"{control}": 1}}}}"#)).1, "control_character", "{control:?}");
        }
        assert!(parse_json::<Outer>(br#"{"name": "tab\t and \n break"}"#).is_ok());
        assert!(parse_json::<Outer>("{\"name\": \"한\", \"name\": \"b\"}".as_bytes()).is_err(), "a field twice");
    }
}
