//! What is done again and again, by REST and by GraphQL.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http::{Answer, Fault, Target, Wire};
use super::plan::{Api, Dice, Workload};
use super::shop::{Shop, address, encode};

/// Calls ready to be made.
pub struct Work {
    pub target: Target,
    pub shop: Shop,
    api: Api,
    pub lists: Vec<Vec<u8>>,
    pub products: Vec<Vec<u8>>,
    pub searches: Vec<Vec<u8>>,
    address: Value,
    /// The type of the input of `buyNow`.
    pub buy_now_input: String,
    /// The provider that orders are paid with.
    pub payment: String,
}

const IMAGE: &str = "{ id url alt type width height }";
const MONEY: &str = "{ amount currency }";

fn list_fields() -> String {
    format!(
        "{{ nodes {{ id slug title brand tags image {IMAGE} priceRange {{ min {MONEY} max {MONEY} }} compareAtPrice {MONEY} available \
         publishedAt createdAt updatedAt }} pageInfo {{ endCursor hasNextPage }} }}"
    )
}

fn product_fields() -> String {
    format!(
        "{{ id slug title description brand productType tags categories {{ id name slug }} breadcrumbs {{ id name slug }} \
         collections {{ id slug title }} options {{ id name values {{ id value }} }} variants {{ id sku barcode title \
         optionValues {{ option value }} price {MONEY} compareAtPrice {MONEY} available quantityAvailable weightGrams requiresShipping \
         taxable maxPerOrder mediaId metadata }} media {IMAGE} priceRange {{ min {MONEY} max {MONEY} }} compareAtPrice {MONEY} available \
         seo {{ title description }} metadata publishedAt version createdAt updatedAt }}"
    )
}

const CART_CREATE: &str = "mutation($input: CartCreate) { cartCreate(input: $input) { cart { id token version lines { id variantId quantity } totals { total { amount currency } } } userErrors { code message pointer } } }";
const CART_CHECKOUT: &str = "mutation($id: ID!, $token: String, $input: CheckoutInput!) { cartCheckout(id: $id, token: $token, input: $input) { order { id token number paymentStatus } payment { id status } userErrors { code message pointer } } }";
const ORDER: &str = "query($id: ID!, $token: String) { order(id: $id, token: $token) { id number status paymentStatus lines { id title quantity total { amount currency } } totals { total { amount currency } } } }";

impl Work {
    pub fn new(target: Target, shop: Shop, api: Api, accept_encoding: Option<&str>) -> Self {
        let accept: Vec<(&str, &str)> = accept_encoding.map(|value| ("Accept-Encoding", value)).into_iter().collect();
        let read = |path: String| target.request("GET", &path, &accept, None);
        let ask = |query: String, variables: Value| {
            let body = json!({"query": query, "variables": variables}).to_string();
            target.request("POST", "/store/graphql", &accept, Some(body.as_bytes()))
        };
        let (lists, products, searches) = match api {
            Api::Rest => (
                vec![read("/store/v1/products?limit=20".to_owned())],
                shop.slugs.iter().map(|slug| read(format!("/store/v1/products/{}", encode(slug)))).collect(),
                shop.words.iter().map(|word| read(format!("/store/v1/products?limit=20&q={}", encode(word)))).collect(),
            ),
            Api::Graphql => {
                let (list, product) = (list_fields(), product_fields());
                let search = format!("query($q: String!) {{ products(first: 20, filter: {{q: $q}}) {list} }}");
                let one = format!("query($slug: String!) {{ product(slug: $slug) {product} }}");
                (
                    vec![ask(format!("{{ products(first: 20) {list} }}"), json!({}))],
                    shop.slugs.iter().map(|slug| ask(one.clone(), json!({"slug": slug}))).collect(),
                    shop.words.iter().map(|word| ask(search.clone(), json!({"q": word}))).collect(),
                )
            }
        };
        let mut address = address();
        if api == Api::Graphql {
            let code = address.as_object_mut().and_then(|a| a.remove("postal_code"));
            address["postalCode"] = code.unwrap_or_default();
        }
        Self { target, shop, api, lists, products, searches, address, buy_now_input: "BuyNowInput".to_owned(), payment: "test".to_owned() }
    }

