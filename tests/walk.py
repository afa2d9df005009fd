"""Buys something over REST and something over GraphQL, as an app would."""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid

BASE, ADMIN_KEY = sys.argv[1], sys.argv[2]
ADDRESS = {"name": "김마루", "country": "KR", "postal_code": "04524", "city": "서울", "line1": "세종대로 110"}


def call(method, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, {"Content-Type": "application/json", **headers}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")


def graphql(query, variables, **headers):
    answer = call("POST", "/store/graphql", {"query": query, "variables": variables}, **headers)
    if answer.get("errors"):
        sys.exit(f"GraphQL: {json.dumps(answer, ensure_ascii=False)}")
    return answer["data"]


def wait_until_ready():
    for _ in range(100):
        try:
            urllib.request.urlopen(BASE + "/readyz", timeout=1)
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("the server did not become ready")


def a_variant():
    products = call("GET", "/store/v1/products?in_stock=true&limit=20&sort=price_desc")["data"]
    product = call("GET", f"/store/v1/products/{products[0]['slug']}")
    return next(v["id"] for v in product["variants"] if v["available"])


def buy_over_rest():
    cart = call("POST", "/store/v1/carts", {"lines": [{"variant_id": a_variant(), "quantity": 1}], "email": "mina@example.com", "shipping_address": ADDRESS})
    token = {"Maru_Cart_Token": cart["token"]}
    options = call("GET", f"/store/v1/carts/{cart['id']}/shipping-options", **token)["data"]
    call("PUT", f"/store/v1/carts/{cart['id']}/shipping-method", {"shipping_option_id": options[0]["id"]}, **token)
    done = call("POST", f"/store/v1/carts/{cart['id']}/checkout", {"payment": {"provider": "test"}}, Idempotency_Key=str(uuid.uuid4()), **token)
    assert done["payment"]["status"] == "captured", done
    order = call("GET", f"/store/v1/orders/{done['order']['number']}", Maru_Order_Token=done["order"]["token"])
    assert order["status"] == "confirmed" and order["payment_status"] == "paid", order
    return order


def buy_over_graphql():
    address = {"name": ADDRESS["name"], "country": "KR", "postalCode": "04524", "city": ADDRESS["city"], "line1": ADDRESS["line1"]}
    create = """mutation($input: CartCreate!) { cartCreate(input: $input) { cart { id token totals { total { amount currency } } } userErrors { code message pointer } } }"""
    cart = graphql(create, {"input": {"lines": [{"variantId": a_variant(), "quantity": 1}], "email": "jun@example.com", "shippingAddress": address}})["cartCreate"]["cart"]
    token = {"Maru_Cart_Token": cart["token"]}
    options = call("GET", f"/store/v1/carts/{cart['id']}/shipping-options", **token)["data"]
    choose = """mutation($cart: ID!, $option: ID!) { cartShippingMethodSet(id: $cart, shippingOptionId: $option) { cart { id } userErrors { code message } } }"""
    graphql(choose, {"cart": cart["id"], "option": options[0]["id"]}, **token)
    checkout = """mutation($cart: ID!) { cartCheckout(id: $cart, input: { payment: { provider: "test" } }) { order { number status paymentStatus } payment { status } userErrors { code message pointer } } }"""
    done = graphql(checkout, {"cart": cart["id"]}, Idempotency_Key=str(uuid.uuid4()), **token)["cartCheckout"]
    assert done["userErrors"] == [] and done["payment"]["status"] == "CAPTURED", done
    return done["order"]


wait_until_ready()
rest, gql = buy_over_rest(), buy_over_graphql()
orders = call("GET", "/admin/v1/orders", Authorization=f"Bearer {ADMIN_KEY}")["data"]
assert {rest["number"], gql["number"]} <= {o["number"] for o in orders}
print(f"   bought {rest['number']} over REST and {gql['number']} over GraphQL")
