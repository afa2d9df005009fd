-- Columns
account_tokens.id uuid NOT NULL
account_tokens.kind text NOT NULL
account_tokens.hash text NOT NULL
account_tokens.subject_kind text NOT NULL
account_tokens.subject_id uuid
account_tokens.email_key text NOT NULL
account_tokens.change_id uuid
account_tokens.payload text NOT NULL
account_tokens.created_at timestamp with time zone NOT NULL
account_tokens.expires_at timestamp with time zone NOT NULL
account_tokens.used_at timestamp with time zone
answered_challenges.hash text NOT NULL
answered_challenges.expires_at timestamp with time zone NOT NULL
api_keys.id uuid NOT NULL
api_keys.kind text NOT NULL
api_keys.name text NOT NULL
api_keys.hint text NOT NULL
api_keys.hash text NOT NULL
api_keys.permissions text NOT NULL
api_keys.channel_id uuid
api_keys.created_at timestamp with time zone NOT NULL
api_keys.expires_at timestamp with time zone
api_keys.revoked_at timestamp with time zone
api_keys.last_used_at timestamp with time zone
api_keys.allowed_networks text NOT NULL
api_keys.replaced_by uuid
api_keys.created_by text
audit_head.name text NOT NULL
audit_head.seq bigint NOT NULL
audit_head.hash text NOT NULL
audit_log.seq bigint NOT NULL
audit_log.id uuid NOT NULL
audit_log.at timestamp with time zone NOT NULL
audit_log.actor text NOT NULL
audit_log.address text
audit_log.operation text NOT NULL
audit_log.type text NOT NULL
audit_log.subject text
audit_log.before text
audit_log.after text NOT NULL
audit_log.request_id text NOT NULL
audit_log.hash text NOT NULL
cart_lines.id uuid NOT NULL
cart_lines.cart_id uuid NOT NULL
cart_lines.variant_id uuid NOT NULL
cart_lines.quantity integer NOT NULL
cart_lines.unit_price bigint NOT NULL
cart_lines.metadata text NOT NULL
cart_lines.created_at timestamp with time zone NOT NULL
carts.id uuid NOT NULL
carts.token_hash text NOT NULL
carts.channel_id uuid NOT NULL
carts.currency text NOT NULL
carts.locale text NOT NULL
carts.status text NOT NULL
carts.email text
carts.shipping_address text
carts.billing_address text
carts.shipping_option_id uuid
carts.codes text NOT NULL
carts.order_id uuid
carts.metadata text NOT NULL
carts.private_metadata text NOT NULL
carts.version integer NOT NULL
carts.expires_at timestamp with time zone NOT NULL
carts.created_at timestamp with time zone NOT NULL
carts.updated_at timestamp with time zone NOT NULL
carts.customer_id uuid
categories.id uuid NOT NULL
categories.parent_id uuid
categories.slug text NOT NULL
categories.external_key text
categories.name text NOT NULL
categories.names text NOT NULL
categories.description text NOT NULL
categories.position integer NOT NULL
categories.seo text NOT NULL
categories.translations text NOT NULL
categories.metadata text NOT NULL
categories.version integer NOT NULL
categories.created_at timestamp with time zone NOT NULL
categories.updated_at timestamp with time zone NOT NULL
category_ancestors.category_id uuid NOT NULL
category_ancestors.ancestor_id uuid NOT NULL
category_ancestors.depth integer NOT NULL
channel_revisions.channel_id uuid NOT NULL
channel_revisions.revision bigint NOT NULL
channel_stock_locations.channel_id uuid NOT NULL
channel_stock_locations.location_id uuid NOT NULL
channels.id uuid NOT NULL
channels.code text NOT NULL
channels.name text NOT NULL
channels.currency text NOT NULL
channels.default_locale text NOT NULL
channels.locales text NOT NULL
channels.countries text NOT NULL
channels.time_zone_offset_minutes integer NOT NULL
channels.prices_include_tax boolean NOT NULL
channels.payment_providers text NOT NULL
channels.is_default boolean NOT NULL
channels.active boolean NOT NULL
channels.order_expiry_minutes integer NOT NULL
channels.version integer NOT NULL
channels.created_at timestamp with time zone NOT NULL
channels.updated_at timestamp with time zone NOT NULL
channels.allowed_origins text NOT NULL
collection_products.collection_id uuid NOT NULL
collection_products.product_id uuid NOT NULL
collection_products.position integer NOT NULL
collections.id uuid NOT NULL
collections.slug text NOT NULL
collections.external_key text
collections.title text NOT NULL
collections.titles text NOT NULL
collections.description text NOT NULL
collections.published boolean NOT NULL
collections.image text
collections.seo text NOT NULL
collections.translations text NOT NULL
collections.metadata text NOT NULL
collections.version integer NOT NULL
collections.created_at timestamp with time zone NOT NULL
collections.updated_at timestamp with time zone NOT NULL
customer_addresses.id uuid NOT NULL
customer_addresses.customer_id uuid NOT NULL
customer_addresses.label text
customer_addresses.address text NOT NULL
customer_addresses.is_default_shipping boolean NOT NULL
customer_addresses.is_default_billing boolean NOT NULL
customer_addresses.created_at timestamp with time zone NOT NULL
customer_addresses.updated_at timestamp with time zone NOT NULL
customer_consents.id uuid NOT NULL
customer_consents.customer_id uuid NOT NULL
customer_consents.channel text NOT NULL
customer_consents.granted boolean NOT NULL
customer_consents.source text NOT NULL
customer_consents.created_at timestamp with time zone NOT NULL
customer_identities.id uuid NOT NULL
customer_identities.customer_id uuid NOT NULL
customer_identities.provider text NOT NULL
customer_identities.issuer text NOT NULL
customer_identities.subject text NOT NULL
customer_identities.email text
customer_identities.created_at timestamp with time zone NOT NULL
customer_identities.last_used_at timestamp with time zone NOT NULL
customers.id uuid NOT NULL
customers.status text NOT NULL
customers.email text
customers.email_key text
customers.email_verified_at timestamp with time zone
customers.name text
customers.phone text
customers.locale text
customers.password_hash text
customers.password_changed_at timestamp with time zone NOT NULL
customers.consents text NOT NULL
customers.metadata text NOT NULL
customers.private_metadata text NOT NULL
customers.version integer NOT NULL
customers.last_login_at timestamp with time zone
customers.created_at timestamp with time zone NOT NULL
customers.updated_at timestamp with time zone NOT NULL
customers.erased_at timestamp with time zone
customers.login_phone text
customers.login_phone_verified_at timestamp with time zone
customers.last_seen_at timestamp with time zone
customers.inactive_noticed_at timestamp with time zone
customers.separated_at timestamp with time zone
events.id uuid NOT NULL
events.type text NOT NULL
events.subject uuid
events.data text NOT NULL
events.created_at timestamp with time zone NOT NULL
idempotency_keys.id text NOT NULL
idempotency_keys.operation text NOT NULL
idempotency_keys.input_hash text NOT NULL
idempotency_keys.state text NOT NULL
idempotency_keys.resource_id uuid
idempotency_keys.answer text
idempotency_keys.locked_until timestamp with time zone NOT NULL
idempotency_keys.created_at timestamp with time zone NOT NULL
idempotency_keys.expires_at timestamp with time zone NOT NULL
identity_verifications.id uuid NOT NULL
identity_verifications.customer_id uuid NOT NULL
identity_verifications.provider text NOT NULL
identity_verifications.method text
identity_verifications.status text NOT NULL
identity_verifications.failure text
identity_verifications.created_at timestamp with time zone NOT NULL
identity_verifications.expires_at timestamp with time zone NOT NULL
identity_verifications.finished_at timestamp with time zone
jobs.id uuid NOT NULL
jobs.kind text NOT NULL
jobs.unique_key text
jobs.payload text NOT NULL
jobs.state text NOT NULL
jobs.run_at timestamp with time zone NOT NULL
jobs.attempts integer NOT NULL
jobs.locked_until timestamp with time zone
jobs.last_error text
jobs.created_at timestamp with time zone NOT NULL
jobs.finished_at timestamp with time zone
login_failures.account_key text NOT NULL
login_failures.failures integer NOT NULL
login_failures.blocked_until timestamp with time zone
login_failures.last_failed_at timestamp with time zone NOT NULL
mails.id uuid NOT NULL
mails.template text NOT NULL
mails.locale text NOT NULL
mails.recipient text NOT NULL
mails.token_id uuid
mails.data text NOT NULL
mails.state text NOT NULL
mails.attempts integer NOT NULL
mails.next_attempt_at timestamp with time zone
mails.last_error text
mails.created_at timestamp with time zone NOT NULL
mails.finished_at timestamp with time zone
mails.channel text NOT NULL
mails.not_after timestamp with time zone
mails.provider_reference text
mails.recipient_key text NOT NULL
operation_uploads.operation_id uuid NOT NULL
operation_uploads.position integer NOT NULL
operation_uploads.bytes bytea NOT NULL
operations.id uuid NOT NULL
operations.kind text NOT NULL
operations.state text NOT NULL
operations.done bigint NOT NULL
operations.total bigint
operations.parameters text NOT NULL
operations.result text
operations.error text
operations.created_at timestamp with time zone NOT NULL
operations.updated_at timestamp with time zone NOT NULL
order_lines.id uuid NOT NULL
order_lines.order_id uuid NOT NULL
order_lines.position integer NOT NULL
order_lines.variant_id uuid NOT NULL
order_lines.product_id uuid NOT NULL
order_lines.product_slug text NOT NULL
order_lines.sku text
order_lines.product_title text NOT NULL
order_lines.variant_title text NOT NULL
order_lines.image_url text
order_lines.quantity integer NOT NULL
order_lines.fulfilled_quantity integer NOT NULL
order_lines.refunded_quantity integer NOT NULL
order_lines.cancelled_quantity integer NOT NULL
order_lines.unit_price bigint NOT NULL
order_lines.subtotal bigint NOT NULL
order_lines.discount bigint NOT NULL
order_lines.tax bigint NOT NULL
order_lines.total bigint NOT NULL
order_lines.tax_rate_ppm integer NOT NULL
order_lines.weight_grams integer NOT NULL
order_lines.requires_shipping boolean NOT NULL
order_lines.track_inventory boolean NOT NULL
order_lines.backorder boolean NOT NULL
order_lines.metadata text NOT NULL
order_timeline.id uuid NOT NULL
order_timeline.order_id uuid NOT NULL
order_timeline.position integer NOT NULL
order_timeline.kind text NOT NULL
order_timeline.data text NOT NULL
order_timeline.actor text NOT NULL
order_timeline.created_at timestamp with time zone NOT NULL
orders.id uuid NOT NULL
orders.number text NOT NULL
orders.token_hash text NOT NULL
orders.channel_id uuid NOT NULL
orders.cart_id uuid
orders.currency text NOT NULL
orders.locale text NOT NULL
orders.email text NOT NULL
orders.shipping_address text
orders.billing_address text
orders.status text NOT NULL
orders.payment_status text NOT NULL
orders.fulfilment_status text NOT NULL
orders.subtotal bigint NOT NULL
orders.discount bigint NOT NULL
orders.shipping bigint NOT NULL
orders.tax bigint NOT NULL
orders.total bigint NOT NULL
orders.prices_include_tax boolean NOT NULL
orders.shipping_option text
orders.discounts text NOT NULL
orders.explain text NOT NULL
orders.metadata text NOT NULL
orders.private_metadata text NOT NULL
orders.placed_at timestamp with time zone NOT NULL
orders.expires_at timestamp with time zone
orders.cancel_reason text
orders.attention text NOT NULL
orders.version integer NOT NULL
orders.updated_at timestamp with time zone NOT NULL
orders.customer_id uuid
orders.retain_until timestamp with time zone
passkeys.id uuid NOT NULL
passkeys.subject_kind text NOT NULL
passkeys.subject_id uuid NOT NULL
passkeys.credential_id text NOT NULL
passkeys.credential text NOT NULL
passkeys.sign_count bigint NOT NULL
passkeys.backed_up boolean NOT NULL
passkeys.name text NOT NULL
passkeys.created_at timestamp with time zone NOT NULL
passkeys.last_used_at timestamp with time zone
payment_attempts.id uuid NOT NULL
payment_attempts.payment_id uuid NOT NULL
payment_attempts.kind text NOT NULL
payment_attempts.status text NOT NULL
payment_attempts.amount bigint NOT NULL
payment_attempts.response text
payment_attempts.created_at timestamp with time zone NOT NULL
payment_attempts.finished_at timestamp with time zone
payment_entries.id uuid NOT NULL
payment_entries.payment_id uuid NOT NULL
payment_entries.kind text NOT NULL
payment_entries.amount bigint NOT NULL
payment_entries.reference text
payment_entries.created_at timestamp with time zone NOT NULL
payments.id uuid NOT NULL
payments.order_id uuid NOT NULL
payments.provider text NOT NULL
payments.method text NOT NULL
payments.status text NOT NULL
payments.currency text NOT NULL
payments.amount bigint NOT NULL
payments.captured bigint NOT NULL
payments.refunded bigint NOT NULL
payments.received bigint NOT NULL
payments.provider_reference text
payments.instructions text
payments.next_action text
payments.failure text
payments.due_at timestamp with time zone
payments.next_check_at timestamp with time zone
payments.checks integer NOT NULL
payments.version integer NOT NULL
payments.created_at timestamp with time zone NOT NULL
payments.updated_at timestamp with time zone NOT NULL
phone_codes.id uuid NOT NULL
phone_codes.purpose text NOT NULL
phone_codes.phone text NOT NULL
phone_codes.hash text NOT NULL
phone_codes.customer_id uuid
phone_codes.asked_from text NOT NULL
phone_codes.attempts integer NOT NULL
phone_codes.created_at timestamp with time zone NOT NULL
phone_codes.expires_at timestamp with time zone NOT NULL
phone_codes.used_at timestamp with time zone
prices.variant_id uuid NOT NULL
prices.currency text NOT NULL
prices.amount bigint NOT NULL
prices.compare_at bigint
product_categories.product_id uuid NOT NULL
product_categories.category_id uuid NOT NULL
product_categories.position integer NOT NULL
product_price_ranges.product_id uuid NOT NULL
product_price_ranges.currency text NOT NULL
product_price_ranges.min_amount bigint NOT NULL
product_price_ranges.max_amount bigint NOT NULL
product_price_ranges.compare_at bigint
product_search.doc bigint NOT NULL
product_search.product_id uuid NOT NULL
product_search.body text NOT NULL
product_search.listed_at timestamp with time zone
product_tags.product_id uuid NOT NULL
product_tags.tag text NOT NULL
products.id uuid NOT NULL
products.slug text NOT NULL
products.external_key text
products.status text NOT NULL
products.published_at timestamp with time zone
products.title text NOT NULL
products.title_sort text NOT NULL COLLATE C
products.titles text NOT NULL
products.description text NOT NULL
products.brand text
products.product_type text
products.tax_class text NOT NULL
products.tags text NOT NULL
products.options text NOT NULL
products.media text NOT NULL
products.image text
products.seo text NOT NULL
products.translations text NOT NULL
products.metadata text NOT NULL
products.private_metadata text NOT NULL
products.version integer NOT NULL
products.created_at timestamp with time zone NOT NULL
products.updated_at timestamp with time zone NOT NULL
products.minimum_age integer
promotion_customer_uses.promotion_id uuid NOT NULL
promotion_customer_uses.customer_key text NOT NULL
promotion_customer_uses.used integer NOT NULL
promotion_redemptions.promotion_id uuid NOT NULL
promotion_redemptions.order_id uuid NOT NULL
promotion_redemptions.customer_key text NOT NULL
promotion_redemptions.amount bigint NOT NULL
promotion_redemptions.created_at timestamp with time zone NOT NULL
promotion_redemptions.released_at timestamp with time zone
promotions.id uuid NOT NULL
promotions.code text NOT NULL
promotions.name text NOT NULL
promotions.kind text NOT NULL
promotions.percent_bp integer
promotions.currency text
promotions.amount bigint
promotions.minimum_spend bigint
promotions.starts_at timestamp with time zone
promotions.ends_at timestamp with time zone
promotions.usage_limit integer
promotions.per_customer_limit integer
promotions.used integer NOT NULL
promotions.active boolean NOT NULL
promotions.version integer NOT NULL
promotions.created_at timestamp with time zone NOT NULL
promotions.updated_at timestamp with time zone NOT NULL
refunds.id uuid NOT NULL
refunds.order_id uuid NOT NULL
refunds.payment_id uuid NOT NULL
refunds.attempt_id uuid
refunds.status text NOT NULL
refunds.currency text NOT NULL
refunds.amount bigint NOT NULL
refunds.reason text
refunds.lines text NOT NULL
refunds.next_check_at timestamp with time zone
refunds.created_at timestamp with time zone NOT NULL
refunds.updated_at timestamp with time zone NOT NULL
separated_customers.customer_id uuid NOT NULL
separated_customers.sealed text NOT NULL
separated_customers.created_at timestamp with time zone NOT NULL
sessions.id uuid NOT NULL
sessions.subject_kind text NOT NULL
sessions.subject_id uuid NOT NULL
sessions.salt text NOT NULL
sessions.generation integer NOT NULL
sessions.rotated_at timestamp with time zone NOT NULL
sessions.device_name text
sessions.user_agent text
sessions.address_prefix text
sessions.authenticated_at timestamp with time zone NOT NULL
sessions.created_at timestamp with time zone NOT NULL
sessions.last_used_at timestamp with time zone NOT NULL
sessions.expires_at timestamp with time zone NOT NULL
sessions.revoked_at timestamp with time zone
sessions.revoked_reason text
settings.name text NOT NULL
settings.value text NOT NULL
shipments.id uuid NOT NULL
shipments.order_id uuid NOT NULL
shipments.status text NOT NULL
shipments.carrier text
shipments.tracking_number text
shipments.tracking_url text
shipments.lines text NOT NULL
shipments.created_at timestamp with time zone NOT NULL
shipments.delivered_at timestamp with time zone
shipping_options.id uuid NOT NULL
shipping_options.zone_id uuid NOT NULL
shipping_options.name text NOT NULL
shipping_options.description text
shipping_options.currency text NOT NULL
shipping_options.amount bigint NOT NULL
shipping_options.per_weight_amount bigint NOT NULL
shipping_options.per_weight_grams integer
shipping_options.free_over bigint
shipping_options.max_weight_grams integer
shipping_options.position integer NOT NULL
shipping_options.active boolean NOT NULL
shipping_options.translations text NOT NULL
shipping_options.version integer NOT NULL
shipping_options.created_at timestamp with time zone NOT NULL
shipping_options.updated_at timestamp with time zone NOT NULL
shipping_zones.id uuid NOT NULL
shipping_zones.name text NOT NULL
shipping_zones.countries text NOT NULL
shipping_zones.version integer NOT NULL
shipping_zones.created_at timestamp with time zone NOT NULL
shipping_zones.updated_at timestamp with time zone NOT NULL
sign_in_attempts.id uuid NOT NULL
sign_in_attempts.state_hash text NOT NULL
sign_in_attempts.secret_hash text NOT NULL
sign_in_attempts.provider text NOT NULL
sign_in_attempts.channel_id uuid NOT NULL
sign_in_attempts.customer_id uuid
sign_in_attempts.redirect_uri text NOT NULL
sign_in_attempts.created_at timestamp with time zone NOT NULL
sign_in_attempts.expires_at timestamp with time zone NOT NULL
sign_in_attempts.used_at timestamp with time zone
signing_keys.generation integer NOT NULL
signing_keys.kid text NOT NULL
signing_keys.public_key text NOT NULL
signing_keys.private_key text NOT NULL
signing_keys.signs_from timestamp with time zone NOT NULL
signing_keys.verifies_until timestamp with time zone
signing_keys.created_at timestamp with time zone NOT NULL
sms_allowances.allowance_key text NOT NULL
sms_allowances.used integer NOT NULL
sms_allowances.since timestamp with time zone NOT NULL
sms_allowances.next_at timestamp with time zone NOT NULL
staff.id uuid NOT NULL
staff.status text NOT NULL
staff.email text
staff.email_key text
staff.name text
staff.locale text
staff.password_hash text
staff.password_changed_at timestamp with time zone NOT NULL
staff.totp_secret text
staff.totp_confirmed_at timestamp with time zone
staff.totp_last_step bigint NOT NULL
staff.version integer NOT NULL
staff.last_login_at timestamp with time zone
staff.created_at timestamp with time zone NOT NULL
staff.updated_at timestamp with time zone NOT NULL
staff_challenges.id uuid NOT NULL
staff_challenges.hash text NOT NULL
staff_challenges.staff_id uuid NOT NULL
staff_challenges.device_name text
staff_challenges.attempts integer NOT NULL
staff_challenges.created_at timestamp with time zone NOT NULL
staff_challenges.expires_at timestamp with time zone NOT NULL
staff_challenges.used_at timestamp with time zone
staff_invitations.id uuid NOT NULL
staff_invitations.status text NOT NULL
staff_invitations.email text NOT NULL
staff_invitations.email_key text NOT NULL
staff_invitations.role_ids text NOT NULL
staff_invitations.locale text
staff_invitations.hash text NOT NULL
staff_invitations.invited_by text NOT NULL
staff_invitations.staff_id uuid
staff_invitations.created_at timestamp with time zone NOT NULL
staff_invitations.sent_at timestamp with time zone NOT NULL
staff_invitations.expires_at timestamp with time zone NOT NULL
staff_member_roles.staff_id uuid NOT NULL
staff_member_roles.role_id uuid NOT NULL
staff_recovery_codes.staff_id uuid NOT NULL
staff_recovery_codes.hash text NOT NULL
staff_recovery_codes.used_at timestamp with time zone
staff_roles.id uuid NOT NULL
staff_roles.name text NOT NULL
staff_roles.name_key text NOT NULL
staff_roles.description text
staff_roles.permissions text NOT NULL
staff_roles.version integer NOT NULL
staff_roles.created_at timestamp with time zone NOT NULL
staff_roles.updated_at timestamp with time zone NOT NULL
stock_levels.variant_id uuid NOT NULL
stock_levels.location_id uuid NOT NULL
stock_levels.on_hand integer NOT NULL
stock_levels.reserved integer NOT NULL
stock_levels.backordered integer NOT NULL
stock_levels.updated_at timestamp with time zone NOT NULL
stock_locations.id uuid NOT NULL
stock_locations.code text NOT NULL
stock_locations.name text NOT NULL
stock_locations.address text
stock_locations.priority integer NOT NULL
stock_locations.active boolean NOT NULL
stock_locations.version integer NOT NULL
stock_locations.created_at timestamp with time zone NOT NULL
stock_locations.updated_at timestamp with time zone NOT NULL
stock_movements.id uuid NOT NULL
stock_movements.variant_id uuid NOT NULL
stock_movements.location_id uuid NOT NULL
stock_movements.kind text NOT NULL
stock_movements.on_hand_delta integer NOT NULL
stock_movements.reserved_delta integer NOT NULL
stock_movements.backordered_delta integer NOT NULL
stock_movements.reason text
stock_movements.order_id uuid
stock_movements.actor text NOT NULL
stock_movements.created_at timestamp with time zone NOT NULL
stock_reservations.id uuid NOT NULL
stock_reservations.order_id uuid NOT NULL
stock_reservations.order_line_id uuid NOT NULL
stock_reservations.variant_id uuid NOT NULL
stock_reservations.location_id uuid NOT NULL
stock_reservations.quantity integer NOT NULL
stock_reservations.backordered integer NOT NULL
stock_reservations.fulfilled integer NOT NULL
stock_reservations.state text NOT NULL
stock_reservations.created_at timestamp with time zone NOT NULL
tax_rates.id uuid NOT NULL
tax_rates.country text NOT NULL
tax_rates.tax_class text NOT NULL
tax_rates.name text NOT NULL
tax_rates.rate_ppm integer NOT NULL
tax_rates.applies_to_shipping boolean NOT NULL
tax_rates.version integer NOT NULL
tax_rates.created_at timestamp with time zone NOT NULL
tax_rates.updated_at timestamp with time zone NOT NULL
used_id_tokens.hash text NOT NULL
used_id_tokens.expires_at timestamp with time zone NOT NULL
variant_options.variant_id uuid NOT NULL
variant_options.product_id uuid NOT NULL
variant_options.name text NOT NULL
variant_options.value text NOT NULL
variants.id uuid NOT NULL
variants.product_id uuid NOT NULL
variants.position integer NOT NULL
variants.external_key text
variants.sku text
variants.barcode text
variants.title text NOT NULL
variants.option_values text NOT NULL
variants.weight_grams integer NOT NULL
variants.length_mm integer
variants.width_mm integer
variants.height_mm integer
variants.requires_shipping boolean NOT NULL
variants.taxable boolean NOT NULL
variants.track_inventory boolean NOT NULL
variants.backorder boolean NOT NULL
variants.max_per_order integer
variants.media_id uuid
variants.active boolean NOT NULL
variants.metadata text NOT NULL
variants.private_metadata text NOT NULL
variants.version integer NOT NULL
variants.created_at timestamp with time zone NOT NULL
variants.updated_at timestamp with time zone NOT NULL
verified_customers.customer_id uuid NOT NULL
verified_customers.verification_id uuid NOT NULL
verified_customers.provider text NOT NULL
verified_customers.person_hash text
verified_customers.exclusive_hash text
verified_customers.birth_year integer NOT NULL
verified_customers.birth_day text
verified_customers.age_rule text NOT NULL
verified_customers.utc_offset_minutes integer NOT NULL
verified_customers.verified_at timestamp with time zone NOT NULL
verified_customers.expires_at timestamp with time zone NOT NULL

