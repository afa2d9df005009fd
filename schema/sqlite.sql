CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head WHEN NEW.seq < OLD.seq BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER product_search_delete AFTER DELETE ON product_search BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
END;
CREATE TRIGGER product_search_insert AFTER INSERT ON product_search BEGIN
    UPDATE product_search SET doc = coalesce((
        SELECT placed.doc + 1 FROM product_search placed
        WHERE placed.doc BETWEEN max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824
            AND max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824 + 1073741823
            AND placed.doc <> new.doc
        ORDER BY placed.doc DESC LIMIT 1
    ), max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824) WHERE doc = new.doc;
    INSERT INTO product_search_index (rowid, body) SELECT doc, body FROM product_search WHERE product_id = new.product_id;
END;
CREATE TRIGGER product_search_update AFTER UPDATE OF body, listed_at ON product_search
WHEN old.body IS NOT new.body OR coalesce(old.listed_at, 0) / 1000000 <> coalesce(new.listed_at, 0) / 1000000 BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
    UPDATE product_search SET doc = coalesce((
        SELECT placed.doc + 1 FROM product_search placed
        WHERE placed.doc BETWEEN max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824
            AND max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824 + 1073741823
            AND placed.doc <> new.doc
        ORDER BY placed.doc DESC LIMIT 1
    ), max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824) WHERE doc = new.doc;
    INSERT INTO product_search_index (rowid, body) SELECT doc, body FROM product_search WHERE product_id = new.product_id;
END;
CREATE TABLE account_tokens (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('registration', 'password_reset', 'email_change_old', 'email_change_new')),
    hash text NOT NULL UNIQUE,           -- SHA-256, hex
    subject_kind text NOT NULL CHECK (subject_kind IN ('customer', 'staff')),
    subject_id uuid,                     -- null: nobody yet, or nobody at all
    email_key text NOT NULL,
    change_id uuid,                      -- both halves of a change of address
    payload text NOT NULL,               -- JSON
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE answered_challenges (
    hash text PRIMARY KEY,               -- SHA-256, hex
    expires_at timestamptz NOT NULL
);
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('secret', 'publishable')),
    name text NOT NULL,
    hint text NOT NULL,                  -- the first characters, to recognise it in a list
    hash text NOT NULL UNIQUE,           -- SHA-256, hex
    permissions text NOT NULL,           -- JSON array
    channel_id uuid REFERENCES channels (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
, allowed_networks text NOT NULL DEFAULT '[]', replaced_by uuid REFERENCES api_keys (id), created_by text);
CREATE TABLE audit_head (
    name text PRIMARY KEY CHECK (name = 'head'),
    seq bigint NOT NULL,
    hash text NOT NULL
);
CREATE TABLE audit_log (
    seq bigint PRIMARY KEY,              -- 1, 2, 3, ...: no number is missing
    id uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    actor text NOT NULL,                 -- key_..., system:jobs, system:operator
    address text,                        -- where from; null: the server itself
    operation text NOT NULL,             -- what was called
    type text NOT NULL,                  -- what happened
    subject text,                        -- to what
    before text,                         -- JSON, secrets and personal data masked; null: not there, or not known
    after text NOT NULL,                 -- JSON, likewise
    request_id text NOT NULL,
    hash text NOT NULL                   -- SHA-256, hex
);
CREATE TABLE cart_lines (
    id uuid PRIMARY KEY,
    cart_id uuid NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    variant_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_price bigint NOT NULL,          -- as the customer last saw it
    metadata text NOT NULL,              -- JSON object of strings
    created_at timestamptz NOT NULL,
    UNIQUE (cart_id, variant_id)
);
CREATE TABLE carts (
    id uuid PRIMARY KEY,
    token_hash text NOT NULL,            -- SHA-256, hex
    channel_id uuid NOT NULL,            -- no foreign key: no channel is ever deleted, and on PostgreSQL its check locks the
                                         -- one channel's row for each new cart (an eighth of what carts a second there can be)
    currency text NOT NULL,
    locale text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'completed', 'expired')),
    email text,
    shipping_address text,               -- JSON
    billing_address text,                -- JSON
    shipping_option_id uuid,
    codes text NOT NULL,                 -- JSON array
    order_id uuid,
    metadata text NOT NULL,              -- JSON object of strings
    private_metadata text NOT NULL,      -- JSON object of strings
    version integer NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
