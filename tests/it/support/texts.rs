//! SOLAPI, as far as the shop needs it: takes messages, checks signatures, refuses as it is told.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use maru::config::{SmsBy, SmsSettings};
use serde_json::{Value, json};
use sha2::Sha256;

use super::TestApp;
use super::web::{self, Answer, Request};

/// What the gateway does with the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gateway {
    /// Takes it, and its answer is lost.
    TakeAndLose,
    /// Is full.
    Busy,
    /// Says 200 and has not taken it.
    FailQuietly,
    /// Refuses it.
    Refuse,
}

#[derive(Default)]
struct Inner {
    taken: Mutex<Vec<Value>>,
    salts: Mutex<HashSet<String>>,
    script: Mutex<VecDeque<Gateway>>,
    wrong: Mutex<Vec<String>>,
}

/// The gateway.
pub struct Texts {
    inner: Arc<Inner>,
    base: String,
}

const KEY: &str = "NCSTESTKEY";
const SECRET: &str = "a gateway's secret";

impl Texts {
    pub fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let gateway = inner.clone();
        Self { inner, base: web::serve(move |request| gateway.answer(&request)) }
    }

    /// Lets a shop send by it.
    pub fn configure(&self, settings: &mut SmsSettings) {
        settings.by = SmsBy::Solapi;
        settings.from = Some("0212345678".to_owned());
        settings.key = Some(KEY.to_owned());
        settings.secret = Some(SECRET.to_owned().into());
        settings.url = Some(self.base.clone());
    }

    /// What it does with the next message.
    pub fn next(&self, act: Gateway) {
        self.inner.script.lock().unwrap().push_back(act);
    }

    /// The texts that a number (as it is dialled in Korea) was sent, oldest first.
    pub fn to(&self, dialled: &str) -> Vec<String> {
        let wrong = self.inner.wrong.lock().unwrap();
        assert!(wrong.is_empty(), "the gateway was called wrongly: {wrong:?}");
        let taken = self.inner.taken.lock().unwrap();
        taken.iter().filter(|m| m["to"] == dialled).map(|m| m["text"].as_str().unwrap().to_owned()).collect()
    }

    /// The code in the last text to a number.
    #[track_caller]
    pub fn code(&self, dialled: &str) -> String {
        let text = self.to(dialled).pop().unwrap_or_else(|| panic!("no text to {dialled}"));
        let word = text.split_whitespace().find(|w| w.len() == 6 && w.bytes().all(|b| b.is_ascii_digit()));
        word.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
    }
}

impl Inner {
    fn answer(&self, request: &Request) -> Answer {
        if let Err(why) = self.is_signed(request) {
            self.wrong.lock().unwrap().push(why);
            return Some((401, json!({"errorCode": "SignatureDoesNotMatch", "errorMessage": "no"})));
        }
        if request.method == "GET" && request.path.starts_with("/messages/v4/list?") {
            let to = request.path.split(['?', '&']).find_map(|p| p.strip_prefix("to=")).unwrap_or_default();
            let taken = self.taken.lock().unwrap();
            let found = taken.iter().filter(|m| m["to"] == to).map(|m| (m["messageId"].as_str().unwrap().to_owned(), m.clone()));
            return Some((200, json!({"messageList": found.collect::<serde_json::Map<_, _>>(), "limit": 50})));
        }
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/messages/v4/send-many/detail"));
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let mut message = body["messages"][0].clone();
        assert_eq!((message["from"].as_str(), message["type"].is_string()), (Some("0212345678"), true));
        let act = self.script.lock().unwrap().pop_front();
        match act {
            Some(Gateway::Busy) => return Some((503, json!({"errorCode": "Busy", "errorMessage": "later"}))),
            Some(Gateway::Refuse) => return Some((400, json!({"errorCode": "ValidationError", "errorMessage": "to 01012345678"}))),
            Some(Gateway::FailQuietly) => {
                let failed = json!([{"to": message["to"], "statusCode": "1062", "statusMessage": "blocked"}]);
                return Some((200, json!({"failedMessageList": failed, "groupInfo": {"count": {"total": 1, "registeredFailed": 1}}})));
            }
            Some(Gateway::TakeAndLose) | None => {}
        }
        let mut taken = self.taken.lock().unwrap();
        message["messageId"] = json!(format!("M{}", taken.len()));
        taken.push(message.clone());
        if act == Some(Gateway::TakeAndLose) {
            return None;
        }
        let group = json!({"groupId": "G1", "count": {"total": 1, "registeredFailed": 0}});
        Some((200, json!({"failedMessageList": [], "groupInfo": group, "messageList": [{"messageId": message["messageId"]}]})))
    }

    fn is_signed(&self, request: &Request) -> Result<(), String> {
        let header = request.header("authorization");
        let fields = header.strip_prefix("HMAC-SHA256 ").ok_or("no HMAC-SHA256")?;
        let field = |name: &str| {
            let found = fields.split(", ").find_map(|f| f.strip_prefix(&format!("{name}="))).map(str::to_owned);
            found.ok_or_else(|| format!("no {name} in {header}"))
        };
        let (date, salt) = (field("date")?, field("salt")?);
        chrono::DateTime::parse_from_rfc3339(&date).map_err(|e| e.to_string())?;
        if !(12..=64).contains(&salt.len()) || !self.salts.lock().unwrap().insert(salt.clone()) {
            return Err(format!("the salt {salt} is used or no salt"));
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("{date}{salt}").as_bytes());
        let right = field("apiKey")? == KEY && field("signature")? == hex::encode(mac.finalize().into_bytes());
        if right { Ok(()) } else { Err(format!("a wrong signature: {header}")) }
    }
}

impl TestApp {
    /// Sends the text messages that are queued.
    pub async fn send_texts(&self) -> usize {
        maru::commerce::notifications::send_texts_due(&self.app).await.unwrap()
    }

    /// Asks for a code to log in with, and reads it: the challenge and the code.
    pub async fn phone_code(&self, dialled: &str) -> (String, String) {
        let asked = self.guest().post("/store/v1/auth/phone/start", json!({"phone": dialled})).await.expect(202);
        self.send_texts().await;
        (asked["challenge"].as_str().unwrap().to_owned(), self.texts.code(dialled))
    }

    /// Logs in, or registers, with a phone; answers the log-in.
    pub async fn phone_login(&self, dialled: &str) -> Value {
        let (challenge, code) = self.phone_code(dialled).await;
        self.guest().post("/store/v1/auth/phone/finish", json!({"challenge": challenge, "code": code})).await.expect(200)
    }

    /// Who calls with a log-in's access token.
    pub fn bearing(&self, login: &Value) -> super::Client {
        self.guest().bearing(login["tokens"]["access_token"].as_str().unwrap())
    }
}