-- Constraints
account_tokens account_tokens_hash_key UNIQUE (hash)
account_tokens account_tokens_kind_check CHECK ((kind = ANY (ARRAY['registration'::text, 'password_reset'::text, 'email_change_old'::text, 'email_change_new'::text])))
account_tokens account_tokens_pkey PRIMARY KEY (id)
account_tokens account_tokens_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['customer'::text, 'staff'::text])))
answered_challenges answered_challenges_pkey PRIMARY KEY (hash)
api_keys api_keys_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id)
api_keys api_keys_hash_key UNIQUE (hash)
api_keys api_keys_kind_check CHECK ((kind = ANY (ARRAY['secret'::text, 'publishable'::text])))
api_keys api_keys_pkey PRIMARY KEY (id)
api_keys api_keys_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES api_keys(id)
audit_head audit_head_name_check CHECK ((name = 'head'::text))
audit_head audit_head_pkey PRIMARY KEY (name)
audit_log audit_log_id_key UNIQUE (id)
audit_log audit_log_pkey PRIMARY KEY (seq)
cart_lines cart_lines_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES carts(id) ON DELETE CASCADE
cart_lines cart_lines_cart_id_variant_id_key UNIQUE (cart_id, variant_id)
cart_lines cart_lines_pkey PRIMARY KEY (id)
cart_lines cart_lines_quantity_check CHECK ((quantity > 0))
carts carts_pkey PRIMARY KEY (id)
carts carts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'completed'::text, 'expired'::text])))
categories categories_external_key_key UNIQUE (external_key)
categories categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories(id)
categories categories_pkey PRIMARY KEY (id)
categories categories_slug_key UNIQUE (slug)
category_ancestors category_ancestors_ancestor_id_fkey FOREIGN KEY (ancestor_id) REFERENCES categories(id) ON DELETE CASCADE
category_ancestors category_ancestors_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE
category_ancestors category_ancestors_pkey PRIMARY KEY (category_id, ancestor_id)
channel_revisions channel_revisions_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE
channel_revisions channel_revisions_pkey PRIMARY KEY (channel_id)
channel_stock_locations channel_stock_locations_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channels(id) ON DELETE CASCADE
channel_stock_locations channel_stock_locations_location_id_fkey FOREIGN KEY (location_id) REFERENCES stock_locations(id) ON DELETE CASCADE
channel_stock_locations channel_stock_locations_pkey PRIMARY KEY (channel_id, location_id)
channels channels_code_key UNIQUE (code)
channels channels_currency_check CHECK ((length(currency) = 3))
channels channels_order_expiry_minutes_check CHECK ((order_expiry_minutes > 0))
channels channels_pkey PRIMARY KEY (id)
collection_products collection_products_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES collections(id) ON DELETE CASCADE
collection_products collection_products_pkey PRIMARY KEY (collection_id, product_id)
collection_products collection_products_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
collections collections_external_key_key UNIQUE (external_key)
collections collections_pkey PRIMARY KEY (id)
collections collections_slug_key UNIQUE (slug)
customer_addresses customer_addresses_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
customer_addresses customer_addresses_pkey PRIMARY KEY (id)
customer_consents customer_consents_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text, 'push'::text])))
customer_consents customer_consents_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
customer_consents customer_consents_pkey PRIMARY KEY (id)
customer_identities customer_identities_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
customer_identities customer_identities_issuer_subject_key UNIQUE (issuer, subject)
customer_identities customer_identities_pkey PRIMARY KEY (id)
customers customers_email_key_key UNIQUE (email_key)
customers customers_pkey PRIMARY KEY (id)
customers customers_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text, 'erased'::text])))
events events_pkey PRIMARY KEY (id)
idempotency_keys idempotency_keys_pkey PRIMARY KEY (id)
idempotency_keys idempotency_keys_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text])))
identity_verifications identity_verifications_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
identity_verifications identity_verifications_pkey PRIMARY KEY (id)
identity_verifications identity_verifications_status_check CHECK ((status = ANY (ARRAY['started'::text, 'verified'::text, 'refused'::text])))
jobs jobs_pkey PRIMARY KEY (id)
jobs jobs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
jobs jobs_unique_key_key UNIQUE (unique_key)
login_failures login_failures_failures_check CHECK ((failures > 0))
login_failures login_failures_pkey PRIMARY KEY (account_key)
mails mails_channel_check CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text])))
mails mails_pkey PRIMARY KEY (id)
mails mails_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'withheld'::text])))
operation_uploads operation_uploads_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operations(id) ON DELETE CASCADE
operation_uploads operation_uploads_pkey PRIMARY KEY (operation_id, "position")
operations operations_pkey PRIMARY KEY (id)
operations operations_state_check CHECK ((state = ANY (ARRAY['uploading'::text, 'queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text])))
order_lines order_lines_cancelled_quantity_check CHECK ((cancelled_quantity >= 0))
order_lines order_lines_check CHECK (((refunded_quantity >= 0) AND (refunded_quantity <= quantity)))
order_lines order_lines_discount_check CHECK ((discount >= 0))
order_lines order_lines_fulfilled CHECK (((fulfilled_quantity + cancelled_quantity) <= quantity))
order_lines order_lines_fulfilled_quantity_check CHECK ((fulfilled_quantity >= 0))
order_lines order_lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
order_lines order_lines_pkey PRIMARY KEY (id)
order_lines order_lines_quantity_check CHECK ((quantity > 0))
order_lines order_lines_subtotal_check CHECK ((subtotal >= 0))
order_lines order_lines_tax_check CHECK ((tax >= 0))
order_lines order_lines_total_check CHECK ((total >= 0))
order_lines order_lines_unit_price_check CHECK ((unit_price >= 0))
order_timeline order_timeline_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
order_timeline order_timeline_order_id_position_key UNIQUE (order_id, "position")
order_timeline order_timeline_pkey PRIMARY KEY (id)
orders orders_cart_id_key UNIQUE (cart_id)
orders orders_discount_check CHECK ((discount >= 0))
orders orders_fulfilment_status_check CHECK ((fulfilment_status = ANY (ARRAY['unfulfilled'::text, 'partially_fulfilled'::text, 'fulfilled'::text, 'delivered'::text, 'returned'::text])))
orders orders_number_key UNIQUE (number)
orders orders_payment_status_check CHECK ((payment_status = ANY (ARRAY['unpaid'::text, 'awaiting_deposit'::text, 'authorized'::text, 'paid'::text, 'partially_refunded'::text, 'refunded'::text])))
orders orders_pkey PRIMARY KEY (id)
orders orders_shipping_check CHECK ((shipping >= 0))
orders orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'confirmed'::text, 'completed'::text, 'cancelled'::text, 'expired'::text])))
orders orders_subtotal_check CHECK ((subtotal >= 0))
orders orders_tax_check CHECK ((tax >= 0))
orders orders_total_check CHECK ((total >= 0))
passkeys passkeys_credential_id_key UNIQUE (credential_id)
passkeys passkeys_pkey PRIMARY KEY (id)
passkeys passkeys_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['customer'::text, 'staff'::text])))
payment_attempts payment_attempts_kind_check CHECK ((kind = ANY (ARRAY['create'::text, 'confirm'::text, 'capture'::text, 'cancel'::text, 'refund'::text, 'inquire'::text])))
payment_attempts payment_attempts_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id)
payment_attempts payment_attempts_pkey PRIMARY KEY (id)
payment_attempts payment_attempts_status_check CHECK ((status = ANY (ARRAY['open'::text, 'succeeded'::text, 'failed'::text, 'unknown'::text])))
payment_entries payment_entries_kind_check CHECK ((kind = ANY (ARRAY['deposit'::text, 'capture'::text, 'refund'::text])))
payment_entries payment_entries_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id)
payment_entries payment_entries_pkey PRIMARY KEY (id)
payments payments_amount_check CHECK ((amount >= 0))
payments payments_captured CHECK (((captured <= amount) OR (status = ANY (ARRAY['failed'::text, 'cancelled'::text]))))
payments payments_captured_check CHECK ((captured >= 0))
payments payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
payments payments_pkey PRIMARY KEY (id)
payments payments_received_check CHECK ((received >= 0))
payments payments_refunded CHECK ((refunded <= captured))
payments payments_refunded_check CHECK ((refunded >= 0))
payments payments_status_check CHECK ((status = ANY (ARRAY['created'::text, 'requires_action'::text, 'awaiting_deposit'::text, 'authorized'::text, 'captured'::text, 'failed'::text, 'cancelled'::text, 'unknown'::text])))
phone_codes phone_codes_attempts_check CHECK ((attempts >= 0))
phone_codes phone_codes_hash_key UNIQUE (hash)
phone_codes phone_codes_pkey PRIMARY KEY (id)
phone_codes phone_codes_purpose_check CHECK ((purpose = ANY (ARRAY['log_in'::text, 'change'::text])))
prices prices_amount_check CHECK ((amount >= 0))
prices prices_compare_at_check CHECK ((compare_at >= 0))
prices prices_currency_check CHECK ((length(currency) = 3))
prices prices_pkey PRIMARY KEY (variant_id, currency)
prices prices_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants(id) ON DELETE CASCADE
product_categories product_categories_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE
product_categories product_categories_pkey PRIMARY KEY (product_id, category_id)
product_categories product_categories_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
product_price_ranges product_price_ranges_pkey PRIMARY KEY (product_id, currency)
product_price_ranges product_price_ranges_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
product_search product_search_pkey PRIMARY KEY (doc)
product_search product_search_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
product_search product_search_product_id_key UNIQUE (product_id)
product_tags product_tags_pkey PRIMARY KEY (product_id, tag)
product_tags product_tags_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
products products_external_key_key UNIQUE (external_key)
products products_minimum_age_check CHECK (((minimum_age >= 1) AND (minimum_age <= 150)))
products products_pkey PRIMARY KEY (id)
products products_slug_key UNIQUE (slug)
products products_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'archived'::text])))
promotion_customer_uses promotion_customer_uses_pkey PRIMARY KEY (promotion_id, customer_key)
promotion_customer_uses promotion_customer_uses_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions(id)
promotion_customer_uses promotion_customer_uses_used_check CHECK ((used >= 0))
promotion_redemptions promotion_redemptions_pkey PRIMARY KEY (promotion_id, order_id)
promotion_redemptions promotion_redemptions_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions(id)
promotions promotions_amount_check CHECK ((amount > 0))
promotions promotions_code_key UNIQUE (code)
promotions promotions_currency_check CHECK ((length(currency) = 3))
promotions promotions_kind_check CHECK ((kind = ANY (ARRAY['percentage'::text, 'fixed_amount'::text, 'free_shipping'::text])))
promotions promotions_limit CHECK (((usage_limit IS NULL) OR (used <= usage_limit)))
promotions promotions_minimum_spend_check CHECK ((minimum_spend >= 0))
promotions promotions_per_customer_limit_check CHECK ((per_customer_limit > 0))
promotions promotions_percent_bp_check CHECK (((percent_bp > 0) AND (percent_bp <= 10000)))
promotions promotions_pkey PRIMARY KEY (id)
promotions promotions_usage_limit_check CHECK ((usage_limit > 0))
promotions promotions_used_check CHECK ((used >= 0))
refunds refunds_amount_check CHECK ((amount > 0))
refunds refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
refunds refunds_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments(id)
refunds refunds_pkey PRIMARY KEY (id)
refunds refunds_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'succeeded'::text, 'failed'::text])))
separated_customers separated_customers_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
separated_customers separated_customers_pkey PRIMARY KEY (customer_id)
sessions sessions_pkey PRIMARY KEY (id)
sessions sessions_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['customer'::text, 'staff'::text])))
settings settings_pkey PRIMARY KEY (name)
shipments shipments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id)
shipments shipments_pkey PRIMARY KEY (id)
shipments shipments_status_check CHECK ((status = ANY (ARRAY['shipped'::text, 'delivered'::text])))
shipping_options shipping_options_amount_check CHECK ((amount >= 0))
shipping_options shipping_options_currency_check CHECK ((length(currency) = 3))
shipping_options shipping_options_free_over_check CHECK ((free_over >= 0))
shipping_options shipping_options_max_weight_grams_check CHECK ((max_weight_grams > 0))
shipping_options shipping_options_per_weight_amount_check CHECK ((per_weight_amount >= 0))
shipping_options shipping_options_per_weight_grams_check CHECK ((per_weight_grams > 0))
shipping_options shipping_options_pkey PRIMARY KEY (id)
shipping_options shipping_options_zone_id_fkey FOREIGN KEY (zone_id) REFERENCES shipping_zones(id)
shipping_zones shipping_zones_pkey PRIMARY KEY (id)
sign_in_attempts sign_in_attempts_pkey PRIMARY KEY (id)
sign_in_attempts sign_in_attempts_state_hash_key UNIQUE (state_hash)
signing_keys signing_keys_kid_key UNIQUE (kid)
signing_keys signing_keys_pkey PRIMARY KEY (generation)
sms_allowances sms_allowances_pkey PRIMARY KEY (allowance_key)
sms_allowances sms_allowances_used_check CHECK ((used > 0))
staff staff_email_key_key UNIQUE (email_key)
staff staff_pkey PRIMARY KEY (id)
staff staff_status_check CHECK ((status = ANY (ARRAY['active'::text, 'deactivated'::text, 'deleted'::text])))
staff_challenges staff_challenges_hash_key UNIQUE (hash)
staff_challenges staff_challenges_pkey PRIMARY KEY (id)
staff_challenges staff_challenges_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id) ON DELETE CASCADE
staff_invitations staff_invitations_hash_key UNIQUE (hash)
staff_invitations staff_invitations_pkey PRIMARY KEY (id)
staff_invitations staff_invitations_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id)
staff_invitations staff_invitations_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'revoked'::text])))
staff_member_roles staff_member_roles_pkey PRIMARY KEY (staff_id, role_id)
staff_member_roles staff_member_roles_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id) ON DELETE CASCADE
staff_recovery_codes staff_recovery_codes_pkey PRIMARY KEY (staff_id, hash)
staff_recovery_codes staff_recovery_codes_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff(id) ON DELETE CASCADE
staff_roles staff_roles_name_key_key UNIQUE (name_key)
staff_roles staff_roles_pkey PRIMARY KEY (id)
stock_levels stock_levels_backordered_check CHECK ((backordered >= 0))
stock_levels stock_levels_cover CHECK ((on_hand >= reserved))
stock_levels stock_levels_location_id_fkey FOREIGN KEY (location_id) REFERENCES stock_locations(id)
stock_levels stock_levels_on_hand_check CHECK ((on_hand >= 0))
stock_levels stock_levels_pkey PRIMARY KEY (variant_id, location_id)
stock_levels stock_levels_reserved_check CHECK ((reserved >= 0))
stock_levels stock_levels_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants(id)
stock_locations stock_locations_code_key UNIQUE (code)
stock_locations stock_locations_pkey PRIMARY KEY (id)
stock_movements stock_movements_kind_check CHECK ((kind = ANY (ARRAY['import'::text, 'adjustment'::text, 'reserve'::text, 'release'::text, 'fulfil'::text, 'restock'::text, 'backorder_fill'::text])))
stock_movements stock_movements_pkey PRIMARY KEY (id)
stock_reservations stock_reservations_backordered_check CHECK ((backordered >= 0))
stock_reservations stock_reservations_closed CHECK (((state <> 'closed'::text) OR ((quantity = 0) AND (backordered = 0))))
stock_reservations stock_reservations_fulfilled_check CHECK ((fulfilled >= 0))
stock_reservations stock_reservations_pkey PRIMARY KEY (id)
stock_reservations stock_reservations_quantity_check CHECK ((quantity >= 0))
stock_reservations stock_reservations_state_check CHECK ((state = ANY (ARRAY['reserved'::text, 'allocated'::text, 'closed'::text])))
tax_rates tax_rates_country_check CHECK ((length(country) = 2))
tax_rates tax_rates_country_tax_class_key UNIQUE (country, tax_class)
tax_rates tax_rates_pkey PRIMARY KEY (id)
tax_rates tax_rates_rate_ppm_check CHECK (((rate_ppm >= 0) AND (rate_ppm <= 1000000)))
used_id_tokens used_id_tokens_pkey PRIMARY KEY (hash)
variant_options variant_options_pkey PRIMARY KEY (variant_id, name)
variant_options variant_options_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
variant_options variant_options_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants(id) ON DELETE CASCADE
variants variants_external_key_key UNIQUE (external_key)
variants variants_height_mm_check CHECK ((height_mm >= 0))
variants variants_length_mm_check CHECK ((length_mm >= 0))
variants variants_max_per_order_check CHECK ((max_per_order > 0))
variants variants_pkey PRIMARY KEY (id)
variants variants_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id) ON DELETE CASCADE
variants variants_weight_grams_check CHECK ((weight_grams >= 0))
variants variants_width_mm_check CHECK ((width_mm >= 0))
verified_customers verified_customers_age_rule_check CHECK ((age_rule = ANY (ARRAY['calendar_year'::text, 'birthday'::text])))
verified_customers verified_customers_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE
verified_customers verified_customers_exclusive_hash_key UNIQUE (exclusive_hash)
verified_customers verified_customers_pkey PRIMARY KEY (customer_id)

