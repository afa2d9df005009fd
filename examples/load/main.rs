#![allow(
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool, not the server"
)]
//! Loads a running shop and tells how fast it was: `cargo run --release --example load -- WORKLOAD [flags]`.
//! It shares the machine with the server, so it spends little: prebuilt requests, a client of its own, two
//! threads. It starts no server, and loads other machines only with `--allow-remote`. Exit codes: 0 all
//! answers were good, 1 some were not, 2 it could not begin.

mod driver;
mod flash;
mod floor;
mod http;
mod limits;
mod plan;
mod report;
mod shop;
mod work;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use driver::Pace;
use http::Target;
use plan::{Api, Workload};
use report::{Report, Summary};
use shop::Shop;
use work::Work;

/// Load a running Maru shop.
#[derive(Parser)]
struct Options {
    /// What to do again and again.
    workload: Command,
    #[arg(long, value_enum, default_value = "rest")]
    api: Api,
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    base: String,
    /// Calls at once.
    #[arg(long, visible_alias = "clients", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Threads of this tool.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=2))]
    threads: u32,
    /// Begin so many a second whatever the answers do (open loop): latency counts from when a call was due.
    #[arg(long)]
    rate: Option<f64>,
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds before the counting begins.
    #[arg(long, default_value_t = 1.0)]
    warmup: f64,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Load a machine that is not this one.
    #[arg(long)]
    allow_remote: bool,
    /// What reads accept, such as gzip; writes are never compressed.
    #[arg(long)]
    accept_encoding: Option<String>,
    /// A secret key (msk_...) that may read and write stock: for --restock and flash-sale.
    #[arg(long)]
    admin_key: Option<String>,
    /// First put 1,000,000 more of each variant that is written with on the shelf.
    #[arg(long)]
    restock: bool,
    /// Products that are read.
    #[arg(long, default_value_t = 500)]
    products: usize,
    /// Variants that are bought.
    #[arg(long, default_value_t = 200)]
    variants: usize,
    /// How orders are paid: `test` is a gateway that is called between two transactions, `bank_transfer` needs nobody and
    /// one transaction.
    #[arg(long, default_value = "test")]
    payment: String,
    /// How many there are to buy in a flash-sale.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    stock: u32,
    /// For limits: measure the least checkout transaction too, in a schema or file beside what is there
    /// (sqlite://path or postgres://...).
    #[arg(long)]
    database: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Command {
    /// 20 products, newest first.
    List,
    /// A product's page.
    Product,
    /// 20 products with a word of a title.
    Search,
    /// A cart with one line.
    Cart,
    /// A cart with everything, its checkout with the sandbox provider, the order: three calls.
    Checkout,
    /// An order in one call.
    BuyNow,
    /// Everybody buys the same variant until it is sold out. Needs --admin-key.
    FlashSale,
    /// 90 % reads (list, product, search), 10 % writes (cart, checkout).
    Mixed,
    /// What is possible here: the same bytes from a bare server, the least checkout transaction.
    Limits,
}

impl Options {
    fn pace(&self) -> Pace {
        Pace {
            connections: self.connections as usize,
            threads: self.threads as usize,
            rate: self.rate,
            seconds: self.seconds,
            warmup: self.warmup,
        }
    }

    fn summary(&self, name: &str) -> Summary {
        Summary {
            workload: name.to_owned(),
            api: self.api.to_string(),
            connections: self.connections,
            rate: self.rate,
            seconds: self.seconds,
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(report) => {
            report.print(options.json);
            if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(why) => {
            eprintln!("load: {why}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<Report, String> {
    let positive = |value: f64| value.is_finite() && value > 0.0;
    if !positive(options.seconds) || options.warmup < 0.0 || options.rate.is_some_and(|rate| !positive(rate)) {
        return Err("--seconds and --rate are above 0, --warmup is not below".to_owned());
    }
    let target = Target::of(&options.base, options.allow_remote)?;
    let workload = match options.workload {
        Command::FlashSale => return flash::run(options, &target),
        Command::Limits => return limits::run(options, &target),
        Command::List => Workload::List,
        Command::Product => Workload::Product,
        Command::Search => Workload::Search,
        Command::Cart => Workload::Cart,
        Command::Checkout => Workload::Checkout,
        Command::BuyNow => Workload::BuyNow,
        Command::Mixed => Workload::Mixed,
    };
    let shop = open(options, &target, workload.buys())?;
    let mut work = Work::new(target, shop, options.api, options.accept_encoding.as_deref());
    work.payment.clone_from(&options.payment);
    if workload == Workload::BuyNow {
        driver::alone(work.learn());
    }
    let tally = driver::run(&work, workload, &options.pace());
    Ok(Report::of(options.summary(workload.name()), tally))
}

/// Looks round the shop, and fills its shelves if asked.
fn open(options: &Options, target: &Target, buys: bool) -> Result<Shop, String> {
    let variants = if buys { options.variants } else { 0 };
    let key = options.admin_key.as_deref();
    driver::alone(async {
        let mut shop = Shop::open(target, options.products, variants, options.restock).await?;
        if options.restock && buys {
            shop.restock(target, key.ok_or("--restock needs --admin-key")?).await?;
        }
        if buys {
            shop.find_shipping(target).await?;
        }
        Ok(shop)
    })
}