    /// Does it once: the rows that it counts in, and what came of it; `steps` gets the calls of which it was made.
    pub async fn once(
        &self,
        workload: Workload,
        wire: &mut Wire,
        dice: &mut Dice,
        steps: &mut Vec<(&'static str, Duration)>,
    ) -> (&'static [&'static str], Result<(), Fault>) {
        let (one, names) = if workload == Workload::Mixed { Workload::of_mix(dice) } else { (workload, workload.names()) };
        let done = match one {
            Workload::List => self.read(wire, dice.pick::<Vec<u8>>(&self.lists)).await,
            Workload::Product => self.read(wire, dice.pick::<Vec<u8>>(&self.products)).await,
            Workload::Search => self.read(wire, dice.pick::<Vec<u8>>(&self.searches)).await,
            Workload::Cart => self.cart(wire, json!({"lines": self.lines(dice)})).await.map(drop),
            Workload::BuyNow => self.buy(wire, dice.pick::<String>(&self.shop.variants)).await,
            Workload::Checkout | Workload::Mixed => self.checkout(wire, dice, steps).await,
        };
        (names, done)
    }

    async fn read(&self, wire: &mut Wire, request: &[u8]) -> Result<(), Fault> {
        let answer = wire.call(request).await?;
        if answer.status == 200 && (self.api == Api::Rest || answer.is_encoded || is_data(answer.body)) {
            Ok(())
        } else {
            Err(refused(&answer))
        }
    }

    async fn cart(&self, wire: &mut Wire, input: Value) -> Result<Value, Fault> {
        match self.api {
            Api::Rest => self.post(wire, "/store/v1/carts", &[], &input).await,
            Api::Graphql => Ok(self.graphql(wire, CART_CREATE, json!({"input": input}), &[]).await?["cart"].take()),
        }
    }

