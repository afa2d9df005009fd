//! Shopify CSVs in and out: every oddity told, a second run silent, exports that come back as they left.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{Client, TestApp, Which, on_both};
use maru::commerce::auth::Permission;

const ODDITIES: &[u8] = include_bytes!("../fixtures/shopify.csv");
const EXPORTED: &str = include_str!("../fixtures/shopify-exported.csv");

/// Sends a file, has it imported, and answers the operation.
pub async fn import(app: &TestApp, query: &str, file: &[u8]) -> Value {
    let operation = send(&app.admin(), query, file).await.expect(202);
    maru::commerce::operations::run_queued(&app.app).await.unwrap();
    let path = format!("/admin/v1/operations/{}", operation["id"].as_str().unwrap());
    app.admin().get(&path).await.expect(200)
}

async fn send(client: &Client, query: &str, file: &[u8]) -> crate::support::Reply {
    client.send_bytes("POST", &format!("/admin/v1/imports?format=shopify-csv{query}"), "text/csv", Some(file.to_vec())).await
}

async fn export(app: &TestApp) -> String {
    let reply = app.admin().get("/admin/v1/exports?format=shopify-csv").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/csv; charset=utf-8")), "{}", reply.text);
    reply.text
}

fn counts(result: &Value, of: &str) -> (i64, i64, i64, i64) {
    let count = |name: &str| result[of][name].as_i64().unwrap();
    (count("created"), count("updated"), count("unchanged"), count("refused"))
}

on_both!(every_oddity_is_decided_and_told, |app| async move {
    let operation = import(&app, "", ODDITIES).await;
    assert_eq!((&operation["state"], &operation["done"], &operation["total"]), (&json!("succeeded"), &json!(6), &json!(6)), "{operation}");
    let result = &operation["result"];
    let issues: Vec<(i64, &str, &str)> = result["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| (i["line"].as_i64().unwrap(), i["code"].as_str().unwrap(), i["action"].as_str().unwrap()))
        .collect();
    assert_eq!(
        issues,
        [
            (2, "html_cleaned", "changed"),
            // The tee comes again at the end of the file, so it is read after the rice with the same SKU.
            (4, "duplicate_sku", "kept"),
            (4, "negative_quantity", "changed"),
            (4, "backorder", "kept"),
            (5, "duplicate_variant", "refused"),
            (6, "missing_option_value", "changed"),
            (9, "invalid_url", "dropped"),
            (10, "unpublished", "kept"),
            (10, "missing_sku", "kept"),
            (10, "zero_price", "kept"),
            (11, "currency_digits", "dropped"),
            (11, "negative_quantity", "dropped"),
            (12, "compare_at_not_higher", "dropped"),
            (13, "handle_again", "changed"),
            (14, "missing_title", "changed"),
            (14, "invalid_handle", "changed"),
            (14, "invalid_flag", "changed"),
            (14, "missing_option_name", "changed"),
            (14, "invalid_price", "dropped"),
            (14, "invalid_weight", "dropped"),
            (14, "invalid_quantity", "dropped"),
            (14, "invalid_policy", "changed"),
            (15, "invalid_price", "dropped"),
            (16, "missing_handle", "refused"),
            (18, "not_utf8", "refused"),
        ],
        "{result:#}"
    );
    assert_eq!(counts(result, "products"), (6, 0, 0, 0));
    assert_eq!(counts(result, "variants"), (10, 0, 0, 0));
    assert_eq!((&result["rows"], &result["rows_refused"], &result["currency"]), (&json!(17), &json!(3), &json!("KRW")));
    let notes: Vec<(&str, i64)> =
        result["notes"].as_array().unwrap().iter().map(|n| (n["code"].as_str().unwrap(), n["count"].as_i64().unwrap())).collect();
    assert_eq!(notes, [("currency_mismatch", 1), ("unknown_column", 1), ("image_row", 2), ("spreadsheet_apostrophe", 2)]);
    same(&export(&app).await, EXPORTED);
});

/// Two CSVs that must be the same, told line by line where they are not.
#[track_caller]
fn same(found: &str, expected: &str) {
    for (n, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", n + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{found}");
}

on_both!(a_second_run_changes_nothing, |app| async move {
    import(&app, "", ODDITIES).await;
    let before = export(&app).await;
    app.advance(chrono::Duration::hours(1));
    let again = import(&app, "", ODDITIES).await;
    assert_eq!(counts(&again["result"], "products"), (0, 0, 6, 0), "{again:#}");
    // The tenth was made for a row without anything of a variant, and the row says nothing of it now.
    assert_eq!(counts(&again["result"], "variants"), (0, 0, 9, 0));
    assert_eq!(again["result"]["stock_set"], 0);
    assert_eq!(export(&app).await, before);
});

on_both!(a_dry_run_tells_and_writes_nothing, |app| async move {
    let told = import(&app, "&dry_run=true", ODDITIES).await;
    assert_eq!(counts(&told["result"], "products"), (6, 0, 0, 0));
    assert_eq!(told["result"]["dry_run"], true);
    assert_eq!(export(&app).await.lines().count(), 1);
});

on_both!(an_export_imports_back_to_the_same_catalog, |app| async move {
    import(&app, "", ODDITIES).await;
    let exported = export(&app).await;
    let back = import(&app, "", exported.as_bytes()).await;
    assert_eq!(counts(&back["result"], "products"), (0, 0, 6, 0), "{back:#}");
    assert_eq!(counts(&back["result"], "variants"), (0, 0, 10, 0), "{back:#}");
    assert_eq!(back["result"]["rows_refused"], 0);

    let which = if app.app.db().backend() == maru::db::Backend::Sqlite { Which::Sqlite } else { Which::Postgres };
    let fresh = TestApp::new(which).await;
    import(&fresh, "", exported.as_bytes()).await;
    assert_eq!(export(&fresh).await, exported);
});

on_both!(stock_that_is_there_is_left_alone_unless_asked, |app| async move {
    let file = |quantity: i32| format!("Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\nmug,Mug,M1,{quantity},100\n");
    assert_eq!(import(&app, "", file(5).as_bytes()).await["result"]["stock_set"], 1);
    let kept = import(&app, "", file(9).as_bytes()).await;
    assert_eq!((&kept["result"]["stock_set"], &kept["result"]["notes"][0]["code"]), (&json!(0), &json!("stock_kept")), "{kept:#}");
    assert!(export(&app).await.contains(",M1,0,shopify,5,"));
    assert_eq!(import(&app, "&update_stock=true", file(9).as_bytes()).await["result"]["stock_set"], 1);
    assert!(export(&app).await.contains(",M1,0,shopify,9,"));
});

on_both!(a_file_with_some_columns_changes_only_those, |app| async move {
    import(&app, "", ODDITIES).await;
    let before = export(&app).await;
    let prices = "Handle,Variant SKU,Variant Price\ntee,TEE-B,23000\n";
    let operation = import(&app, "", prices.as_bytes()).await;
    assert_eq!(counts(&operation["result"], "variants"), (0, 1, 0, 0), "{operation:#}");
    let after = export(&app).await;
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(b, a)| b != a).collect();
    assert_eq!(changed.len(), 1, "{changed:#?}");
    assert_eq!(changed[0].0.replace(",19000,", ",23000,"), changed[0].1);
});

