//! The tables as diesel sees them: the same on SQLite and PostgreSQL. Meaning and constraints are
//! said in `migrations/`.

diesel::table! {
    use diesel::sql_types::{Text};
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Text};
    use crate::types::sql::{Instant, Uuid};
    channels (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        currency -> Text,
        default_locale -> Text,
        locales -> Text,
        countries -> Text,
        time_zone_offset_minutes -> Integer,
        prices_include_tax -> Bool,
        payment_providers -> Text,
        is_default -> Bool,
        active -> Bool,
        order_expiry_minutes -> Integer,
        allowed_origins -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    api_keys (id) {
        id -> Uuid,
        kind -> Text,
        name -> Text,
        hint -> Text,
        hash -> Text,
        permissions -> Text,
        channel_id -> Nullable<Uuid>,
        created_at -> Instant,
        expires_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
        last_used_at -> Nullable<Instant>,
        allowed_networks -> Text,
        replaced_by -> Nullable<Uuid>,
        created_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    products (id) {
        id -> Uuid,
        slug -> Text,
        external_key -> Nullable<Text>,
        status -> Text,
        published_at -> Nullable<Instant>,
        title -> Text,
        title_sort -> Text,
        titles -> Text,
        description -> Text,
        brand -> Nullable<Text>,
        product_type -> Nullable<Text>,
        tax_class -> Text,
        tags -> Text,
        options -> Text,
        media -> Text,
        image -> Nullable<Text>,
        seo -> Text,
        translations -> Text,
        metadata -> Text,
        private_metadata -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
        minimum_age -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::types::sql::Uuid;
    channel_revisions (channel_id) {
        channel_id -> Uuid,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    variants (id) {
        id -> Uuid,
        product_id -> Uuid,
        position -> Integer,
        external_key -> Nullable<Text>,
        sku -> Nullable<Text>,
        barcode -> Nullable<Text>,
        title -> Text,
        option_values -> Text,
        weight_grams -> Integer,
        length_mm -> Nullable<Integer>,
        width_mm -> Nullable<Integer>,
        height_mm -> Nullable<Integer>,
        requires_shipping -> Bool,
        taxable -> Bool,
        track_inventory -> Bool,
        backorder -> Bool,
        max_per_order -> Nullable<Integer>,
        media_id -> Nullable<Uuid>,
        active -> Bool,
        metadata -> Text,
        private_metadata -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::types::sql::Uuid;
    variant_options (variant_id, name) {
        variant_id -> Uuid,
        product_id -> Uuid,
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::Uuid;
    prices (variant_id, currency) {
        variant_id -> Uuid,
        currency -> Text,
        amount -> BigInt,
        compare_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::Uuid;
    product_price_ranges (product_id, currency) {
        product_id -> Uuid,
        currency -> Text,
        min_amount -> BigInt,
        max_amount -> BigInt,
        compare_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{Text};
    use crate::types::sql::Uuid;
    product_tags (product_id, tag) {
        product_id -> Uuid,
        tag -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    categories (id) {
        id -> Uuid,
        parent_id -> Nullable<Uuid>,
        slug -> Text,
        external_key -> Nullable<Text>,
        name -> Text,
        names -> Text,
        description -> Text,
        position -> Integer,
        seo -> Text,
        translations -> Text,
        metadata -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer};
    use crate::types::sql::Uuid;
    category_ancestors (category_id, ancestor_id) {
        category_id -> Uuid,
        ancestor_id -> Uuid,
        depth -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer};
    use crate::types::sql::Uuid;
    product_categories (product_id, category_id) {
        product_id -> Uuid,
        category_id -> Uuid,
        position -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    collections (id) {
        id -> Uuid,
        slug -> Text,
        external_key -> Nullable<Text>,
        title -> Text,
        titles -> Text,
        description -> Text,
        published -> Bool,
        image -> Nullable<Text>,
        seo -> Text,
        translations -> Text,
        metadata -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer};
    use crate::types::sql::Uuid;
    collection_products (collection_id, product_id) {
        collection_id -> Uuid,
        product_id -> Uuid,
        position -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    stock_locations (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        address -> Nullable<Text>,
        priority -> Integer,
        active -> Bool,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{};
    use crate::types::sql::Uuid;
    channel_stock_locations (channel_id, location_id) {
        channel_id -> Uuid,
        location_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer};
    use crate::types::sql::{Instant, Uuid};
    stock_levels (variant_id, location_id) {
        variant_id -> Uuid,
        location_id -> Uuid,
        on_hand -> Integer,
        reserved -> Integer,
        backordered -> Integer,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    stock_movements (id) {
        id -> Uuid,
        variant_id -> Uuid,
        location_id -> Uuid,
        kind -> Text,
        on_hand_delta -> Integer,
        reserved_delta -> Integer,
        backordered_delta -> Integer,
        reason -> Nullable<Text>,
        order_id -> Nullable<Uuid>,
        actor -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::sql::{Instant, Uuid};
    stock_reservations (id) {
        id -> Uuid,
        order_id -> Uuid,
        order_line_id -> Uuid,
        variant_id -> Uuid,
        location_id -> Uuid,
        quantity -> Integer,
        backordered -> Integer,
        fulfilled -> Integer,
        state -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::sql::{Instant, Uuid};
    shipping_zones (id) {
        id -> Uuid,
        name -> Text,
        countries -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    shipping_options (id) {
        id -> Uuid,
        zone_id -> Uuid,
        name -> Text,
        description -> Nullable<Text>,
        currency -> Text,
        amount -> BigInt,
        per_weight_amount -> BigInt,
        per_weight_grams -> Nullable<Integer>,
        free_over -> Nullable<BigInt>,
        max_weight_grams -> Nullable<Integer>,
        position -> Integer,
        active -> Bool,
        translations -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Text};
    use crate::types::sql::{Instant, Uuid};
    tax_rates (id) {
        id -> Uuid,
        country -> Text,
        tax_class -> Text,
        name -> Text,
        rate_ppm -> Integer,
        applies_to_shipping -> Bool,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    promotions (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        kind -> Text,
        percent_bp -> Nullable<Integer>,
        currency -> Nullable<Text>,
        amount -> Nullable<BigInt>,
        minimum_spend -> Nullable<BigInt>,
        starts_at -> Nullable<Instant>,
        ends_at -> Nullable<Instant>,
        usage_limit -> Nullable<Integer>,
        per_customer_limit -> Nullable<Integer>,
        used -> Integer,
        active -> Bool,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::sql::Uuid;
    promotion_customer_uses (promotion_id, customer_key) {
        promotion_id -> Uuid,
        customer_key -> Text,
        used -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    promotion_redemptions (promotion_id, order_id) {
        promotion_id -> Uuid,
        order_id -> Uuid,
        customer_key -> Text,
        amount -> BigInt,
        created_at -> Instant,
        released_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    carts (id) {
        id -> Uuid,
        token_hash -> Text,
        channel_id -> Uuid,
        currency -> Text,
        locale -> Text,
        status -> Text,
        email -> Nullable<Text>,
        shipping_address -> Nullable<Text>,
        billing_address -> Nullable<Text>,
        shipping_option_id -> Nullable<Uuid>,
        codes -> Text,
        order_id -> Nullable<Uuid>,
        metadata -> Text,
        private_metadata -> Text,
        version -> Integer,
        expires_at -> Instant,
        created_at -> Instant,
        updated_at -> Instant,
        customer_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Text};
    use crate::types::sql::{Instant, Uuid};
    cart_lines (id) {
        id -> Uuid,
        cart_id -> Uuid,
        variant_id -> Uuid,
        quantity -> Integer,
        unit_price -> BigInt,
        metadata -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    orders (id) {
        id -> Uuid,
        number -> Text,
        token_hash -> Text,
        channel_id -> Uuid,
        cart_id -> Nullable<Uuid>,
        currency -> Text,
        locale -> Text,
        email -> Text,
        shipping_address -> Nullable<Text>,
        billing_address -> Nullable<Text>,
        status -> Text,
        payment_status -> Text,
        fulfilment_status -> Text,
        subtotal -> BigInt,
        discount -> BigInt,
        shipping -> BigInt,
        tax -> BigInt,
        total -> BigInt,
        prices_include_tax -> Bool,
        shipping_option -> Nullable<Text>,
        discounts -> Text,
        explain -> Text,
        metadata -> Text,
        private_metadata -> Text,
        placed_at -> Instant,
        expires_at -> Nullable<Instant>,
        cancel_reason -> Nullable<Text>,
        attention -> Text,
        version -> Integer,
        updated_at -> Instant,
        customer_id -> Nullable<Uuid>,
        retain_until -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::types::sql::Uuid;
    order_lines (id) {
        id -> Uuid,
        order_id -> Uuid,
        position -> Integer,
        variant_id -> Uuid,
        product_id -> Uuid,
        product_slug -> Text,
        sku -> Nullable<Text>,
        product_title -> Text,
        variant_title -> Text,
        image_url -> Nullable<Text>,
        quantity -> Integer,
        fulfilled_quantity -> Integer,
        refunded_quantity -> Integer,
        cancelled_quantity -> Integer,
        unit_price -> BigInt,
        subtotal -> BigInt,
        discount -> BigInt,
        tax -> BigInt,
        total -> BigInt,
        tax_rate_ppm -> Integer,
        weight_grams -> Integer,
        requires_shipping -> Bool,
        track_inventory -> Bool,
        backorder -> Bool,
        metadata -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::sql::{Instant, Uuid};
    order_timeline (id) {
        id -> Uuid,
        order_id -> Uuid,
        position -> Integer,
        kind -> Text,
        data -> Text,
        actor -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    payments (id) {
        id -> Uuid,
        order_id -> Uuid,
        provider -> Text,
        method -> Text,
        status -> Text,
        currency -> Text,
        amount -> BigInt,
        captured -> BigInt,
        refunded -> BigInt,
        received -> BigInt,
        provider_reference -> Nullable<Text>,
        instructions -> Nullable<Text>,
        next_action -> Nullable<Text>,
        failure -> Nullable<Text>,
        due_at -> Nullable<Instant>,
        next_check_at -> Nullable<Instant>,
        checks -> Integer,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    payment_attempts (id) {
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        status -> Text,
        amount -> BigInt,
        response -> Nullable<Text>,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    payment_entries (id) {
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        amount -> BigInt,
        reference -> Nullable<Text>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    refunds (id) {
        id -> Uuid,
        order_id -> Uuid,
        payment_id -> Uuid,
        attempt_id -> Nullable<Uuid>,
        status -> Text,
        currency -> Text,
        amount -> BigInt,
        reason -> Nullable<Text>,
        lines -> Text,
        next_check_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    shipments (id) {
        id -> Uuid,
        order_id -> Uuid,
        status -> Text,
        carrier -> Nullable<Text>,
        tracking_number -> Nullable<Text>,
        tracking_url -> Nullable<Text>,
        lines -> Text,
        created_at -> Instant,
        delivered_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    audit_log (seq) {
        seq -> BigInt,
        id -> Uuid,
        at -> Instant,
        actor -> Text,
        address -> Nullable<Text>,
        operation -> Text,
        #[sql_name = "type"]
        kind -> Text,
        subject -> Nullable<Text>,
        before -> Nullable<Text>,
        after -> Text,
        request_id -> Text,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    audit_head (name) {
        name -> Text,
        seq -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    events (id) {
        id -> Uuid,
        #[sql_name = "type"]
        kind -> Text,
        subject -> Nullable<Uuid>,
        data -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    idempotency_keys (id) {
        id -> Text,
        operation -> Text,
        input_hash -> Text,
        state -> Text,
        resource_id -> Nullable<Uuid>,
        answer -> Nullable<Text>,
        locked_until -> Instant,
        created_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    jobs (id) {
        id -> Uuid,
        kind -> Text,
        unique_key -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> Instant,
        attempts -> Integer,
        locked_until -> Nullable<Instant>,
        last_error -> Nullable<Text>,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    operations (id) {
        id -> Uuid,
        kind -> Text,
        state -> Text,
        done -> BigInt,
        total -> Nullable<BigInt>,
        parameters -> Text,
        result -> Nullable<Text>,
        error -> Nullable<Text>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer};
    use crate::types::sql::Uuid;
    operation_uploads (operation_id, position) {
        operation_id -> Uuid,
        position -> Integer,
        bytes -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    product_search (doc) {
        doc -> BigInt,
        product_id -> Uuid,
        body -> Text,
        listed_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::Instant;
    signing_keys (generation) {
        generation -> Integer,
        kid -> Text,
        public_key -> Text,
        private_key -> Text,
        signs_from -> Instant,
        verifies_until -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    customers (id) {
        id -> Uuid,
        status -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        email_verified_at -> Nullable<Instant>,
        name -> Nullable<Text>,
        phone -> Nullable<Text>,
        locale -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        password_changed_at -> Instant,
        consents -> Text,
        metadata -> Text,
        private_metadata -> Text,
        version -> Integer,
        last_login_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
        erased_at -> Nullable<Instant>,
        login_phone -> Nullable<Text>,
        login_phone_verified_at -> Nullable<Instant>,
        last_seen_at -> Nullable<Instant>,
        inactive_noticed_at -> Nullable<Instant>,
        separated_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    customer_addresses (id) {
        id -> Uuid,
        customer_id -> Uuid,
        label -> Nullable<Text>,
        address -> Text,
        is_default_shipping -> Bool,
        is_default_billing -> Bool,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Text};
    use crate::types::sql::{Instant, Uuid};
    customer_consents (id) {
        id -> Uuid,
        customer_id -> Uuid,
        channel -> Text,
        granted -> Bool,
        source -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    sessions (id) {
        id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        salt -> Text,
        generation -> Integer,
        rotated_at -> Instant,
        device_name -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        address_prefix -> Nullable<Text>,
        authenticated_at -> Instant,
        created_at -> Instant,
        last_used_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
        revoked_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    passkeys (id) {
        id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        credential_id -> Text,
        credential -> Text,
        sign_count -> BigInt,
        backed_up -> Bool,
        name -> Text,
        created_at -> Instant,
        last_used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Instant;
    answered_challenges (hash) {
        hash -> Text,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    account_tokens (id) {
        id -> Uuid,
        kind -> Text,
        hash -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<Uuid>,
        email_key -> Text,
        change_id -> Nullable<Uuid>,
        payload -> Text,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::Instant;
    login_failures (account_key) {
        account_key -> Text,
        failures -> Integer,
        blocked_until -> Nullable<Instant>,
        last_failed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    mails (id) {
        id -> Uuid,
        template -> Text,
        locale -> Text,
        recipient -> Text,
        token_id -> Nullable<Uuid>,
        data -> Text,
        state -> Text,
        attempts -> Integer,
        next_attempt_at -> Nullable<Instant>,
        last_error -> Nullable<Text>,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
        channel -> Text,
        not_after -> Nullable<Instant>,
        provider_reference -> Nullable<Text>,
        recipient_key -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    phone_codes (id) {
        id -> Uuid,
        purpose -> Text,
        phone -> Text,
        hash -> Text,
        customer_id -> Nullable<Uuid>,
        asked_from -> Text,
        attempts -> Integer,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::sql::Instant;
    sms_allowances (allowance_key) {
        allowance_key -> Text,
        used -> Integer,
        since -> Instant,
        next_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    identity_verifications (id) {
        id -> Uuid,
        customer_id -> Uuid,
        provider -> Text,
        method -> Nullable<Text>,
        status -> Text,
        failure -> Nullable<Text>,
        created_at -> Instant,
        expires_at -> Instant,
        finished_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    verified_customers (customer_id) {
        customer_id -> Uuid,
        verification_id -> Uuid,
        provider -> Text,
        person_hash -> Nullable<Text>,
        exclusive_hash -> Nullable<Text>,
        birth_year -> Integer,
        birth_day -> Nullable<Text>,
        age_rule -> Text,
        utc_offset_minutes -> Integer,
        verified_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::{Instant, Uuid};
    separated_customers (customer_id) {
        customer_id -> Uuid,
        sealed -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    staff_roles (id) {
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        description -> Nullable<Text>,
        permissions -> Text,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    staff (id) {
        id -> Uuid,
        status -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        name -> Nullable<Text>,
        locale -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        password_changed_at -> Instant,
        totp_secret -> Nullable<Text>,
        totp_confirmed_at -> Nullable<Instant>,
        totp_last_step -> BigInt,
        version -> Integer,
        last_login_at -> Nullable<Instant>,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use crate::types::sql::Uuid;
    staff_member_roles (staff_id, role_id) {
        staff_id -> Uuid,
        role_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    staff_invitations (id) {
        id -> Uuid,
        status -> Text,
        email -> Text,
        email_key -> Text,
        role_ids -> Text,
        locale -> Nullable<Text>,
        hash -> Text,
        invited_by -> Text,
        staff_id -> Nullable<Uuid>,
        created_at -> Instant,
        sent_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    staff_challenges (id) {
        id -> Uuid,
        hash -> Text,
        staff_id -> Uuid,
        device_name -> Nullable<Text>,
        attempts -> Integer,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    staff_recovery_codes (staff_id, hash) {
        staff_id -> Uuid,
        hash -> Text,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    customer_identities (id) {
        id -> Uuid,
        customer_id -> Uuid,
        provider -> Text,
        issuer -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        created_at -> Instant,
        last_used_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::sql::{Instant, Uuid};
    sign_in_attempts (id) {
        id -> Uuid,
        state_hash -> Text,
        secret_hash -> Text,
        provider -> Text,
        channel_id -> Uuid,
        customer_id -> Nullable<Uuid>,
        redirect_uri -> Text,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::sql::Instant;
    used_id_tokens (hash) {
        hash -> Text,
        expires_at -> Instant,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    channels,
    channel_revisions,
    api_keys,
    products,
    variants,
    variant_options,
    prices,
    product_price_ranges,
    product_tags,
    categories,
    category_ancestors,
    product_categories,
    collections,
    collection_products,
    stock_locations,
    channel_stock_locations,
    stock_levels,
    stock_movements,
    stock_reservations,
    shipping_zones,
    shipping_options,
    tax_rates,
    promotions,
    promotion_customer_uses,
    promotion_redemptions,
    carts,
    cart_lines,
    orders,
    order_lines,
    order_timeline,
    payments,
    payment_attempts,
    payment_entries,
    refunds,
    shipments,
    events,
    idempotency_keys,
    jobs,
    operations,
    operation_uploads,
    product_search,
    signing_keys,
    customers,
    customer_addresses,
    customer_consents,
    sessions,
    passkeys,
    answered_challenges,
    account_tokens,
    login_failures,
    mails,
    staff_roles,
    staff,
    staff_member_roles,
    staff_invitations,
    staff_challenges,
    staff_recovery_codes,
    customer_identities,
    sign_in_attempts,
    used_id_tokens,
    phone_codes,
    sms_allowances,
    identity_verifications,
    verified_customers,
    separated_customers,
);
