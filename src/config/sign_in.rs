//! Whom customers may sign in with: `[sign_in.google]` and the like of the configuration file, or
//! `MARU_SIGN_IN__GOOGLE__CLIENT_ID` and the like of the environment. A known name brings its preset along
//! (`sign_in_presets.toml`); any other is an OpenID Connect issuer, or an OAuth 2.0 server with a profile.

use std::collections::BTreeMap;

use jsonwebtoken::Algorithm;
use rustls_pki_types::pem::PemObject;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

const PRESETS: &str = include_str!("sign_in_presets.toml");
/// What a generic issuer may sign with unless told otherwise.
const ALGORITHMS: [&str; 2] = ["RS256", "ES256"];

/// What any may: with a secret that both know (HS256), whoever has the client's secret could make tokens.
const ASYMMETRIC: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// The settings of each provider, as files and variables give them.
pub(super) type Raw = BTreeMap<String, Map<String, Value>>;

/// A provider that customers may sign in with.
#[derive(Debug, Clone)]
pub struct SignInProviderConfig {
    /// What paths and inputs name it by: `google`.
    pub id: String,
    /// What customers are shown.
    pub name: String,
    /// How it is spoken to.
    pub protocol: SignInProtocol,
    /// Who it is: identities are its issuer and a subject.
    pub issuer: String,
    /// The shop's name at the provider, for the web.
    pub client_id: String,
    /// What proves to be the shop.
    pub client_secret: ClientSecret,
    /// How that is sent.
    pub token_auth: TokenAuth,
    /// Every client id that an ID token may be for: the web's, and the apps'.
    pub audiences: Vec<String>,
    /// Where customers may come back to.
    pub redirect_uris: Vec<String>,
    /// The codes of the channels that offer it; empty: all.
    pub channels: Vec<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// How the provider hands the code to the redirect URI, if not in its query.
    pub response_mode: Option<String>,
    /// Whether its word for an address counts although it does not say that it verified it.
    pub trust_email: bool,
    /// Whether somebody without a verified address gets an account without one, rather than a refusal.
    pub accounts_without_email: bool,
    /// How long the provider may take for an answer.
    pub timeout_ms: u64,
}

/// How a provider is spoken to.
#[derive(Debug, Clone)]
pub enum SignInProtocol {
    /// OpenID Connect: its endpoints and keys are discovered.
    Oidc {
        /// Other texts that its tokens name the issuer by.
        also_issued_as: Vec<String>,
        /// What its tokens may be signed with.
        algorithms: Vec<Algorithm>,
        /// Whether tokens of apps must hold a nonce.
        require_nonce: bool,
        /// Whether the nonce that they hold is the hash of the app's, and only that.
        nonce_is_hashed: bool,
    },
    /// OAuth 2.0 with a profile.
    OAuth2(Box<OAuth2Config>),
}

/// An OAuth 2.0 server, and the profile that it shows.
#[derive(Debug, Clone)]
pub struct OAuth2Config {
    /// Where customers are sent.
    pub authorization_url: Url,
    /// Where codes are redeemed.
    pub token_url: Url,
    /// Where the profile is read.
    pub profile_url: Url,
    /// Where in it what stands.
    pub profile: ProfileMap,
}

/// Where in a profile what stands: JSON pointers.
#[derive(Debug, Clone)]
pub struct ProfileMap {
    /// The subject.
    pub id: String,
    /// The address.
    pub email: Option<String>,
    /// Whether the provider verified it.
    pub email_verified: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// What proves to a provider to be the shop.
#[derive(Debug, Clone)]
pub enum ClientSecret {
    /// Nothing: a public client.
    None,
    /// A secret that both know.
    Text(SecretString),
    /// A key that signs a secret anew for each use, as Apple wants it: ES256, PKCS#8 in PEM.
    SigningKey {
        /// The team, who signs.
        team_id: String,
        /// The key's name.
        key_id: String,
        /// The key.
        pem: SecretString,
    },
}

/// How a client secret is sent to a token endpoint (RFC 6749, 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Oidc,
    OAuth2,
}

