//! Configurations as the attribute makes them: what they have by default, what must be there, and how either is told.

use ferrule::config;
use ferrule::typed::Config as _;

/// What is asked for a stock.
#[ferrule::config(validate)]
#[derive(Debug)]
#[serde(rename_all = "kebab-case")]
struct Stock {
    /// Where it is.
    #[ferrule(required)]
    warehouse: String,
    #[ferrule(required)]
    shelf_count: u32,
    #[ferrule(default = "2s")]
    patience_max: ferrule::Duration,
    #[ferrule(default = std::time::Duration::from_millis(5))]
    #[serde(rename = "wait")]
    pause: ferrule::Duration,
    #[ferrule(default = "1m")]
    plain: std::time::Duration,
    words: Vec<String>,
}

impl ferrule::Validate for Stock {
    fn validate(&self) -> Result<(), ferrule::Error> {
        if self.warehouse.is_empty() { Err(config::invalid("warehouse: it is empty")) } else { Ok(()) }
    }
}

/// Every field has a default.
#[ferrule::config]
struct Easy {
    #[ferrule(default = ferrule::Duration::from_secs(2))]
    patience: ferrule::Duration,
    count: u8,
}

fn refused(json: &str) -> String {
    config::parse::<Stock>(json).expect_err("it is wrong").to_string()
}

#[test]
fn what_is_required_is_missed_by_its_name() {
    assert_eq!(refused("{}"), "config parse error: warehouse: missing field `warehouse` at line 1 column 2");
    let text = refused(r#"{"warehouse": "north"}"#);
    assert!(text.starts_with("config parse error: shelf-count: missing field `shelf-count`"), "{text}");
    let text = refused(r#"{"warehouse": "north", "shelf-count": 1, "shelves": 2}"#);
    assert!(text.contains("unknown field `shelves`"), "{text}");
}

#[test]
fn the_others_have_their_defaults() {
    let stock: Stock = config::parse(r#"{"warehouse": "north", "shelf-count": 1}"#).unwrap();
    assert_eq!((&*stock.warehouse, stock.shelf_count), ("north", 1));
    assert_eq!(stock.patience_max, std::time::Duration::from_secs(2));
    assert_eq!(stock.pause.to_string(), "5ms");
    assert_eq!(stock.plain, ferrule::Duration::from_secs(60));
    assert!(stock.words.is_empty() && stock.check().is_ok());
    let given: Stock = config::parse(r#"{"warehouse": "", "shelf-count": 1, "wait": "3s"}"#).unwrap();
    assert_eq!(given.pause, ferrule::Duration::from_secs(3));
    assert_eq!(given.check().unwrap_err().to_string(), "warehouse: it is empty");
}

#[test]
fn defaults_leave_out_what_is_required_and_the_schema_lists_it() {
    let defaults: serde_json::Value = serde_json::from_str(&Stock::default_json()).unwrap();
    let plain = serde_json::json!({ "secs": 60, "nanos": 0 });
    let expected = serde_json::json!({ "patience-max": "2s", "wait": "5ms", "plain": plain, "words": [] });
    assert_eq!(defaults, expected);
    let schema: serde_json::Value = serde_json::from_str(&config::schema_json::<Stock>()).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["warehouse", "shelf-count"]));
    assert_eq!(schema["properties"]["patience-max"]["default"], "2s");
    assert_eq!(schema["properties"]["warehouse"].get("default"), None);
}

#[test]
fn a_configuration_without_required_fields_has_a_default() {
    let easy: Easy = config::parse("{}").unwrap();
    assert_eq!((easy.patience.to_string().as_str(), easy.count), ("2s", 0));
    assert_eq!(Easy::default_json(), r#"{"patience":"2s","count":0}"#);
    assert_eq!(Easy::default().patience, easy.patience);
}

#[test]
fn a_duration_that_goes_in_may_be_a_number_and_none_that_comes_out_is_one() {
    let settings = schemars::generate::SchemaSettings::draft2020_12;
    let one = |settings: schemars::generate::SchemaSettings| {
        let schema = settings.into_generator().into_root_schema_for::<ferrule::Duration>();
        serde_json::to_value(schema).unwrap()
    };
    assert_eq!(one(settings().for_serialize())["type"], "string");
    assert_eq!(one(settings().for_deserialize())["anyOf"][1]["type"], "integer");
}