on_both!(a_key_without_stock_write_leaves_quantities_out, |app| async move {
    let clerk = app.staff(&[Permission::CatalogWrite]).await;
    send(&clerk, "&update_stock=true", ODDITIES).await.problem(403, "forbidden");
    send(&clerk, "", ODDITIES).await.expect(202);
    maru::commerce::operations::run_queued(&app.app).await.unwrap();
    let operation = &app.admin().get("/admin/v1/operations").await.expect(200)["data"][0];
    assert_eq!((&operation["state"], &operation["result"]["stock_set"]), (&json!("succeeded"), &json!(0)));
    let hidden = clerk.get("/admin/v1/exports?format=shopify-csv").await;
    assert!(hidden.text.contains(",shopify,,deny,") && !hidden.text.contains(",shopify,0,deny,"), "{}", hidden.text);
});

/// The command, on a database, with what it printed.
pub fn maru(url: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_maru"))
        .args(arguments)
        .env_clear()
        .env("MARU_DATABASE_URL", url)
        .env("MARU_LOG", "warn")
        .env("HOME", std::env::temp_dir())
        .output()
        .unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// The real files, where they are: `MARU_TEST_DATA`, or beside the repository.
fn data(file: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
    let folder =
        std::env::var("MARU_TEST_DATA").map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if !path.exists() {
        eprintln!("SKIPPED: there is no {}; set MARU_TEST_DATA to the folder that has it", path.display());
        return None;
    }
    Some(path.display().to_string())
}

/// A real file into an empty shop with the command: what it says, again, and its way out and back.
fn real(which: Which, file: &str, products: i64, variants: i64, issues: &[(&str, i64)]) {
    let Some(file) = data(file) else { return };
    let database = which.fresh();
    let import = |arguments: &[&str]| {
        let output = maru(&database.url(), &[&["import", "--format", "shopify-csv", "--json"], arguments].concat());
        (output.status.code(), json_of(&output))
    };
    let (code, told) = import(&["--dry-run", &file]);
    assert_eq!((code, counts(&told, "variants").0), (Some(0), variants));
    let start = std::time::Instant::now();
    let (code, report) = import(&[&file]);
    println!("{file} on {which:?}: {:?}", start.elapsed());
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!((counts(&report, "products"), counts(&report, "variants")), ((products, 0, 0, 0), (variants, 0, 0, 0)));
    assert_eq!(report["issues"], told["issues"]);
    let found: Vec<(&str, i64)> =
        report["issue_counts"].as_array().unwrap().iter().map(|c| (c["code"].as_str().unwrap(), c["count"].as_i64().unwrap())).collect();
    for issue in issues {
        assert!(found.contains(issue), "{issue:?} is not in {found:?}");
    }
    let (code, again) = import(&[&file]);
    assert_eq!((code, counts(&again, "products"), counts(&again, "variants")), (Some(0), (0, 0, products, 0), (0, 0, variants, 0)));
    assert_eq!(again["stock_set"], 0);

    let export = |url: &str| maru(url, &["export", "--format", "shopify-csv", "-"]).stdout;
    let exported = export(&database.url());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    std::fs::write(&path, &exported).unwrap();
    let path = path.to_str().unwrap();
    let (code, back) = import(&[path]);
    assert_eq!(
        (code, counts(&back, "products"), counts(&back, "variants")),
        (Some(0), (0, 0, products, 0), (0, 0, variants, 0)),
        "{:#}",
        back["issue_counts"]
    );
    let fresh = which.fresh();
    let currency = report["currency"].as_str().unwrap();
    let output = maru(&fresh.url(), &["import", "--format", "shopify-csv", "--json", "--currency", currency, path]);
    assert_eq!(counts(&json_of(&output), "variants"), (variants, 0, 0, 0));
    assert_eq!(export(&fresh.url()), exported);
    let doctor = maru(&fresh.url(), &["doctor", "--json"]);
    assert_eq!((doctor.status.code(), &json_of(&doctor)["healthy"]), (Some(0), &json!(true)));
}

macro_rules! real {
    ($($name:ident: $file:literal, $products:literal, $variants:literal, $issues:expr;)*) => {$(
        mod $name {
            use super::*;
            #[test]
            fn sqlite() { real(Which::Sqlite, $file, $products, $variants, $issues); }
            #[test]
            fn postgres() { real(Which::Postgres, $file, $products, $variants, $issues); }
        }
    )*};
}

real! {
    apparel: "shopify-apparel.csv", 25, 96, &[("missing_sku", 1), ("zero_price", 1)];
    bicycles: "shopify-bicycles.csv", 284, 1_121, &[("duplicate_sku", 41), ("missing_sku", 3), ("negative_quantity", 23), ("backorder", 17), ("unpublished", 58), ("zero_price", 2), ("compare_at_not_higher", 60)];
    fashion: "shopify-fashion.csv", 997, 3_684, &[("duplicate_sku", 8), ("negative_quantity", 5), ("html_cleaned", 80)];
}

#[test]
fn an_empty_shop_gets_a_channel_in_a_currency_that_holds_the_prices() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    let path = file.to_str().unwrap();
    for (price, arguments, currency) in [("78.00", &[][..], "KRW"), ("10.99", &[], "USD"), ("10.99", &["--currency", "EUR"], "EUR")] {
        std::fs::write(&file, format!("Handle,Title,Variant Price\na,A,{price}\n")).unwrap();
        let database = Which::Sqlite.fresh();
        let output = maru(&database.url(), &[&["import", "--format", "shopify-csv", "--json", path], arguments].concat());
        let report = json_of(&output);
        assert_eq!((&report["currency"], &report["notes"][0]["code"]), (&json!(currency), &json!("channel_created")), "{report:#}");
        assert!(report["issue_counts"].as_array().unwrap().iter().all(|c| c["code"] != "currency_digits"), "{report:#}");
    }
}

#[test]
fn exit_codes_tell_what_happened() {
    let database = Which::Sqlite.fresh();
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &[u8]| {
        let path = folder.path().join(format!("{}.csv", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let import = |path: &str, more: &[&str]| maru(&database.url(), &[&["import", "--format", "shopify-csv", path], more].concat());
    let refused = import(&file(ODDITIES), &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("6 created"));
    assert_eq!(import(&file(b"Handle,Title\na,A\n"), &[]).status.code(), Some(0));
    assert_eq!(import("/nowhere.csv", &[]).status.code(), Some(2));
    assert_eq!(import(&file(b"Handle\na\n"), &["--currency", "won"]).status.code(), Some(2));
    let wrong = import(&file(b"Name,Price\nx,1\n"), &[]);
    assert_eq!(wrong.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("names no column `Handle`"));
}
