#!/usr/bin/env bash
# Buys the first product in stock of a demo shop, step by step, with curl and no other tool.
set -euo pipefail
base="${1:-http://127.0.0.1:8080}"
json=(-H 'Content-Type: application/json')
first() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; } # the first text of that name

slug="$(curl -sf "$base/store/v1/products?in_stock=true&limit=1" | first slug)"
variant="$(curl -sf "$base/store/v1/products/$slug" | grep -o 'var_[0-9a-z]*' | head -n 1)"
echo "buying $slug ($variant)"

cart="$(curl -sf "$base/store/v1/carts" "${json[@]}" -d '{
  "lines": [{"variant_id": "'"$variant"'", "quantity": 1}],
  "email": "mina@example.com",
  "shipping_address": {"name": "김마루", "country": "KR", "postal_code": "04524", "city": "서울", "line1": "세종대로 110"}
}')"
id="$(grep -o 'cart_[0-9a-z]*' <<<"$cart" | head -n 1)"
token=(-H "Maru-Cart-Token: $(first token <<<"$cart")")

option="$(curl -sf "$base/store/v1/carts/$id/shipping-options" "${token[@]}" | grep -o 'ship_[0-9a-z]*' | head -n 1)"
curl -sf -X PUT "$base/store/v1/carts/$id/shipping-method" "${token[@]}" "${json[@]}" -d '{"shipping_option_id": "'"$option"'"}' >/dev/null

# The key makes a retry safe: the same key and body give the same order, never a second one.
key="$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)"
order="$(curl -sf "$base/store/v1/carts/$id/checkout" "${token[@]}" "${json[@]}" -H "Idempotency-Key: $key" -d '{"payment": {"provider": "test"}}')"
echo "order $(first number <<<"$order"): $(first status <<<"$order"), payment $(first payment_status <<<"$order")"