    async fn checkout(&self, wire: &mut Wire, dice: &mut Dice, steps: &mut Vec<(&'static str, Duration)>) -> Result<(), Fault> {
        let began = Instant::now();
        let mut input = self.purchase(self.lines(dice));
        input.as_object_mut().map(|input| (input.remove("payment"), input.remove("codes")));
        let cart = self.cart(wire, input).await?;
        let created = Instant::now();
        let (id, token) = (text(&cart["id"])?, text(&cart["token"])?);
        let key = uuid::Uuid::new_v4().to_string();
        let key = ("Idempotency-Key", key.as_str());
        let pay = json!({"payment": {"provider": self.payment}});
        let done = match self.api {
            Api::Rest => self.post(wire, &format!("/store/v1/carts/{id}/checkout"), &[("Maru-Cart-Token", token), key], &pay).await?,
            Api::Graphql => self.graphql(wire, CART_CHECKOUT, json!({"id": id, "token": token, "input": pay}), &[key]).await?,
        };
        let placed = Instant::now();
        let (id, token) = (text(&done["order"]["id"])?, text(&done["order"]["token"])?);
        let order = match self.api {
            Api::Rest => {
                let request = self.target.request("GET", &format!("/store/v1/orders/{id}"), &[("Maru-Order-Token", token)], None);
                wire.json(&request).await?
            }
            Api::Graphql => self.graphql(wire, ORDER, json!({"id": id, "token": token}), &[]).await?,
        };
        steps.extend([("checkout 1 cart", created - began), ("checkout 2 pay", placed - created), ("checkout 3 order", placed.elapsed())]);
        paid(&order)
    }

    /// Buys one of a variant in one call.
    pub async fn buy(&self, wire: &mut Wire, variant: &str) -> Result<(), Fault> {
        let key = uuid::Uuid::new_v4().to_string();
        let key = ("Idempotency-Key", key.as_str());
        let input = self.purchase(self.line(variant));
        let done = match self.api {
            Api::Rest => self.post(wire, "/store/v1/buy-now", &[key], &input).await?,
            Api::Graphql => {
                let kind = &self.buy_now_input;
                let query = format!(
                    "mutation($input: {kind}!) {{ buyNow(input: $input) {{ order {{ id token number paymentStatus }} payment {{ id status }} \
                     userErrors {{ code message pointer }} }} }}"
                );
                self.graphql(wire, &query, json!({"input": input}), &[key]).await?
            }
        };
        paid(&done["order"])
    }

    fn lines(&self, dice: &mut Dice) -> Value {
        self.line(dice.pick::<String>(&self.shop.variants))
    }

    fn line(&self, variant: &str) -> Value {
        let name = if self.api == Api::Rest { "variant_id" } else { "variantId" };
        json!([{name: variant, "quantity": 1}])
    }

    fn purchase(&self, lines: Value) -> Value {
        let (address, option) = (&self.address, &self.shop.shipping_option);
        let (common, payment) = ("mina@example.com", json!({"provider": self.payment}));
        match self.api {
            Api::Rest => {
                json!({"lines": lines, "email": common, "shipping_address": address, "shipping_option_id": option, "codes": [], "payment": payment})
            }
            Api::Graphql => {
                json!({"lines": lines, "email": common, "shippingAddress": address, "shippingOptionId": option, "codes": [], "payment": payment})
            }
        }
    }

    async fn post(&self, wire: &mut Wire, path: &str, headers: &[(&str, &str)], body: &Value) -> Result<Value, Fault> {
        wire.json(&self.target.request("POST", path, headers, Some(body.to_string().as_bytes()))).await
    }

    /// A GraphQL call of one field: what it answered.
    async fn graphql(&self, wire: &mut Wire, query: &str, variables: Value, headers: &[(&str, &str)]) -> Result<Value, Fault> {
        let body = json!({"query": query, "variables": variables}).to_string();
        let request = self.target.request("POST", "/store/graphql", headers, Some(body.as_bytes()));
        let mut answer = wire.json(&request).await?;
        if let Some(fault) = graphql_fault(&answer) {
            return Err(fault);
        }
        let field = answer["data"].as_object_mut().and_then(|data| data.values_mut().next()).map(Value::take);
        field.filter(|field| !field.is_null()).ok_or_else(|| Fault::new("null", answer.to_string()))
    }

    /// Learns what `buyNow` takes from the schema.
    pub async fn learn(&mut self) {
        let query = r#"{ __type(name: "Mutation") { fields { name args { name type { name ofType { name } } } } } }"#;
        let mut wire = Wire::new(&self.target);
        let Ok(found) = self.graphql(&mut wire, query, json!({}), &[]).await else { return };
        let fields = found["fields"].as_array().into_iter().flatten();
        let input = fields.filter(|f| f["name"] == "buyNow").flat_map(|f| f["args"].as_array()).flatten().find(|a| a["name"] == "input");
        if let Some(name) = input.and_then(|a| a["type"]["ofType"]["name"].as_str().or(a["type"]["name"].as_str())) {
            self.buy_now_input = name.to_owned();
        }
    }
}

/// Whether a GraphQL answer has its data and no errors: by its ends, since reads are not parsed.
fn is_data(body: &[u8]) -> bool {
    body.starts_with(b"{\"data\":{\"") && body.ends_with(b"}}") && !body.ends_with(b":null}}")
}

fn refused(answer: &Answer) -> Fault {
    let parsed: Value = serde_json::from_slice(answer.body).unwrap_or_default();
    graphql_fault(&parsed).unwrap_or_else(|| answer.fault())
}

fn graphql_fault(answer: &Value) -> Option<Fault> {
    if let Some(error) = answer["errors"].get(0) {
        return Some(Fault::new(error["extensions"]["code"].as_str().unwrap_or("graphql"), error.to_string()));
    }
    let error = answer["data"].as_object()?.values().next()?["userErrors"].get(0)?;
    Some(Fault::new(error["code"].as_str().unwrap_or("user_error"), error.to_string()))
}

/// Whether the order is paid, or told where to pay.
fn paid(order: &Value) -> Result<(), Fault> {
    let status = order["payment_status"].as_str().or(order["paymentStatus"].as_str()).unwrap_or_default();
    if status.eq_ignore_ascii_case("paid") || status.eq_ignore_ascii_case("awaiting_deposit") {
        Ok(())
    } else {
        Err(Fault::new("not_paid", order.to_string()))
    }
}

fn text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| Fault::new("not_a_text", value.to_string()))
}