/// Several words: a list in a file, commas in a variable.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    List(Vec<String>),
}

impl Words {
    fn list(self) -> Vec<String> {
        let all = match self {
            Self::Text(text) => text.split(',').map(str::to_owned).collect(),
            Self::List(list) => list,
        };
        all.into_iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    }
}

fn listed(words: Option<Words>) -> Vec<String> {
    words.map(Words::list).unwrap_or_default()
}

/// One provider's settings, its preset merged in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    kind: Kind,
    name: Option<String>,
    issuer: Option<String>,
    also_issued_as: Option<Words>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_secret_file: Option<String>,
    token_auth: Option<TokenAuth>,
    team_id: Option<String>,
    key_id: Option<String>,
    private_key: Option<String>,
    private_key_file: Option<String>,
    audiences: Option<Words>,
    redirect_uris: Option<Words>,
    channels: Option<Words>,
    scopes: Option<Words>,
    response_mode: Option<String>,
    algorithms: Option<Words>,
    #[serde(default)]
    require_nonce: bool,
    #[serde(default)]
    nonce_is_hashed: bool,
    #[serde(default)]
    trust_email: bool,
    #[serde(default)]
    accounts_without_email: bool,
    authorization_url: Option<String>,
    token_url: Option<String>,
    profile_url: Option<String>,
    profile_id: Option<String>,
    profile_email: Option<String>,
    profile_email_verified: Option<String>,
    profile_name: Option<String>,
    #[serde(rename = "preset", default)]
    _preset: Option<String>,
}

/// Checks every provider; tells each problem.
pub(super) fn check(raw: Raw, timeout_ms: u64, problems: &mut Vec<String>) -> Vec<SignInProviderConfig> {
    let made = raw
        .into_iter()
        .filter_map(|(id, settings)| SignInProviderConfig::of(&id, settings, timeout_ms).map_err(|found| problems.extend(found)).ok());
    made.collect()
}

impl SignInProviderConfig {
    /// A provider of these settings and of the preset that its name, or `preset`, names.
    pub fn of(id: &str, settings: Map<String, Value>, timeout_ms: u64) -> Result<Self, Vec<String>> {
        let mut check = Check { id, problems: Vec::new() };
        let is_name = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.len() <= 40
            && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
        if !is_name {
            check.wrong("", "a name is 1 to 40 of a-z, 0-9, _ and -");
        }
        let made = check.merged(settings).and_then(|settings| check.made(settings, timeout_ms));
        made.filter(|_| check.problems.is_empty()).ok_or(check.problems)
    }
}

/// Checks one provider's settings.
struct Check<'a> {
    id: &'a str,
    problems: Vec<String>,
}