, customer_id uuid);
CREATE TABLE categories (
    id uuid PRIMARY KEY,
    parent_id uuid REFERENCES categories (id),
    slug text NOT NULL UNIQUE,
    external_key text UNIQUE,
    name text NOT NULL,
    names text NOT NULL,                 -- JSON, by locale: the light part of translations
    description text NOT NULL,           -- sanitised HTML
    position integer NOT NULL,
    seo text NOT NULL,                   -- JSON
    translations text NOT NULL,          -- JSON, by locale
    metadata text NOT NULL,              -- JSON object of strings
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE category_ancestors (
    category_id uuid NOT NULL REFERENCES categories (id) ON DELETE CASCADE,
    ancestor_id uuid NOT NULL REFERENCES categories (id) ON DELETE CASCADE,
    depth integer NOT NULL,
    PRIMARY KEY (category_id, ancestor_id)
);
CREATE TABLE channel_revisions (
    channel_id uuid PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    revision bigint NOT NULL
);
CREATE TABLE channel_stock_locations (
    channel_id uuid NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    location_id uuid NOT NULL REFERENCES stock_locations (id) ON DELETE CASCADE,
    PRIMARY KEY (channel_id, location_id)
);
CREATE TABLE channels (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    currency text NOT NULL CHECK (length(currency) = 3),
    default_locale text NOT NULL,
    locales text NOT NULL,               -- JSON array
    countries text NOT NULL,             -- JSON array of ISO 3166-1 alpha-2
    time_zone_offset_minutes integer NOT NULL DEFAULT 0,
    prices_include_tax boolean NOT NULL,
    payment_providers text NOT NULL,     -- JSON array
    is_default boolean NOT NULL,
    active boolean NOT NULL,
    order_expiry_minutes integer NOT NULL CHECK (order_expiry_minutes > 0),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
, allowed_origins text NOT NULL DEFAULT '[]');
CREATE TABLE collection_products (
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    position integer NOT NULL,
    PRIMARY KEY (collection_id, product_id)
);
CREATE TABLE collections (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    external_key text UNIQUE,
    title text NOT NULL,
    titles text NOT NULL,                -- JSON, by locale: the light part of translations
    description text NOT NULL,           -- sanitised HTML
    published boolean NOT NULL,
    image text,                          -- JSON
    seo text NOT NULL,                   -- JSON
    translations text NOT NULL,          -- JSON, by locale
    metadata text NOT NULL,              -- JSON object of strings
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE customer_addresses (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    label text,
    address text NOT NULL,               -- JSON
    is_default_shipping boolean NOT NULL,
    is_default_billing boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE customer_consents (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    granted boolean NOT NULL,
    source text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE customer_identities (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    provider text NOT NULL,              -- its name in the configuration when it was linked
    issuer text NOT NULL,
    subject text NOT NULL,
    email text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE TABLE customers (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'erased')),
    email text,                          -- as it was written; null once erased
    email_key text UNIQUE,               -- the same in lower case and NFKC: what is looked up
    email_verified_at timestamptz,
    name text,
    phone text,
    locale text,
    password_hash text,                  -- PHC string, or what another system wrote until the next log-in; null: none
    password_changed_at timestamptz NOT NULL,
    consents text NOT NULL,              -- JSON: how marketing consent stands now; customer_consents has its history
    metadata text NOT NULL,              -- JSON object of strings
    private_metadata text NOT NULL,      -- JSON object of strings
    version integer NOT NULL,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    erased_at timestamptz
, login_phone text, login_phone_verified_at timestamptz, last_seen_at timestamptz, inactive_noticed_at timestamptz, separated_at timestamptz);
CREATE TABLE events (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    subject uuid,
    data text NOT NULL,                  -- JSON
    created_at timestamptz NOT NULL
);
CREATE TABLE idempotency_keys (
    id text PRIMARY KEY,                 -- SHA-256 of caller and key
    operation text NOT NULL,
    input_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'done')),
    resource_id uuid,                    -- what a half-finished flow made, to go on from
    answer text,                         -- JSON, without secrets
    locked_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE identity_verifications (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    provider text NOT NULL,
    method text,
    status text NOT NULL CHECK (status IN ('started', 'verified', 'refused')),
    failure text,                        -- why it was refused: a code, nothing about the person
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    unique_key text UNIQUE,              -- a schedule's slot: two instances cannot both take it
    payload text NOT NULL,               -- JSON
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    run_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    locked_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE TABLE login_failures (
    account_key text PRIMARY KEY,        -- a digest of the kind of subject, the name, and the device if it is known
    failures integer NOT NULL CHECK (failures > 0),
    blocked_until timestamptz,
    last_failed_at timestamptz NOT NULL
);
CREATE TABLE mails (
    id uuid PRIMARY KEY,
    template text NOT NULL,
    locale text NOT NULL,
    recipient text NOT NULL,
    token_id uuid,
    data text NOT NULL,                  -- JSON
    state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'withheld')),
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
, channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms')), not_after timestamptz, provider_reference text, recipient_key text NOT NULL DEFAULT '');
CREATE TABLE operation_uploads (
    operation_id uuid NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    position integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (operation_id, position)
);
CREATE TABLE operations (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('uploading', 'queued', 'running', 'succeeded', 'failed')),
    done bigint NOT NULL,
    total bigint,
    parameters text NOT NULL,            -- JSON
    result text,                         -- JSON
    error text,                          -- JSON
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE order_lines (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    position integer NOT NULL,
    variant_id uuid NOT NULL,
    product_id uuid NOT NULL,
    product_slug text NOT NULL,
    sku text,
    product_title text NOT NULL,
    variant_title text NOT NULL,
    image_url text,
    quantity integer NOT NULL CHECK (quantity > 0),
    fulfilled_quantity integer NOT NULL CHECK (fulfilled_quantity >= 0),
    refunded_quantity integer NOT NULL CHECK (refunded_quantity >= 0 AND refunded_quantity <= quantity),
    cancelled_quantity integer NOT NULL CHECK (cancelled_quantity >= 0), -- the part refunded before it shipped: never to be shipped
    unit_price bigint NOT NULL CHECK (unit_price >= 0),
    subtotal bigint NOT NULL CHECK (subtotal >= 0),
    discount bigint NOT NULL CHECK (discount >= 0),
    tax bigint NOT NULL CHECK (tax >= 0),
    total bigint NOT NULL CHECK (total >= 0),
    tax_rate_ppm integer NOT NULL,
    weight_grams integer NOT NULL,
    requires_shipping boolean NOT NULL,
    track_inventory boolean NOT NULL,
    backorder boolean NOT NULL,
    metadata text NOT NULL,              -- JSON object of strings
    CONSTRAINT order_lines_fulfilled CHECK (fulfilled_quantity + cancelled_quantity <= quantity)
);
CREATE TABLE order_timeline (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    position integer NOT NULL,
    kind text NOT NULL,
    data text NOT NULL,                  -- JSON
    actor text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (order_id, position)
);
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    token_hash text NOT NULL,
    channel_id uuid NOT NULL REFERENCES channels (id),
    cart_id uuid UNIQUE,                 -- a cart becomes one order at most
    currency text NOT NULL,
    locale text NOT NULL,
    email text NOT NULL,
    shipping_address text,               -- JSON
    billing_address text,                -- JSON
    status text NOT NULL CHECK (status IN ('pending', 'confirmed', 'completed', 'cancelled', 'expired')),
    payment_status text NOT NULL CHECK (payment_status IN ('unpaid', 'awaiting_deposit', 'authorized', 'paid', 'partially_refunded', 'refunded')),
    fulfilment_status text NOT NULL CHECK (fulfilment_status IN ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'delivered', 'returned')),
    subtotal bigint NOT NULL CHECK (subtotal >= 0),
    discount bigint NOT NULL CHECK (discount >= 0),
    shipping bigint NOT NULL CHECK (shipping >= 0),
    tax bigint NOT NULL CHECK (tax >= 0),
    total bigint NOT NULL CHECK (total >= 0),
    prices_include_tax boolean NOT NULL,
    shipping_option text,                -- JSON snapshot {id, name}
    discounts text NOT NULL,             -- JSON array of {code, promotion_id, amount}
    explain text NOT NULL,               -- JSON: every rule, rate and rounding that made the totals
    metadata text NOT NULL,              -- JSON object of strings
    private_metadata text NOT NULL,      -- JSON object of strings
    placed_at timestamptz NOT NULL,
    expires_at timestamptz,              -- while pending
    cancel_reason text,
    attention text NOT NULL,             -- JSON array: what staff should look at
    version integer NOT NULL,
    updated_at timestamptz NOT NULL
, customer_id uuid, retain_until timestamptz);
CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('customer', 'staff')),
    subject_id uuid NOT NULL,
    credential_id text NOT NULL UNIQUE,  -- the authenticator's name for it, base64url
    credential text NOT NULL,            -- JSON: the public key and what else its answers are checked against
    sign_count bigint NOT NULL,          -- of the last answer; stays 0 where the authenticator does not count
    backed_up boolean NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE TABLE payment_attempts (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments (id),
    kind text NOT NULL CHECK (kind IN ('create', 'confirm', 'capture', 'cancel', 'refund', 'inquire')),
    status text NOT NULL CHECK (status IN ('open', 'succeeded', 'failed', 'unknown')),
    amount bigint NOT NULL,
    response text,                       -- JSON
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE TABLE payment_entries (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments (id),
    kind text NOT NULL CHECK (kind IN ('deposit', 'capture', 'refund')),
    amount bigint NOT NULL,
    reference text,
    created_at timestamptz NOT NULL
);
CREATE TABLE payments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    provider text NOT NULL,
    method text NOT NULL,
    status text NOT NULL CHECK (status IN ('created', 'requires_action', 'awaiting_deposit', 'authorized', 'captured', 'failed', 'cancelled', 'unknown')),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    captured bigint NOT NULL CHECK (captured >= 0),
    refunded bigint NOT NULL CHECK (refunded >= 0),
    received bigint NOT NULL CHECK (received >= 0), -- deposits seen so far; may differ from amount
    provider_reference text,
    instructions text,                   -- JSON
    next_action text,                    -- JSON
    failure text,                        -- JSON
    due_at timestamptz,
    next_check_at timestamptz,           -- when to ask the provider about it, while its outcome is open
    checks integer NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- A gateway may have taken more than was asked: that payment has failed, and is given back.
    CONSTRAINT payments_captured CHECK (captured <= amount OR status IN ('failed', 'cancelled')),
    CONSTRAINT payments_refunded CHECK (refunded <= captured)
);
CREATE TABLE phone_codes (
    id uuid PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('log_in', 'change')),
    phone text NOT NULL,                 -- E.164
    hash text NOT NULL UNIQUE,           -- of the challenge that whoever asked was given: SHA-256, hex
    customer_id uuid,                    -- whose number is to change; null: whoever logs in
    asked_from text NOT NULL,            -- a keyed digest: the known device, or the network
    attempts integer NOT NULL CHECK (attempts >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE prices (
    variant_id uuid NOT NULL REFERENCES variants (id) ON DELETE CASCADE,
    currency text NOT NULL CHECK (length(currency) = 3),
    amount bigint NOT NULL CHECK (amount >= 0),
    compare_at bigint CHECK (compare_at >= 0),
    PRIMARY KEY (variant_id, currency)
);
CREATE TABLE product_categories (
    product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    category_id uuid NOT NULL REFERENCES categories (id) ON DELETE CASCADE,
    position integer NOT NULL,           -- the product's first category is its main one
    PRIMARY KEY (product_id, category_id)
);
CREATE TABLE product_price_ranges (
    product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    currency text NOT NULL,
    min_amount bigint NOT NULL,
    max_amount bigint NOT NULL,
    compare_at bigint,                   -- of the cheapest variant
    PRIMARY KEY (product_id, currency)
);
CREATE TABLE "product_search" (
    doc INTEGER PRIMARY KEY,
    product_id uuid NOT NULL UNIQUE REFERENCES products (id) ON DELETE CASCADE,
    body text NOT NULL,
    listed_at timestamptz
);
CREATE VIRTUAL TABLE product_search_index USING fts5 (body, content = 'product_search', content_rowid = 'doc', tokenize = "unicode61 remove_diacritics 0");
CREATE TABLE product_tags (
    product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    tag text NOT NULL,                   -- lower case
    PRIMARY KEY (product_id, tag)
);
CREATE TABLE products (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    external_key text UNIQUE,
    status text NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
    published_at timestamptz,            -- shown from this moment on; null: never scheduled, not shown
    title text NOT NULL,
    title_sort text NOT NULL,            -- lower case; ordered by code point on both databases
    titles text NOT NULL,                -- JSON, by locale: the light part of translations, for lists
    description text NOT NULL,           -- sanitised HTML
    brand text,
    product_type text,
    tax_class text NOT NULL,
    tags text NOT NULL,                  -- JSON array, as written; product_tags holds them for filters
    options text NOT NULL,               -- JSON
    media text NOT NULL,                 -- JSON
    image text,                          -- JSON: the first of media, for lists and carts
    seo text NOT NULL,                   -- JSON
    translations text NOT NULL,          -- JSON, by locale
    metadata text NOT NULL,              -- JSON object of strings
    private_metadata text NOT NULL,      -- JSON object of strings
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
, minimum_age integer CHECK (minimum_age BETWEEN 1 AND 150));
CREATE TABLE promotion_customer_uses (
    promotion_id uuid NOT NULL REFERENCES promotions (id),
    customer_key text NOT NULL,          -- SHA-256 of the normalised e-mail
    used integer NOT NULL CHECK (used >= 0),
    PRIMARY KEY (promotion_id, customer_key)
);
CREATE TABLE promotion_redemptions (
    promotion_id uuid NOT NULL REFERENCES promotions (id),
    order_id uuid NOT NULL,
    customer_key text NOT NULL,
    amount bigint NOT NULL,
    created_at timestamptz NOT NULL,
    released_at timestamptz,
    PRIMARY KEY (promotion_id, order_id)
);
CREATE TABLE promotions (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,           -- upper case
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('percentage', 'fixed_amount', 'free_shipping')),
    percent_bp integer CHECK (percent_bp > 0 AND percent_bp <= 10000), -- basis points: 1000 is 10 %
    currency text CHECK (length(currency) = 3), -- of amount and minimum_spend
    amount bigint CHECK (amount > 0),
    minimum_spend bigint CHECK (minimum_spend >= 0),
    starts_at timestamptz,
    ends_at timestamptz,
    usage_limit integer CHECK (usage_limit > 0),
    per_customer_limit integer CHECK (per_customer_limit > 0),
    used integer NOT NULL CHECK (used >= 0),
    active boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT promotions_limit CHECK (usage_limit IS NULL OR used <= usage_limit)
);
CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    payment_id uuid NOT NULL REFERENCES payments (id),
    attempt_id uuid,
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text,
    lines text NOT NULL,                 -- JSON array of {line_id, quantity, restock}
    next_check_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE separated_customers (
    customer_id uuid PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    sealed text NOT NULL,                -- JSON under AES-256-GCM, base64url: its key is derived from the shop's secret
    created_at timestamptz NOT NULL
);
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('customer', 'staff')),
    subject_id uuid NOT NULL,
    salt text NOT NULL,                  -- base64url, 32 random bytes
    generation integer NOT NULL,         -- of the one refresh token that is good
    rotated_at timestamptz NOT NULL,
    device_name text,
    user_agent text,
    address_prefix text,                 -- IPv4 /24, IPv6 /48
    authenticated_at timestamptz NOT NULL, -- when a password or another factor was last given
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason text
);
CREATE TABLE settings (
    name text PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE shipments (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    status text NOT NULL CHECK (status IN ('shipped', 'delivered')),
    carrier text,
    tracking_number text,
    tracking_url text,
    lines text NOT NULL,                 -- JSON array of {line_id, quantity}
    created_at timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE TABLE shipping_options (
    id uuid PRIMARY KEY,
    zone_id uuid NOT NULL REFERENCES shipping_zones (id),
    name text NOT NULL,
    description text,
    currency text NOT NULL CHECK (length(currency) = 3),
    amount bigint NOT NULL CHECK (amount >= 0),            -- the flat part
    per_weight_amount bigint NOT NULL CHECK (per_weight_amount >= 0),
    per_weight_grams integer CHECK (per_weight_grams > 0), -- per_weight_amount for each started step of this many grams
    free_over bigint CHECK (free_over >= 0),
    max_weight_grams integer CHECK (max_weight_grams > 0),
    position integer NOT NULL,
    active boolean NOT NULL,
    translations text NOT NULL,          -- JSON array of {locale, name, description}
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE shipping_zones (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    countries text NOT NULL,             -- JSON array of ISO 3166-1 alpha-2
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE sign_in_attempts (
    id uuid PRIMARY KEY,
    state_hash text NOT NULL UNIQUE,     -- SHA-256, hex
    secret_hash text NOT NULL,           -- of what the client that started it holds
    provider text NOT NULL,
    channel_id uuid NOT NULL,
    customer_id uuid,                    -- whose account is linked; null: somebody signs in
    redirect_uri text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE signing_keys (
    generation integer PRIMARY KEY,      -- two instances cannot both make the next one
    kid text NOT NULL UNIQUE,
    public_key text NOT NULL,            -- Ed25519, base64url
    private_key text NOT NULL,           -- PKCS#8 under AES-256-GCM, base64url: its key is derived from the shop's secret
    signs_from timestamptz NOT NULL,
    verifies_until timestamptz,          -- null: while no newer key has taken over
    created_at timestamptz NOT NULL
);
CREATE TABLE sms_allowances (
    allowance_key text PRIMARY KEY,      -- a keyed digest of what is counted
    used integer NOT NULL CHECK (used > 0),
    since timestamptz NOT NULL,          -- when its hour began
    next_at timestamptz NOT NULL         -- when the next one may be sent
);
CREATE TABLE staff (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('active', 'deactivated', 'deleted')),
    email text,                          -- as it was written; null once deleted
    email_key text UNIQUE,               -- the same in lower case and NFKC: what is looked up
    name text,
    locale text,
    password_hash text,                  -- PHC string
    password_changed_at timestamptz NOT NULL,
    totp_secret text,                    -- under AES-256-GCM, base64url: its key is derived from the shop's secret
    totp_confirmed_at timestamptz,       -- null: none, or not confirmed by a code yet
    totp_last_step bigint NOT NULL,      -- the last 30 seconds whose code was used: none before them is good
    version integer NOT NULL,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE staff_challenges (
    id uuid PRIMARY KEY,
    hash text NOT NULL UNIQUE,           -- SHA-256, hex
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    device_name text,
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE staff_invitations (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('pending', 'accepted', 'revoked')),
    email text NOT NULL,
    email_key text NOT NULL,
    role_ids text NOT NULL,              -- JSON array
    locale text,
    hash text NOT NULL UNIQUE,           -- SHA-256, hex, of the secret that the mail holds; another one with each mail
    invited_by text NOT NULL,            -- usr_..., key_..., system:...
    staff_id uuid REFERENCES staff (id), -- who accepted it
    created_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE staff_member_roles (
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    role_id uuid NOT NULL,
    PRIMARY KEY (staff_id, role_id)
);
CREATE TABLE staff_recovery_codes (
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    hash text NOT NULL,                  -- HMAC-SHA256, hex, with a key that is derived from the shop's secret
    used_at timestamptz,
    PRIMARY KEY (staff_id, hash)
);
CREATE TABLE staff_roles (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,       -- the name in lower case and NFKC
    description text,
    permissions text NOT NULL,           -- JSON array
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE stock_levels (
    variant_id uuid NOT NULL REFERENCES variants (id),
    location_id uuid NOT NULL REFERENCES stock_locations (id),
    on_hand integer NOT NULL CHECK (on_hand >= 0),
    reserved integer NOT NULL CHECK (reserved >= 0),
    backordered integer NOT NULL CHECK (backordered >= 0), -- sold beyond what is there
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (variant_id, location_id),
    CONSTRAINT stock_levels_cover CHECK (on_hand >= reserved)
);
CREATE TABLE stock_locations (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    address text,                        -- JSON
    priority integer NOT NULL,           -- lower is taken from first
    active boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE stock_movements (
    id uuid PRIMARY KEY,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('import', 'adjustment', 'reserve', 'release', 'fulfil', 'restock', 'backorder_fill')),
    on_hand_delta integer NOT NULL,
    reserved_delta integer NOT NULL,
    backordered_delta integer NOT NULL,
    reason text,
    order_id uuid,
    actor text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE stock_reservations (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    order_line_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 0),
    backordered integer NOT NULL CHECK (backordered >= 0),
    fulfilled integer NOT NULL CHECK (fulfilled >= 0), -- shipped of it and not put back
    state text NOT NULL CHECK (state IN ('reserved', 'allocated', 'closed')),
    created_at timestamptz NOT NULL,
    CONSTRAINT stock_reservations_closed CHECK (state <> 'closed' OR (quantity = 0 AND backordered = 0))
);
CREATE TABLE tax_rates (
    id uuid PRIMARY KEY,
    country text NOT NULL CHECK (length(country) = 2),
    tax_class text NOT NULL,
    name text NOT NULL,
    rate_ppm integer NOT NULL CHECK (rate_ppm >= 0 AND rate_ppm <= 1000000), -- 100000 is 10 %
    applies_to_shipping boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (country, tax_class)
);
CREATE TABLE used_id_tokens (
    hash text PRIMARY KEY,               -- SHA-256, hex, of what is signed: one token can have several signatures
    expires_at timestamptz NOT NULL      -- of the token: from then on it is refused anyway
);
CREATE TABLE variant_options (
    variant_id uuid NOT NULL REFERENCES variants (id) ON DELETE CASCADE,
    product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    name text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (variant_id, name)
);
CREATE TABLE variants (
    id uuid PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    position integer NOT NULL,
    external_key text UNIQUE,
    sku text,
    barcode text,
    title text NOT NULL,
    option_values text NOT NULL,         -- JSON array of {option, value}, in the order of the product's options
    weight_grams integer NOT NULL CHECK (weight_grams >= 0),
    length_mm integer CHECK (length_mm >= 0),
    width_mm integer CHECK (width_mm >= 0),
    height_mm integer CHECK (height_mm >= 0),
    requires_shipping boolean NOT NULL,
    taxable boolean NOT NULL,
    track_inventory boolean NOT NULL,
    backorder boolean NOT NULL,          -- sold when out of stock
    max_per_order integer CHECK (max_per_order > 0),
    media_id uuid,                       -- one of the product's media
    active boolean NOT NULL,
    metadata text NOT NULL,              -- JSON object of strings
    private_metadata text NOT NULL,      -- JSON object of strings
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE TABLE verified_customers (
    customer_id uuid PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    verification_id uuid NOT NULL,
    provider text NOT NULL,
    person_hash text,                    -- a keyed hash of the CI, or of the DI: the same for the same person
    exclusive_hash text UNIQUE,          -- the same while the shop lets a person verify one account only
    birth_year integer NOT NULL,
    birth_day text,                      -- MM-DD; null where the shop's rule counts years alone
    age_rule text NOT NULL CHECK (age_rule IN ('calendar_year', 'birthday')), -- as it was when this was told
    utc_offset_minutes integer NOT NULL, -- where a day begins
    verified_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX account_tokens_by_email ON account_tokens (email_key, created_at);
CREATE INDEX account_tokens_by_subject ON account_tokens (subject_id);
CREATE INDEX account_tokens_expiry ON account_tokens (expires_at);
CREATE INDEX answered_challenges_expiry ON answered_challenges (expires_at);
CREATE INDEX audit_log_by_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_by_operation ON audit_log (operation, seq);
CREATE INDEX audit_log_by_subject ON audit_log (subject, seq);
CREATE INDEX audit_log_by_time ON audit_log (at, seq);
CREATE INDEX audit_log_by_type ON audit_log (type, seq);
CREATE INDEX carts_by_customer ON carts (customer_id, updated_at) WHERE status = 'active' AND customer_id IS NOT NULL;
CREATE INDEX carts_expiry ON carts (expires_at) WHERE status = 'active';
CREATE INDEX carts_of_customer ON carts (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX categories_by_parent ON categories (parent_id, position);
CREATE INDEX category_ancestors_subtree ON category_ancestors (ancestor_id, category_id);
CREATE UNIQUE INDEX channels_one_default ON channels (is_default) WHERE is_default;
CREATE INDEX collection_products_by_product ON collection_products (product_id);
CREATE UNIQUE INDEX customer_addresses_billing ON customer_addresses (customer_id) WHERE is_default_billing;
CREATE INDEX customer_addresses_by_customer ON customer_addresses (customer_id, id);
CREATE UNIQUE INDEX customer_addresses_shipping ON customer_addresses (customer_id) WHERE is_default_shipping;
CREATE INDEX customer_consents_by_customer ON customer_consents (customer_id, id);
CREATE INDEX customer_identities_by_customer ON customer_identities (customer_id, id);
CREATE UNIQUE INDEX customers_login_phone ON customers (login_phone);
CREATE INDEX customers_newest ON customers (created_at, id);
CREATE INDEX customers_seen ON customers (last_seen_at);
CREATE INDEX events_by_subject ON events (subject, id);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
CREATE INDEX identity_verifications_by_customer ON identity_verifications (customer_id, created_at);
CREATE INDEX identity_verifications_expiry ON identity_verifications (expires_at);
CREATE INDEX jobs_finished ON jobs (finished_at);
CREATE INDEX jobs_ready ON jobs (run_at) WHERE state IN ('queued', 'running');
CREATE INDEX login_failures_age ON login_failures (last_failed_at);
CREATE INDEX mails_age ON mails (created_at);
CREATE INDEX mails_by_recipient ON mails (recipient_key, id);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX order_lines_by_order ON order_lines (order_id, position);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, id);
CREATE INDEX orders_by_email ON orders (email, placed_at, id);
CREATE INDEX orders_by_status ON orders (status, placed_at, id);
CREATE INDEX orders_expiry ON orders (expires_at) WHERE status = 'pending';
CREATE INDEX orders_newest ON orders (placed_at, id);
CREATE INDEX orders_retained ON orders (retain_until) WHERE retain_until IS NOT NULL;
CREATE INDEX passkeys_by_subject ON passkeys (subject_kind, subject_id, id);
CREATE INDEX payment_attempts_by_payment ON payment_attempts (payment_id, id);
CREATE INDEX payment_entries_by_payment ON payment_entries (payment_id, id);
CREATE INDEX payments_by_order ON payments (order_id);
CREATE UNIQUE INDEX payments_one_live ON payments (order_id) WHERE status NOT IN ('failed', 'cancelled');
CREATE INDEX payments_open ON payments (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX phone_codes_by_phone ON phone_codes (phone, created_at);
CREATE INDEX phone_codes_expiry ON phone_codes (expires_at);
CREATE INDEX product_categories_filter ON product_categories (category_id, product_id);
CREATE INDEX product_price_ranges_most ON product_price_ranges (currency, max_amount, min_amount, product_id);
CREATE INDEX product_price_ranges_sort ON product_price_ranges (currency, min_amount, product_id);
CREATE INDEX product_search_newest ON product_search (listed_at, product_id, body);
CREATE INDEX product_tags_filter ON product_tags (tag, product_id);
CREATE INDEX products_by_brand ON products (brand, id);
CREATE INDEX products_by_name ON products (status, title_sort, id);
CREATE INDEX products_by_title ON products (title_sort, id);
CREATE INDEX products_by_update ON products (updated_at, id);
CREATE INDEX products_newest ON products (status, published_at, id);
CREATE INDEX promotion_redemptions_by_order ON promotion_redemptions (order_id);
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_open ON refunds (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX sessions_by_subject ON sessions (subject_kind, subject_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX shipments_by_order ON shipments (order_id);
CREATE INDEX shipping_options_by_zone ON shipping_options (zone_id, position);
CREATE INDEX sign_in_attempts_by_customer ON sign_in_attempts (customer_id);
CREATE INDEX sign_in_attempts_expiry ON sign_in_attempts (expires_at);
CREATE INDEX sms_allowances_age ON sms_allowances (since);
CREATE INDEX staff_challenges_expiry ON staff_challenges (expires_at);
CREATE UNIQUE INDEX staff_invitations_pending ON staff_invitations (email_key) WHERE status = 'pending';
CREATE INDEX staff_member_roles_by_role ON staff_member_roles (role_id);
CREATE INDEX stock_movements_by_variant ON stock_movements (variant_id, location_id, id);
CREATE INDEX stock_reservations_backordered ON stock_reservations (variant_id, location_id, id) WHERE backordered > 0;
CREATE INDEX stock_reservations_by_order ON stock_reservations (order_id);
CREATE UNIQUE INDEX stock_reservations_line ON stock_reservations (order_line_id, location_id) WHERE state <> 'closed';
CREATE INDEX used_id_tokens_expiry ON used_id_tokens (expires_at);
CREATE INDEX variant_options_by_product ON variant_options (product_id);
CREATE INDEX variant_options_filter ON variant_options (name, value, product_id);
CREATE INDEX variants_by_product ON variants (product_id, position);
CREATE INDEX variants_by_sku ON variants (sku);
CREATE INDEX verified_customers_by_person ON verified_customers (person_hash);
