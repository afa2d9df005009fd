//! A flash sale: there are so many of one variant, and everybody buys until it is sold out. As many are sold
//! as there were, not one more.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::{self, Pace};
use super::http::{Target, Wire};
use super::report::{Report, Tally};
use super::shop::{self, Level, Shop};
use super::work::Work;
use super::{Options, open};

/// A sale that takes longer is given up.
const LONGEST: Duration = Duration::from_secs(600);
/// A buyer who is refused so often for other reasons gives up.
const PATIENCE: u32 = 200;
/// What those are told who come too late.
const SOLD_OUT: &str = "insufficient_stock";

pub fn run(options: &Options, target: &Target) -> Result<Report, String> {
    let key = options.admin_key.as_deref().ok_or("flash-sale needs --admin-key: it sets what is there to buy")?;
    let found = open(options, target, true)?;
    let (variant, before) = driver::alone(prepare(target, key, &found, options.stock.into()))?;
    let mut work = Work::new(target.clone(), found, options.api, None);
    work.payment.clone_from(&options.payment);
    driver::alone(work.learn());
    let pace = options.pace();
    let mut tally = sell(&work, &variant, &pace);
    let after = driver::alone(async { shop::levels(&mut Wire::new(target), target, key, &variant).await })?;
    // The sold-out answer is what a sale is for, and no error.
    let sold = tally.rows.get("sold").map_or(0, |row| row.count());
    let rate = tally.rate("sold");
    tally.row("sold");
    let held = sum(&after, |level| level.reserved) - sum(&before, |level| level.reserved);
    let free = sum(&after, |level| level.on_hand - level.reserved);
    let p99 = |name: &str| tally.rows.get(name).map_or(0.0, |row| row.millis(0.99));
    let (p99_sold, p99_refused) = (p99("sold"), p99("refused"));
    let seconds = (tally.seconds * 1000.0).round() / 1000.0;
    let mut report = Report::of(options.summary("flash-sale"), tally);
    report.summary.seconds = seconds;
    let wanted = u64::from(options.stock);
    if sold != wanted {
        report.wrong.push(format!("{sold} were sold, there were {wanted}"));
    }
    if (held, free) != (i64::from(options.stock), 0) {
        report.wrong.push(format!("the shop holds {held} for the orders and has {free} left"));
    }
    report.notes.push(format!("{sold} of {wanted} sold, {rate:.1}/s; p99 {p99_sold:.3} ms sold, {p99_refused:.3} ms refused"));
    report.more = json!({"variant": variant, "stock": wanted, "sold": sold, "sold_per_second": rate, "held": held, "left": free});
    Ok(report)
}

fn sum(levels: &[Level], of: impl Fn(&Level) -> i64) -> i64 {
    levels.iter().map(of).sum()
}

/// Picks a variant whose stock is counted, and sets what is free of it; answers it with its levels.
async fn prepare(target: &Target, key: &str, shop: &Shop, stock: i64) -> Result<(String, Vec<Level>), String> {
    let mut wire = Wire::new(target);
    for variant in &shop.variants {
        let found = shop::get(&mut wire, target, &format!("/admin/v1/variants/{variant}"), Some(key)).await?;
        if found["track_inventory"] != true || found["backorder"] != false || !found["max_per_order"].is_null() {
            continue;
        }
        let levels = shop::levels(&mut wire, target, key, variant).await?;
        let Some(first) = levels.first().map(|level| level.location.clone()) else { continue };
        for level in levels {
            let wanted = if level.location == first { stock } else { 0 };
            let delta = wanted + level.reserved - level.on_hand;
            shop::adjust(&mut wire, target, key, variant, &level.location, delta).await?;
        }
        let levels = shop::levels(&mut wire, target, key, variant).await?;
        return Ok((variant.clone(), levels));
    }
    Err("no variant's stock is counted".to_owned())
}

#[derive(Default)]
struct Till {
    tally: Tally,
    last_sale: Option<Instant>,
}

fn sell(work: &Work, variant: &str, pace: &Pace) -> Tally {
    let began = Instant::now();
    let (tills, hung) = driver::spread(pace, began + LONGEST, |till: Rc<RefCell<Till>>, _| buyer(work, variant, till));
    let last = tills.iter().filter_map(|till| till.last_sale).max();
    let mut whole = Tally::default();
    tills.into_iter().for_each(|till| whole.add(till.tally));
    whole.seconds = last.map_or_else(|| began.elapsed(), |last| last.duration_since(began)).as_secs_f64();
    if hung > 0 {
        let fault = super::http::Fault::new("no_answer", "the sale took too long");
        (0..hung).for_each(|_| whole.failed("hung", &fault));
    }
    whole
}

async fn buyer(work: &Work, variant: &str, till: Rc<RefCell<Till>>) {
    let mut wire = Wire::new(&work.target);
    let mut patience = PATIENCE;
    loop {
        let began = Instant::now();
        let done = work.buy(&mut wire, variant).await;
        let elapsed = began.elapsed();
        let mut till = till.borrow_mut();
        match done {
            Ok(()) => {
                till.tally.done("sold", elapsed);
                till.last_sale = Some(Instant::now());
            }
            Err(fault) if fault.code == SOLD_OUT => return till.tally.done("refused", elapsed),
            Err(fault) => {
                till.tally.failed("failed", &fault);
                patience -= 1;
                if patience == 0 {
                    return;
                }
            }
        }
    }
}