impl Check<'_> {
    fn wrong(&mut self, setting: &str, why: impl std::fmt::Display) {
        let (file, variable) = if setting.is_empty() {
            (format!("sign_in.{}", self.id), format!("MARU_SIGN_IN__{}", self.id.to_uppercase()))
        } else {
            (format!("sign_in.{}.{setting}", self.id), format!("MARU_SIGN_IN__{}__{}", self.id.to_uppercase(), setting.to_uppercase()))
        };
        self.problems.push(format!("{file} ({variable}): {why}"));
    }

    fn merged(&mut self, settings: Map<String, Value>) -> Option<Settings> {
        let presets: BTreeMap<String, Map<String, Value>> = toml::from_str(PRESETS).unwrap_or_default();
        let mut merged = match settings.get("preset").and_then(Value::as_str) {
            Some(named) => match presets.get(named) {
                Some(preset) => preset.clone(),
                None => {
                    self.wrong("preset", format!("there is none named {named:?}"));
                    return None;
                }
            },
            None => presets.get(self.id).cloned().unwrap_or_default(),
        };
        merged.extend(settings);
        serde_json::from_value(Value::Object(merged)).map_err(|e| self.wrong("", e)).ok()
    }

    fn needed(&mut self, setting: &str, value: Option<String>) -> String {
        let value = value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty() && v.len() <= 2_000);
        value.unwrap_or_else(|| {
            self.wrong(setting, "is missing");
            String::new()
        })
    }

    /// A secret, or what the file holds that is named for it.
    fn secret(&mut self, setting: &str, value: Option<String>, file: Option<String>) -> Option<SecretString> {
        let text = match (value, file) {
            (Some(text), _) => Some(text),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => Some(text),
                Err(e) => {
                    self.wrong(&format!("{setting}_file"), format!("cannot read {path}: {e}"));
                    None
                }
            },
            (None, None) => None,
        };
        text.map(|t| SecretString::from(t.trim().to_owned()))
    }

    fn url(&mut self, setting: &str, value: Option<String>) -> Option<Url> {
        let text = self.needed(setting, value);
        let url = Url::parse(&text).ok().filter(is_safe);
        if url.is_none() && !text.is_empty() {
            self.wrong(setting, "expected https://... (http://127.0.0.1... while developing)");
        }
        url
    }

    fn client_secret(&mut self, s: &mut Settings) -> ClientSecret {
        let text = self.secret("client_secret", s.client_secret.take(), s.client_secret_file.take());
        let key = self.secret("private_key", s.private_key.take(), s.private_key_file.take());
        match (text, key) {
            (Some(_), Some(_)) => {
                self.wrong("client_secret", "either this or private_key");
                ClientSecret::None
            }
            (Some(text), None) => ClientSecret::Text(text),
            (None, Some(pem)) => {
                if rustls_pki_types::PrivatePkcs8KeyDer::from_pem_slice(secrecy::ExposeSecret::expose_secret(&pem).as_bytes()).is_err() {
                    self.wrong("private_key", "expected a PKCS#8 key in PEM: -----BEGIN PRIVATE KEY-----");
                }
                let (team_id, key_id) = (self.needed("team_id", s.team_id.take()), self.needed("key_id", s.key_id.take()));
                ClientSecret::SigningKey { team_id, key_id, pem }
            }
            (None, None) => ClientSecret::None,
        }
    }

    fn algorithms(&mut self, words: Option<Words>) -> Vec<Algorithm> {
        let named = words.map_or_else(|| ALGORITHMS.map(str::to_owned).to_vec(), Words::list);
        let mut found = Vec::new();
        for name in named {
            match name.parse() {
                Ok(algorithm) if ASYMMETRIC.contains(&name.as_str()) => found.push(algorithm),
                _ => self.wrong("algorithms", format!("{name:?} is none of {}", ASYMMETRIC.join(", "))),
            }
        }
        found
    }

    fn protocol(&mut self, s: &mut Settings, issuer: &str) -> Option<SignInProtocol> {
        match s.kind {
            Kind::Oidc => {
                if !issuer.is_empty() && !Url::parse(issuer).is_ok_and(|url| is_safe(&url) && url.query().is_none()) {
                    self.wrong("issuer", "expected https://... (http://127.0.0.1... while developing)");
                }
                Some(SignInProtocol::Oidc {
                    also_issued_as: listed(s.also_issued_as.take()),
                    algorithms: self.algorithms(s.algorithms.take()),
                    require_nonce: s.require_nonce,
                    nonce_is_hashed: s.nonce_is_hashed,
                })
            }
            Kind::OAuth2 => {
                let authorization_url = self.url("authorization_url", s.authorization_url.take());
                let token_url = self.url("token_url", s.token_url.take());
                let profile_url = self.url("profile_url", s.profile_url.take());
                let profile = ProfileMap {
                    id: self.needed("profile_id", s.profile_id.take()),
                    email: s.profile_email.take(),
                    email_verified: s.profile_email_verified.take(),
                    name: s.profile_name.take(),
                };
                let server =
                    OAuth2Config { authorization_url: authorization_url?, token_url: token_url?, profile_url: profile_url?, profile };
                Some(SignInProtocol::OAuth2(Box::new(server)))
            }
        }
    }

    fn made(&mut self, mut s: Settings, timeout_ms: u64) -> Option<SignInProviderConfig> {
        let issuer = self.needed("issuer", s.issuer.take());
        let client_id = self.needed("client_id", s.client_id.take());
        let client_secret = self.client_secret(&mut s);
        let protocol = self.protocol(&mut s, &issuer);
        let redirect_uris = listed(s.redirect_uris.take());
        for uri in redirect_uris.iter().filter(|uri| !may_return_to(uri)) {
            self.wrong(
                "redirect_uris",
                format!("{uri:?} is no https://..., http://localhost... or com.example.app:/... without a fragment"),
            );
        }
        let mut audiences = listed(s.audiences.take());
        audiences.insert(0, client_id.clone());
        let scopes = match s.kind {
            Kind::Oidc => s.scopes.map_or_else(|| ["openid", "email", "profile"].map(str::to_owned).to_vec(), Words::list),
            Kind::OAuth2 => listed(s.scopes),
        };
        if s.kind == Kind::Oidc && !scopes.iter().any(|scope| scope == "openid") {
            self.wrong("scopes", "openid must be among them");
        }
        Some(SignInProviderConfig {
            id: self.id.to_owned(),
            name: s.name.unwrap_or_else(|| self.id.to_owned()),
            protocol: protocol?,
            issuer,
            client_id,
            client_secret,
            token_auth: s.token_auth.unwrap_or(TokenAuth::Basic),
            audiences,
            redirect_uris,
            channels: listed(s.channels),
            scopes,
            response_mode: s.response_mode,
            trust_email: s.trust_email,
            accounts_without_email: s.accounts_without_email,
            timeout_ms,
        })
    }
}

