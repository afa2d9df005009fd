//! Logging in, and registering, with a phone: a code proves the number. Asking answers the same for every number, and
//! the message goes out to every one: the account of a number that has none is made when the code is given.

use std::sync::Arc;

use super::create::create;
use super::inputs::{PhoneFinish, PhoneProfile, PhoneStart};
use super::login::{self, Guest};
use super::rows::{self, CustomerChanges, CustomerRow};
use super::shapes::{LoggedIn, PhoneChallenge};
use crate::app::App;
use crate::commerce::auth::codes::allowances::{self, Asker};
use crate::commerce::auth::codes::{self, Asked, Challenge, CodePurpose};
use crate::commerce::auth::{Caller, devices};
use crate::commerce::notifications::{self, Template, Text};
use crate::commerce::secrets::ShopSecret;
use crate::config::SmsSettings;
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::{CustomerId, Json, Locale, PhoneNumber, Secret};

/// Sends a number a code to log in with.
pub async fn start_phone_login(app: &App, by: &Arc<Caller>, input: PhoneStart) -> Result<PhoneChallenge> {
    check(&input)?;
    notifications::require_sms(app)?;
    let phone = read_served(app, by, "/phone", &input.phone)?;
    let (desk, caller) = (Desk::of(app), by.clone());
    let challenge = app
        .write(move |tx| {
            let known = rows::by_phone(tx, phone.e164())?;
            let device = match (&known, &input.device_token) {
                (Some(row), Some(token)) => devices::known(&desk.secret, row.subject(), row.password_changed_at, token.expose())?,
                _ => None,
            };
            let asker = device.map_or_else(|| Asker::stranger(&caller), Asker::Device);
            desk.send_code(tx, &caller, CodePurpose::LogIn, &asker, &phone, None)
        })
        .await?;
    answer(app, &challenge)
}

/// Logs in with the code that the number was sent; a number without an account is given one.
pub async fn finish_phone_login(app: &App, by: &Arc<Caller>, input: PhoneFinish) -> Result<LoggedIn> {
    check(&input)?;
    let asked = prove(app, CodePurpose::LogIn, &input.challenge, &input.code).await?;
    let guest = Guest::of(app, by, input.device_name, input.cart);
    let (profile, locale) = (input.profile.unwrap_or_default(), by.locale.clone());
    let begun = app
        .write(move |tx| {
            codes::give(tx, &asked)?;
            let row = match rows::by_phone(tx, &asked.phone)? {
                Some(row) if row.is_active() => {
                    let changes = CustomerChanges { last_login_at: Some(Some(tx.now())), ..CustomerChanges::default() };
                    rows::take(tx, row.id, None, &changes)?
                }
                Some(_) => return Err(Error::new(Code::InvalidCredentials, "This account cannot log in.")),
                None => register(tx, &asked.phone, profile.clone(), &locale)?,
            };
            guest.begin(tx, row)
        })
        .await?;
    login::answer(app, begun).await
}

fn register(tx: &mut Tx, phone: &str, profile: PhoneProfile, locale: &Locale) -> Result<CustomerRow> {
    let now = tx.now();
    let row = CustomerRow {
        login_phone: Some(phone.to_owned()),
        login_phone_verified_at: Some(now),
        phone: Some(phone.to_owned()),
        name: profile.name,
        locale: Some(profile.locale.unwrap_or_else(|| locale.clone())),
        metadata: Json(profile.metadata),
        last_login_at: Some(now),
        ..CustomerRow::blank(tx)
    };
    create(tx, row, profile.consents, || {
        Error::new(Code::ProofNotValid, "This number was given an account meanwhile: ask for another code.")
    })
}

/// What sending a code takes.
#[derive(Clone)]
pub(super) struct Desk {
    pub secret: ShopSecret,
    settings: SmsSettings,
}

impl Desk {
    pub fn of(app: &App) -> Self {
        Self { secret: app.secret().clone(), settings: app.config().sms.clone() }
    }

    /// Counts, asks and queues: the three belong together.
    pub fn send_code(
        &self,
        tx: &mut Tx,
        by: &Caller,
        purpose: CodePurpose,
        asker: &Asker,
        phone: &PhoneNumber,
        customer: Option<CustomerId>,
    ) -> Result<Challenge> {
        allowances::take(tx, &self.secret, &self.settings, by, asker, phone)?;
        let challenge = codes::ask(tx, &self.secret, purpose, phone, customer, &asker.digest(&self.secret)?)?;
        let (code, not_after) = (Some(challenge.id), Some(challenge.expires_at));
        notifications::queue_text(tx, &Text { template: Template::PhoneCode, locale: &by.locale, recipient: phone, code, not_after })?;
        Ok(challenge)
    }
}

/// What asking for a code answers.
pub(super) fn answer(app: &App, challenge: &Challenge) -> Result<PhoneChallenge> {
    Ok(PhoneChallenge {
        challenge: codes::token(app.secret(), challenge.id)?,
        digits: i32::try_from(codes::DIGITS).unwrap_or(i32::MAX),
        expires_at: challenge.expires_at,
    })
}

/// Tries a code: the try counts whether it is right or not, and a right one is not used up yet.
pub(super) async fn prove(app: &App, purpose: CodePurpose, challenge: &Secret, code: &Secret) -> Result<Asked> {
    let challenge = challenge.clone();
    let asked = app.write(move |tx| codes::begin(tx, purpose, challenge.expose())).await?;
    if codes::is_right(app.secret(), &asked, code.expose())? { Ok(asked) } else { Err(codes::not_valid()) }
}

/// Reads a number that the shop sends codes to.
pub(super) fn read_served(app: &App, by: &Caller, pointer: &str, text: &str) -> Result<PhoneNumber> {
    let number = read(by, pointer, text)?;
    if !app.config().sms.serves(&number) {
        return Err(Error::invalid_field(pointer, "country_not_served", "This shop sends no codes to numbers of this country."));
    }
    Ok(number)
}

/// Reads a number, dialled as in the channel's first country unless it says otherwise.
pub(super) fn read(by: &Caller, pointer: &str, text: &str) -> Result<PhoneNumber> {
    PhoneNumber::parse(text, by.channel.countries.first().copied()).map_err(|why| {
        let code = match why {
            crate::types::PhoneError::Invalid => "phone",
            crate::types::PhoneError::NotMobile => "not_mobile",
        };
        Error::invalid_field(pointer, code, why.to_string())
    })
}

/// What a number is looked up by: what is none is nobody's.
pub(super) fn key_of(by: &Caller, text: &str) -> String {
    read(by, "?phone", text).map_or_else(|_| text.trim().chars().take(40).collect(), |number| number.e164().to_owned())
}
