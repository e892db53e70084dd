//! JSON from outside: an object where an object is documented, each member once, and every fault told
//! in JSON's own words (RFC 8259).
//!
//! A struct that serde derives also takes an array of its members' values, and its errors name types
//! of the source code.

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    self, Deserialize, DeserializeOwned, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

/// The text is not the JSON that is expected. It names the member and never quotes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonFault {
    member: Option<String>,
    text: String,
}

impl std::fmt::Display for JsonFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.member.as_deref() {
            // What says itself which member it means is not told twice.
            Some(member) if !member.is_empty() && !self.text.starts_with(member) => {
                write!(f, "{member}: {}", self.text)
            }
            _ => f.write_str(&self.text),
        }
    }
}

impl std::error::Error for JsonFault {}

impl JsonFault {
    fn new(text: impl Into<String>) -> Self {
        Self { member: None, text: text.into() }
    }

    fn expecting(what: &str) -> Self {
        Self::new(format!("{what} is expected"))
    }

    fn unusable() -> Self {
        Self::new("this value cannot be used")
    }

    /// The innermost member stays.
    fn at(self, member: &str) -> Self {
        Self { member: self.member.or_else(|| Some(member.to_owned())), ..self }
    }
}

impl de::Error for JsonFault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        // The one sentence of serde's own that comes this way.
        if text.starts_with("data did not match any variant") {
            return Self::expecting("another value");
        }
        // `url` quotes what it was given.
        if text.ends_with('"') && text.contains(": \"") {
            Self::unusable()
        } else {
            Self::new(text)
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expecting(in_jsons_words(&expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(match in_jsons_words(&expected.to_string()) {
            number @ ("a whole number" | "a number") => format!("{number} in range is expected"),
            _ => return Self::unusable(),
        })
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("another number of values is expected")
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::expecting(&format!("one of {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new(format!("there is no member {field:?}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("{field} is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("{field} is there twice"))
    }
}

fn in_jsons_words(expected: &str) -> &'static str {
    match expected {
        "a boolean" => "true or false",
        "f32" | "f64" => "a number",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        text if text.starts_with("a string") => "a string",
        text if text.starts_with("a sequence") => "an array",
        text if text.starts_with("struct ") || text == "a map" => "an object",
        _ => "another value",
    }
}

/// Reads a text.
///
/// # Errors
///
/// [`JsonFault`], for the developer who sent it.
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonFault> {
    let OnceEach(value) = serde_json::from_slice(text).map_err(|error| {
        // Every JSON is a value: there is nothing else that can be wrong with one.
        if error.is_data() {
            JsonFault::new("a member is there twice")
        } else {
            JsonFault::expecting("JSON")
        }
    })?;
    read("", value)
}

/// A value in which each object, however deep, has each member once: `Value` keeps the last of two with
/// one name, and so does every map that is read of it.
struct OnceEach(Value);

impl<'de> Deserialize<'de> for OnceEach {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(OnceEach(value)) = seq.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, OnceEach(value))) = map.next_entry::<String, _>()? {
            if members.insert(name, value).is_some() {
                return Err(de::Error::custom("a member is there twice"));
            }
        }
        Ok(members.into())
    }
}

/// Reads a value, which is the member `name` of something that was read before.
pub fn read<T: DeserializeOwned>(name: &str, value: Value) -> Result<T, JsonFault> {
    T::deserialize(Strict { member: name.to_owned(), value })
}

/// A value whose arrays are no objects.
struct Strict {
    member: String,
    value: Value,
}

impl Strict {
    fn of_array(member: &str, values: Vec<Value>) -> impl Iterator<Item = Self> {
        let values = values.into_iter().enumerate();
        values.map(move |(at, value)| Self { member: format!("{member}[{at}]"), value })
    }

    fn of_object(
        member: &str,
        members: Map<String, Value>,
    ) -> impl Iterator<Item = (String, Self)> {
        let dot = if member.is_empty() { "" } else { "." };
        members.into_iter().map(move |(name, value)| {
            let member = format!("{member}{dot}{name}");
            (name, Self { member, value })
        })
    }
}