/// Whether secrets may be sent there: HTTPS, or the machine itself while developing.
pub fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether a URL is of the machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a code may be sent there: a page, or an app by its own scheme (RFC 8252, 7.1).
fn may_return_to(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| (is_safe(&url) || url.scheme().contains('.')) && url.fragment().is_none() && uri.len() <= 2_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str, settings: Value) -> Result<SignInProviderConfig, Vec<String>> {
        SignInProviderConfig::of(id, settings.as_object().unwrap().clone(), 1_000)
    }

    #[test]
    fn a_known_name_needs_little() {
        let google = of("google", serde_json::json!({"client_id": "web", "client_secret": "s", "audiences": "ios, android"})).unwrap();
        assert_eq!(google.issuer, "https://accounts.google.com");
        assert_eq!(google.audiences, ["web", "ios", "android"]);
        assert!(!format!("{google:?}").contains("\"s\""));
        let naver = of("naver", serde_json::json!({"client_id": "n", "client_secret": "s"})).unwrap();
        assert!(naver.accounts_without_email && matches!(naver.protocol, SignInProtocol::OAuth2(_)));
        let beside = of("google-partners", serde_json::json!({"preset": "google", "client_id": "other"})).unwrap();
        assert_eq!(beside.name, "Google");
    }

    #[test]
    fn every_preset_is_whole() {
        let presets: BTreeMap<String, Map<String, Value>> = toml::from_str(PRESETS).unwrap();
        for id in presets.keys() {
            of(id, serde_json::json!({"client_id": "x"})).unwrap();
        }
    }

    #[test]
    fn every_mistake_is_told() {
        let told = of(
            "corp",
            serde_json::json!({"issuer": "http://id.example.com", "algorithms": ["none", "HS256"], "scopes": ["email"],
                "redirect_uris": ["javascript:alert(1)", "http://shop.example.com/", "https://shop.example.com/#x", "com.example.app:/back"],
                "private_key": "no key"}),
        )
        .unwrap_err();
        let counts = ["issuer", "algorithms", "scopes", "redirect_uris", "private_key", "team_id", "key_id", "client_id"]
            .map(|setting| told.iter().filter(|p| p.starts_with(&format!("sign_in.corp.{setting} "))).count());
        assert_eq!(counts, [1, 2, 1, 3, 1, 1, 1, 1], "{told:#?}");
        assert!(of("corp", serde_json::json!({"client_idd": "x"})).unwrap_err().join("").contains("client_idd"));
    }
}
