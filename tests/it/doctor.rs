//! `maru doctor`: silent on a healthy shop, exit 1 and the difference on any other.

use serde_json::Value;

use crate::import::{import, maru};
use crate::support::on_both;

const FILE: &[u8] = b"Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\nmug,Mug,M1,5,100\n";

fn examine(url: &str) -> (Option<i32>, Value) {
    let output = maru(url, &["doctor", "--json"]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

on_both!(tells_each_kind_of_difference, |app| async move {
    import(&app, "", FILE).await;
    let url = app.database_url();
    let (code, report) = examine(&url);
    assert_eq!(
        (code, report["healthy"].as_bool(), report["differences"].as_array().map(Vec::len)),
        (Some(0), Some(true), Some(0)),
        "{report:#}"
    );

    let breaks = [
        ("UPDATE product_search SET listed_at = NULL", "product_search knows when products are listed"),
        ("UPDATE stock_levels SET on_hand = 7", "stock_levels.on_hand = movements"),
        ("UPDATE product_price_ranges SET max_amount = 900", "product_price_ranges = prices"),
        ("DELETE FROM product_price_ranges", "product_price_ranges = prices"),
        ("DELETE FROM product_search", "product_search has every product"),
    ];
    for (damage, what) in breaks {
        crate::support::damage(&url, damage);
        let (code, report) = examine(&url);
        assert_eq!(code, Some(1), "{damage}: {report:#}");
        let told: Vec<_> = report["differences"].as_array().unwrap().iter().map(|d| d["what"].as_str().unwrap()).collect();
        assert!(told.contains(&what), "{damage}: {told:?}");
    }
    if url.starts_with("sqlite") {
        let misplaced =
            "INSERT INTO product_search (product_id, body) SELECT id, 'mug' FROM products; UPDATE product_search SET doc = 1 << 40";
        crate::support::damage(&url, misplaced);
        let (_, report) = examine(&url);
        let told = report["differences"].as_array().unwrap().iter().any(|d| d["what"] == "product_search is in the order of listing");
        assert!(told, "{report:#}");
        crate::support::damage(&url, "DELETE FROM product_search");
    }
    let text = String::from_utf8(maru(&url, &["doctor"]).stdout).unwrap();
    assert!(text.contains("product_search has every product: prod_") && text.ends_with("differences\n"), "{text}");
});

#[test]
fn says_when_the_schema_is_behind_or_the_database_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let url = format!("sqlite://{}", path.display());
    assert_eq!(maru(&url, &["doctor"]).status.code(), Some(3));
    assert!(!path.exists());
    std::fs::write(&path, b"").unwrap();
    let (code, report) = examine(&url);
    assert_eq!((code, report["healthy"].as_bool()), (Some(1), Some(false)));
    assert!(report["migrations_pending"].as_i64().unwrap() > 0);
}