impl IntoDeserializer<'_, JsonFault> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Strict {
    type Error = JsonFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonFault> {
        let Self { member, value } = self;
        let read = match value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(JsonFault::expecting("a number in range")),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(values) => {
                visitor.visit_seq(SeqDeserializer::new(Self::of_array(&member, values)))
            }
            Value::Object(members) => {
                visitor.visit_map(MapDeserializer::new(Self::of_object(&member, members)))
            }
        };
        read.map_err(|fault| fault.at(&member))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, JsonFault> {
        if self.value.is_null() {
            return visitor.visit_none();
        }
        let member = self.member.clone();
        visitor.visit_some(self).map_err(|fault| fault.at(&member))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, JsonFault> {
        let member = self.member.clone();
        visitor.visit_newtype_struct(self).map_err(|fault| fault.at(&member))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonFault> {
        if self.value.is_object() {
            return self.deserialize_any(visitor);
        }
        Err(JsonFault::expecting("an object").at(&self.member))
    }

    /// No enum of ours has a value inside.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonFault> {
        let Value::String(text) = self.value else {
            return Err(JsonFault::expecting("a string").at(&self.member));
        };
        let word: StringDeserializer<JsonFault> = text.into_deserializer();
        visitor.visit_enum(word).map_err(|fault| fault.at(&self.member))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct WholeObject {
        name: String,
        inner: Option<InnerObject>,
        #[serde(default)]
        several: Vec<InnerObject>,
        #[serde(default)]
        members: BTreeMap<String, String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct InnerObject {
        count: u16,
        word: Word,
        #[serde(default)]
        either: Option<Either>,
        #[serde(default)]
        url: Option<url::Url>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
        Two,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }

    fn fault(text: &str) -> String {
        parse::<WholeObject>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_objects() {
        let text = r#"{"name": "a", "inner": {"count": 3, "word": "two", "either": "x", "other": [1]},
            "several": [{"count": 1, "word": "one", "url": "https://a.example/"}],
            "members": {"a": "b"}, "more": null}"#;
        let outer: WholeObject = parse(text.as_bytes()).unwrap();
        let inner = outer.inner.unwrap();
        assert_eq!((inner.count, inner.word), (3, Word::Two));
        assert_eq!(inner.either, Some(Either::Text("x".into())));
        assert_eq!(outer.several.len(), 1);
        assert_eq!(outer.members["a"], "b");
        assert_eq!(parse::<WholeObject>(br#"{"name": "a", "inner": null}"#).unwrap().inner, None);
        assert_eq!(parse::<BTreeMap<String, i64>>(br#"{"a": -1}"#).unwrap()["a"], -1);
        let any = r#"{"a":[1,-1,1.5,"x",null,true,{"b":{}},18446744073709551615]}"#;
        assert_eq!(parse::<Value>(any.as_bytes()).unwrap().to_string(), any);
    }

    #[test]
    fn whatever_it_is_read_into_each_member_is_there_once() {
        let twice = br#"{"enabled": {"a": 1}, "enabled": {"a": 2}}"#;
        assert!(parse::<Value>(twice).is_err());
        assert!(parse::<Map<String, Value>>(twice).is_err());
        assert!(parse::<BTreeMap<String, Value>>(br#"{"a": {"b": 1, "b": 2}}"#).is_err());
    }

    #[test]
    fn an_array_is_no_object_however_deep_it_is() {
        for (text, told) in [
            (r#"["a", null]"#, "an object is expected"),
            (r#"{"name": "a", "inner": [3, "two"]}"#, "inner: an object is expected"),
            (r#"{"name": "a", "several": [[3, "two"]]}"#, "several[0]: an object is expected"),
            (r#"{"name": "a", "members": ["a"]}"#, "members: an object is expected"),
        ] {
            assert_eq!(fault(text), told, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_jsons_words() {
        for (text, told) in [
            ("", "JSON is expected"),
            ("{\"name\": \"a\"", "JSON is expected"),
            ("7", "an object is expected"),
            ("{}", "name is missing"),
            (r#"{"name": 1}"#, "name: a string is expected"),
            (r#"{"name": ["hunter2"]}"#, "name: a string is expected"),
            (r#"{"name": "a", "name": "b"}"#, "a member is there twice"),
            (r#"{"name": "a", "members": {"a": "b", "a": "b"}}"#, "a member is there twice"),
            (
                r#"{"name": "a", "several": [{"other": {"b": 1, "b": 1}}]}"#,
                "a member is there twice",
            ),
            (r#"{"name": "a", "several": {}}"#, "several: an array is expected"),
            (r#"{"name": "a", "inner": {"word": "one"}}"#, "inner: count is missing"),
            (
                r#"{"name": "a", "inner": {"count": 70000, "word": "one"}}"#,
                "inner.count: a whole number in range is expected",
            ),
            (
                r#"{"name": "a", "inner": {"count": 1.5, "word": "one"}}"#,
                "inner.count: a whole number is expected",
            ),
            (
                r#"{"name": "a", "inner": {"count": 1, "word": "hunter2"}}"#,
                "inner.word: one of one, two is expected",
            ),
            (
                r#"{"name": "a", "inner": {"count": 1, "word": ["one"]}}"#,
                "inner.word: a string is expected",
            ),
            (
                r#"{"name": "a", "inner": {"count": 1, "word": "one", "either": []}}"#,
                "inner.either: another value is expected",
            ),
            (
                r#"{"name": "a", "inner": {"count": 1, "word": "one", "url": "x"}}"#,
                "inner.url: this value cannot be used",
            ),
        ] {
            assert_eq!(fault(text), told, "{text}");
        }
    }
}