-- Indexes
CREATE INDEX account_tokens_by_email ON public.account_tokens USING btree (email_key, created_at);
CREATE INDEX account_tokens_by_subject ON public.account_tokens USING btree (subject_id);
CREATE INDEX account_tokens_expiry ON public.account_tokens USING btree (expires_at);
CREATE UNIQUE INDEX account_tokens_hash_key ON public.account_tokens USING btree (hash);
CREATE UNIQUE INDEX account_tokens_pkey ON public.account_tokens USING btree (id);
CREATE INDEX answered_challenges_expiry ON public.answered_challenges USING btree (expires_at);
CREATE UNIQUE INDEX answered_challenges_pkey ON public.answered_challenges USING btree (hash);
CREATE UNIQUE INDEX api_keys_hash_key ON public.api_keys USING btree (hash);
CREATE UNIQUE INDEX api_keys_pkey ON public.api_keys USING btree (id);
CREATE UNIQUE INDEX audit_head_pkey ON public.audit_head USING btree (name);
CREATE INDEX audit_log_by_actor ON public.audit_log USING btree (actor, seq);
CREATE INDEX audit_log_by_operation ON public.audit_log USING btree (operation, seq);
CREATE INDEX audit_log_by_subject ON public.audit_log USING btree (subject, seq);
CREATE INDEX audit_log_by_time ON public.audit_log USING btree (at, seq);
CREATE INDEX audit_log_by_type ON public.audit_log USING btree (type, seq);
CREATE UNIQUE INDEX audit_log_id_key ON public.audit_log USING btree (id);
CREATE UNIQUE INDEX audit_log_pkey ON public.audit_log USING btree (seq);
CREATE UNIQUE INDEX cart_lines_cart_id_variant_id_key ON public.cart_lines USING btree (cart_id, variant_id);
CREATE UNIQUE INDEX cart_lines_pkey ON public.cart_lines USING btree (id);
CREATE INDEX carts_by_customer ON public.carts USING btree (customer_id, updated_at) WHERE ((status = 'active'::text) AND (customer_id IS NOT NULL));
CREATE INDEX carts_expiry ON public.carts USING btree (expires_at) WHERE (status = 'active'::text);
CREATE INDEX carts_of_customer ON public.carts USING btree (customer_id, id) WHERE (customer_id IS NOT NULL);
CREATE UNIQUE INDEX carts_pkey ON public.carts USING btree (id);
CREATE INDEX categories_by_parent ON public.categories USING btree (parent_id, "position");
CREATE UNIQUE INDEX categories_external_key_key ON public.categories USING btree (external_key);
CREATE UNIQUE INDEX categories_pkey ON public.categories USING btree (id);
CREATE UNIQUE INDEX categories_slug_key ON public.categories USING btree (slug);
CREATE UNIQUE INDEX category_ancestors_pkey ON public.category_ancestors USING btree (category_id, ancestor_id);
CREATE INDEX category_ancestors_subtree ON public.category_ancestors USING btree (ancestor_id, category_id);
CREATE UNIQUE INDEX channel_revisions_pkey ON public.channel_revisions USING btree (channel_id);
CREATE UNIQUE INDEX channel_stock_locations_pkey ON public.channel_stock_locations USING btree (channel_id, location_id);
CREATE UNIQUE INDEX channels_code_key ON public.channels USING btree (code);
CREATE UNIQUE INDEX channels_one_default ON public.channels USING btree (is_default) WHERE is_default;
CREATE UNIQUE INDEX channels_pkey ON public.channels USING btree (id);
CREATE INDEX collection_products_by_product ON public.collection_products USING btree (product_id);
CREATE UNIQUE INDEX collection_products_pkey ON public.collection_products USING btree (collection_id, product_id);
CREATE UNIQUE INDEX collections_external_key_key ON public.collections USING btree (external_key);
CREATE UNIQUE INDEX collections_pkey ON public.collections USING btree (id);
CREATE UNIQUE INDEX collections_slug_key ON public.collections USING btree (slug);
CREATE UNIQUE INDEX customer_addresses_billing ON public.customer_addresses USING btree (customer_id) WHERE is_default_billing;
CREATE INDEX customer_addresses_by_customer ON public.customer_addresses USING btree (customer_id, id);
CREATE UNIQUE INDEX customer_addresses_pkey ON public.customer_addresses USING btree (id);
CREATE UNIQUE INDEX customer_addresses_shipping ON public.customer_addresses USING btree (customer_id) WHERE is_default_shipping;
CREATE INDEX customer_consents_by_customer ON public.customer_consents USING btree (customer_id, id);
CREATE UNIQUE INDEX customer_consents_pkey ON public.customer_consents USING btree (id);
CREATE INDEX customer_identities_by_customer ON public.customer_identities USING btree (customer_id, id);
CREATE UNIQUE INDEX customer_identities_issuer_subject_key ON public.customer_identities USING btree (issuer, subject);
CREATE UNIQUE INDEX customer_identities_pkey ON public.customer_identities USING btree (id);
CREATE UNIQUE INDEX customers_email_key_key ON public.customers USING btree (email_key);
CREATE UNIQUE INDEX customers_login_phone ON public.customers USING btree (login_phone);
CREATE INDEX customers_newest ON public.customers USING btree (created_at, id);
CREATE UNIQUE INDEX customers_pkey ON public.customers USING btree (id);
CREATE INDEX customers_seen ON public.customers USING btree (last_seen_at);
CREATE INDEX events_by_subject ON public.events USING btree (subject, id);
CREATE UNIQUE INDEX events_pkey ON public.events USING btree (id);
CREATE INDEX idempotency_keys_expiry ON public.idempotency_keys USING btree (expires_at);
CREATE UNIQUE INDEX idempotency_keys_pkey ON public.idempotency_keys USING btree (id);
CREATE INDEX identity_verifications_by_customer ON public.identity_verifications USING btree (customer_id, created_at);
CREATE INDEX identity_verifications_expiry ON public.identity_verifications USING btree (expires_at);
CREATE UNIQUE INDEX identity_verifications_pkey ON public.identity_verifications USING btree (id);
CREATE INDEX jobs_finished ON public.jobs USING btree (finished_at);
CREATE UNIQUE INDEX jobs_pkey ON public.jobs USING btree (id);
CREATE INDEX jobs_ready ON public.jobs USING btree (run_at) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE UNIQUE INDEX jobs_unique_key_key ON public.jobs USING btree (unique_key);
CREATE INDEX login_failures_age ON public.login_failures USING btree (last_failed_at);
CREATE UNIQUE INDEX login_failures_pkey ON public.login_failures USING btree (account_key);
CREATE INDEX mails_age ON public.mails USING btree (created_at);
CREATE INDEX mails_by_recipient ON public.mails USING btree (recipient_key, id);
CREATE INDEX mails_due ON public.mails USING btree (next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE UNIQUE INDEX mails_pkey ON public.mails USING btree (id);
CREATE UNIQUE INDEX operation_uploads_pkey ON public.operation_uploads USING btree (operation_id, "position");
CREATE UNIQUE INDEX operations_pkey ON public.operations USING btree (id);
CREATE INDEX order_lines_by_order ON public.order_lines USING btree (order_id, "position");
CREATE UNIQUE INDEX order_lines_pkey ON public.order_lines USING btree (id);
CREATE UNIQUE INDEX order_timeline_order_id_position_key ON public.order_timeline USING btree (order_id, "position");
CREATE UNIQUE INDEX order_timeline_pkey ON public.order_timeline USING btree (id);
CREATE INDEX orders_by_customer ON public.orders USING btree (customer_id, placed_at, id);
CREATE INDEX orders_by_email ON public.orders USING btree (email, placed_at, id);
CREATE INDEX orders_by_status ON public.orders USING btree (status, placed_at, id);
CREATE UNIQUE INDEX orders_cart_id_key ON public.orders USING btree (cart_id);
CREATE INDEX orders_expiry ON public.orders USING btree (expires_at) WHERE (status = 'pending'::text);
CREATE INDEX orders_newest ON public.orders USING btree (placed_at, id);
CREATE UNIQUE INDEX orders_number_key ON public.orders USING btree (number);
CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id);
CREATE INDEX orders_retained ON public.orders USING btree (retain_until) WHERE (retain_until IS NOT NULL);
CREATE INDEX passkeys_by_subject ON public.passkeys USING btree (subject_kind, subject_id, id);
CREATE UNIQUE INDEX passkeys_credential_id_key ON public.passkeys USING btree (credential_id);
CREATE UNIQUE INDEX passkeys_pkey ON public.passkeys USING btree (id);
CREATE INDEX payment_attempts_by_payment ON public.payment_attempts USING btree (payment_id, id);
CREATE UNIQUE INDEX payment_attempts_pkey ON public.payment_attempts USING btree (id);
CREATE INDEX payment_entries_by_payment ON public.payment_entries USING btree (payment_id, id);
CREATE UNIQUE INDEX payment_entries_pkey ON public.payment_entries USING btree (id);
CREATE INDEX payments_by_order ON public.payments USING btree (order_id);
CREATE UNIQUE INDEX payments_one_live ON public.payments USING btree (order_id) WHERE (status <> ALL (ARRAY['failed'::text, 'cancelled'::text]));
CREATE INDEX payments_open ON public.payments USING btree (next_check_at) WHERE (next_check_at IS NOT NULL);
CREATE UNIQUE INDEX payments_pkey ON public.payments USING btree (id);
CREATE INDEX phone_codes_by_phone ON public.phone_codes USING btree (phone, created_at);
CREATE INDEX phone_codes_expiry ON public.phone_codes USING btree (expires_at);
CREATE UNIQUE INDEX phone_codes_hash_key ON public.phone_codes USING btree (hash);
CREATE UNIQUE INDEX phone_codes_pkey ON public.phone_codes USING btree (id);
CREATE UNIQUE INDEX prices_pkey ON public.prices USING btree (variant_id, currency);
CREATE INDEX product_categories_filter ON public.product_categories USING btree (category_id, product_id);
CREATE UNIQUE INDEX product_categories_pkey ON public.product_categories USING btree (product_id, category_id);
CREATE INDEX product_price_ranges_most ON public.product_price_ranges USING btree (currency, max_amount, min_amount, product_id);
CREATE UNIQUE INDEX product_price_ranges_pkey ON public.product_price_ranges USING btree (product_id, currency);
CREATE INDEX product_price_ranges_sort ON public.product_price_ranges USING btree (currency, min_amount, product_id);
CREATE INDEX product_search_index ON public.product_search USING gin (to_tsvector('simple'::regconfig, body)) WITH (gin_pending_list_limit='64');
CREATE INDEX product_search_newest ON public.product_search USING btree (listed_at, product_id);
CREATE UNIQUE INDEX product_search_pkey ON public.product_search USING btree (doc);
CREATE UNIQUE INDEX product_search_product_id_key ON public.product_search USING btree (product_id);
CREATE INDEX product_tags_filter ON public.product_tags USING btree (tag, product_id);
CREATE UNIQUE INDEX product_tags_pkey ON public.product_tags USING btree (product_id, tag);
CREATE INDEX products_by_brand ON public.products USING btree (brand, id);
CREATE INDEX products_by_name ON public.products USING btree (status, title_sort, id);
CREATE INDEX products_by_title ON public.products USING btree (title_sort, id);
CREATE INDEX products_by_update ON public.products USING btree (updated_at, id);
CREATE UNIQUE INDEX products_external_key_key ON public.products USING btree (external_key);
CREATE INDEX products_newest ON public.products USING btree (status, published_at, id);
CREATE UNIQUE INDEX products_pkey ON public.products USING btree (id);
CREATE UNIQUE INDEX products_slug_key ON public.products USING btree (slug);
CREATE UNIQUE INDEX promotion_customer_uses_pkey ON public.promotion_customer_uses USING btree (promotion_id, customer_key);
CREATE INDEX promotion_redemptions_by_order ON public.promotion_redemptions USING btree (order_id);
CREATE UNIQUE INDEX promotion_redemptions_pkey ON public.promotion_redemptions USING btree (promotion_id, order_id);
CREATE UNIQUE INDEX promotions_code_key ON public.promotions USING btree (code);
CREATE UNIQUE INDEX promotions_pkey ON public.promotions USING btree (id);
CREATE INDEX refunds_by_order ON public.refunds USING btree (order_id);
CREATE INDEX refunds_open ON public.refunds USING btree (next_check_at) WHERE (next_check_at IS NOT NULL);
CREATE UNIQUE INDEX refunds_pkey ON public.refunds USING btree (id);
CREATE UNIQUE INDEX separated_customers_pkey ON public.separated_customers USING btree (customer_id);
CREATE INDEX sessions_by_subject ON public.sessions USING btree (subject_kind, subject_id, id);
CREATE INDEX sessions_expiry ON public.sessions USING btree (expires_at);
CREATE UNIQUE INDEX sessions_pkey ON public.sessions USING btree (id);
CREATE UNIQUE INDEX settings_pkey ON public.settings USING btree (name);
CREATE INDEX shipments_by_order ON public.shipments USING btree (order_id);
CREATE UNIQUE INDEX shipments_pkey ON public.shipments USING btree (id);
CREATE INDEX shipping_options_by_zone ON public.shipping_options USING btree (zone_id, "position");
CREATE UNIQUE INDEX shipping_options_pkey ON public.shipping_options USING btree (id);
CREATE UNIQUE INDEX shipping_zones_pkey ON public.shipping_zones USING btree (id);
CREATE INDEX sign_in_attempts_by_customer ON public.sign_in_attempts USING btree (customer_id);
CREATE INDEX sign_in_attempts_expiry ON public.sign_in_attempts USING btree (expires_at);
CREATE UNIQUE INDEX sign_in_attempts_pkey ON public.sign_in_attempts USING btree (id);
CREATE UNIQUE INDEX sign_in_attempts_state_hash_key ON public.sign_in_attempts USING btree (state_hash);
CREATE UNIQUE INDEX signing_keys_kid_key ON public.signing_keys USING btree (kid);
CREATE UNIQUE INDEX signing_keys_pkey ON public.signing_keys USING btree (generation);
CREATE INDEX sms_allowances_age ON public.sms_allowances USING btree (since);
CREATE UNIQUE INDEX sms_allowances_pkey ON public.sms_allowances USING btree (allowance_key);
CREATE INDEX staff_challenges_expiry ON public.staff_challenges USING btree (expires_at);
CREATE UNIQUE INDEX staff_challenges_hash_key ON public.staff_challenges USING btree (hash);
CREATE UNIQUE INDEX staff_challenges_pkey ON public.staff_challenges USING btree (id);
CREATE UNIQUE INDEX staff_email_key_key ON public.staff USING btree (email_key);
CREATE UNIQUE INDEX staff_invitations_hash_key ON public.staff_invitations USING btree (hash);
CREATE UNIQUE INDEX staff_invitations_pending ON public.staff_invitations USING btree (email_key) WHERE (status = 'pending'::text);
CREATE UNIQUE INDEX staff_invitations_pkey ON public.staff_invitations USING btree (id);
CREATE INDEX staff_member_roles_by_role ON public.staff_member_roles USING btree (role_id);
CREATE UNIQUE INDEX staff_member_roles_pkey ON public.staff_member_roles USING btree (staff_id, role_id);
CREATE UNIQUE INDEX staff_pkey ON public.staff USING btree (id);
CREATE UNIQUE INDEX staff_recovery_codes_pkey ON public.staff_recovery_codes USING btree (staff_id, hash);
CREATE UNIQUE INDEX staff_roles_name_key_key ON public.staff_roles USING btree (name_key);
CREATE UNIQUE INDEX staff_roles_pkey ON public.staff_roles USING btree (id);
CREATE UNIQUE INDEX stock_levels_pkey ON public.stock_levels USING btree (variant_id, location_id);
CREATE UNIQUE INDEX stock_locations_code_key ON public.stock_locations USING btree (code);
CREATE UNIQUE INDEX stock_locations_pkey ON public.stock_locations USING btree (id);
CREATE INDEX stock_movements_by_variant ON public.stock_movements USING btree (variant_id, location_id, id);
CREATE UNIQUE INDEX stock_movements_pkey ON public.stock_movements USING btree (id);
CREATE INDEX stock_reservations_backordered ON public.stock_reservations USING btree (variant_id, location_id, id) WHERE (backordered > 0);
CREATE INDEX stock_reservations_by_order ON public.stock_reservations USING btree (order_id);
CREATE UNIQUE INDEX stock_reservations_line ON public.stock_reservations USING btree (order_line_id, location_id) WHERE (state <> 'closed'::text);
CREATE UNIQUE INDEX stock_reservations_pkey ON public.stock_reservations USING btree (id);
CREATE UNIQUE INDEX tax_rates_country_tax_class_key ON public.tax_rates USING btree (country, tax_class);
CREATE UNIQUE INDEX tax_rates_pkey ON public.tax_rates USING btree (id);
CREATE INDEX used_id_tokens_expiry ON public.used_id_tokens USING btree (expires_at);
CREATE UNIQUE INDEX used_id_tokens_pkey ON public.used_id_tokens USING btree (hash);
CREATE INDEX variant_options_by_product ON public.variant_options USING btree (product_id);
CREATE INDEX variant_options_filter ON public.variant_options USING btree (name, value, product_id);
CREATE UNIQUE INDEX variant_options_pkey ON public.variant_options USING btree (variant_id, name);
CREATE INDEX variants_by_product ON public.variants USING btree (product_id, "position");
CREATE INDEX variants_by_sku ON public.variants USING btree (sku);
CREATE UNIQUE INDEX variants_external_key_key ON public.variants USING btree (external_key);
CREATE UNIQUE INDEX variants_pkey ON public.variants USING btree (id);
CREATE INDEX verified_customers_by_person ON public.verified_customers USING btree (person_hash);
CREATE UNIQUE INDEX verified_customers_exclusive_hash_key ON public.verified_customers USING btree (exclusive_hash);
CREATE UNIQUE INDEX verified_customers_pkey ON public.verified_customers USING btree (customer_id);
