//! An authenticator in software, as a device holds one: it makes passkeys and signs with them, and lies as it is told.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the tests' shop lets passkeys be used.
pub const RP_ID: &str = "shop.example";
/// Its page.
pub const ORIGIN: &str = "https://www.shop.example";
/// Its Android app.
pub const ANDROID: &str = "android:apk-key-hash:sjYxqUM11Op8oHJuOdbrsCqtvYvbKHhQoKBlt28dLec";

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// One passkey on its device.
#[derive(Clone)]
pub struct Authenticator {
    key: std::sync::Arc<EcdsaKeyPair>,
    pub id: Vec<u8>,
    pub user: String,
    /// What it tells of where it is used.
    pub origin: String,
    pub rp_id: String,
    /// Whether it asks for a fingerprint.
    pub verifies: bool,
    /// Its last count; none: it does not count.
    pub count: Option<u32>,
    /// What the client says it was asked to do, if that is to be a lie.
    pub kind: Option<String>,
}

impl Authenticator {
    /// A device that has no passkey yet.
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self {
            key: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref()).unwrap().into(),
            id: uuid::Uuid::new_v4().as_bytes().to_vec(),
            user: String::new(),
            origin: ORIGIN.to_owned(),
            rp_id: RP_ID.to_owned(),
            verifies: true,
            count: Some(0),
            kind: None,
        }
    }

    /// What `navigator.credentials.create()` answers.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = options["user"]["id"].as_str().unwrap().to_owned();
        let client = self.client_data("webauthn.create", options);
        let mut attested = vec![0u8; 16];
        attested.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        attested.extend(&self.id);
        attested.extend(self.cose_key());
        let data = self.data(ATTESTED, &attested);
        // {"fmt": "none", "attStmt": {}, "authData": ...}
        let mut object = vec![0xa3];
        object.extend(text("fmt"));
        object.extend(text("none"));
        object.extend(text("attStmt"));
        object.push(0xa0);
        object.extend(text("authData"));
        object.extend(bytes(&data));
        json!({
            "id": encoded(&self.id), "rawId": encoded(&self.id), "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {"clientDataJSON": encoded(&client), "attestationObject": encoded(&object), "transports": ["internal", "hybrid"],
                "publicKeyAlgorithm": -7, "authenticatorData": encoded(&data)},
        })
    }

    /// What `navigator.credentials.get()` answers.
    pub fn get(&mut self, options: &Value) -> Value {
        let client = self.client_data("webauthn.get", options);
        self.count = self.count.map(|count| count + 1);
        let data = self.data(0, &[]);
        let signed = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encoded(&self.id), "rawId": encoded(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {"clientDataJSON": encoded(&client), "authenticatorData": encoded(&data),
                "signature": encoded(signature.as_ref()), "userHandle": self.user},
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let kind = self.kind.as_deref().unwrap_or(kind);
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false}).to_string().into_bytes()
    }

    fn data(&self, flags: u8, attested: &[u8]) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(USER_PRESENT | verified | BACKUP_ELIGIBLE | BACKED_UP | flags);
        data.extend(self.count.unwrap_or(0).to_be_bytes());
        data.extend(attested);
        data
    }

    /// {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9052, 7).
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        key.extend(bytes(&point[1..33]));
        key.push(0x22);
        key.extend(bytes(&point[33..]));
        key
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Text in CBOR (RFC 8949), of 23 bytes at most.
fn text(text: &str) -> Vec<u8> {
    [&[0x60 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Bytes in CBOR.
fn bytes(bytes: &[u8]) -> Vec<u8> {
    let mut all = match u8::try_from(bytes.len()) {
        Ok(length) => vec![0x58, length],
        Err(_) => [&[0x59], u16::try_from(bytes.len()).unwrap().to_be_bytes().as_slice()].concat(),
    };
    all.extend(bytes);
    all
}
