//! What can be done, and what of it comes next.

use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    List,
    Product,
    Search,
    Cart,
    Checkout,
    BuyNow,
    Mixed,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Api {
    Rest,
    Graphql,
}

impl std::fmt::Display for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Rest { "REST" } else { "GraphQL" })
    }
}

impl Workload {
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// Whether it writes with variants.
    pub fn buys(self) -> bool {
        !matches!(self, Self::List | Self::Product | Self::Search)
    }

    /// The rows that it counts in.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::List => &["list"],
            Self::Product => &["product"],
            Self::Search => &["search"],
            Self::Cart => &["cart"],
            Self::Checkout => &["checkout"],
            Self::BuyNow => &["buy-now"],
            Self::Mixed => &["mixed"],
        }
    }

    /// One of a mix: 30 list, 40 product, 20 search, 7 cart, 3 checkout.
    pub fn of_mix(dice: &mut Dice) -> (Self, &'static [&'static str]) {
        match dice.below(100) {
            0..30 => (Self::List, &["reads", "list"]),
            30..70 => (Self::Product, &["reads", "product"]),
            70..90 => (Self::Search, &["reads", "search"]),
            90..97 => (Self::Cart, &["writes", "cart"]),
            _ => (Self::Checkout, &["writes", "checkout"]),
        }
    }
}

/// Small numbers without order (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * end as u128) >> 64) as usize
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
