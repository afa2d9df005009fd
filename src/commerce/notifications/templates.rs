//! What mails and text messages say, in Korean and English: plain text. Links carry their secret behind `#`, which browsers send to no
//! server and no log.

use crate::commerce::auth::{ProofKind, proofs};
use crate::commerce::secrets::ShopSecret;
use crate::error::Result;
use crate::types::AccountTokenId;
use crate::types::text::text_enum;

text_enum! {
    /// By which way a message goes.
    pub enum Channel {
        /// E-mail.
        Email = "email",
        /// A text message.
        Sms = "sms",
    }
}

text_enum! {
    /// A message's words.
    pub enum Template {
        /// Prove the address and finish registering.
        VerifyEmail = "verify_email",
        /// Somebody tried to register with an address that has an account.
        AlreadyRegistered = "already_registered",
        /// Choose another password.
        PasswordReset = "password_reset",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// A passkey was added.
        PasskeyAdded = "passkey_added",
        /// A passkey was removed.
        PasskeyRemoved = "passkey_removed",
        /// Another provider's account was linked.
        IdentityLinked = "identity_linked",
        /// Another provider's account was unlinked.
        IdentityUnlinked = "identity_unlinked",
        /// Agree, at the old address, to a new one.
        EmailChangeOld = "email_change_old",
        /// Agree, at the new address.
        EmailChangeNew = "email_change_new",
        /// Join the staff.
        StaffInvitation = "staff_invitation",
        /// Choose another password, of staff.
        StaffPasswordReset = "staff_password_reset",
        /// The password was changed, of staff.
        StaffPasswordChanged = "staff_password_changed",
        /// The second factor was taken off, of staff.
        StaffTotpDisabled = "staff_totp_disabled",
        /// A recovery code was used, of staff.
        StaffRecoveryCodeUsed = "staff_recovery_code_used",
        /// A text message with a code.
        PhoneCode = "phone_code",
        /// The number that logs in was changed or taken away.
        PhoneChanged = "phone_changed",
        /// A text message to a number that logs in no more.
        PhoneGone = "phone_gone",
        /// Nobody came for long: the account will be put away.
        InactiveSeparate = "inactive_separate",
        /// Nobody came for long: the account will be erased.
        InactiveErase = "inactive_erase",
    }
}

impl Template {
    /// The proof it asks for.
    pub fn proof(self) -> Option<ProofKind> {
        match self {
            Self::VerifyEmail => Some(ProofKind::Registration),
            Self::PasswordReset | Self::StaffPasswordReset => Some(ProofKind::PasswordReset),
            Self::EmailChangeOld => Some(ProofKind::EmailChangeOld),
            Self::EmailChangeNew => Some(ProofKind::EmailChangeNew),
            Self::AlreadyRegistered
            | Self::PasswordChanged
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::StaffInvitation
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::PhoneCode
            | Self::PhoneChanged
            | Self::PhoneGone
            | Self::InactiveSeparate
            | Self::InactiveErase
            | Self::StaffPasswordChanged
            | Self::StaffTotpDisabled
            | Self::StaffRecoveryCodeUsed => None,
        }
    }

    /// The secret that its link or code is, made of the shop's secret and the id of what it proves.
    pub fn secret(self, shop: &ShopSecret, id: AccountTokenId) -> Result<Option<String>> {
        match self {
            Self::StaffInvitation => proofs::invitation_secret(shop, id).map(Some),
            _ => self.proof().map(|kind| kind.secret(shop, id)).transpose(),
        }
    }

    /// Whether it is for staff, whose links lead elsewhere.
    pub fn is_for_staff(self) -> bool {
        matches!(
            self,
            Self::StaffInvitation
                | Self::StaffPasswordReset
                | Self::StaffPasswordChanged
                | Self::StaffTotpDisabled
                | Self::StaffRecoveryCodeUsed
        )
    }

    /// The page that its link leads to: the storefront's, or the staff tool's.
    fn page(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::PasswordReset | Self::StaffPasswordReset => "reset-password",
            Self::EmailChangeOld | Self::EmailChangeNew => "confirm-email",
            Self::StaffInvitation => "accept-invitation",
            Self::AlreadyRegistered
            | Self::PasswordChanged
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::PhoneCode
            | Self::PhoneChanged
            | Self::PhoneGone
            | Self::InactiveSeparate
            | Self::InactiveErase
            | Self::StaffPasswordChanged
            | Self::StaffTotpDisabled
            | Self::StaffRecoveryCodeUsed => "sign-in",
        }
    }
}

/// What a mail's words are filled with.
pub(super) struct Words<'a> {
    pub shop: &'a str,
    pub link_base: Option<&'a str>,
    pub secret: Option<&'a str>,
}

/// A mail's subject and text.
pub(super) fn render(template: Template, language: &str, words: &Words) -> (String, String) {
    let (subject, before, after) = if language == "ko" { korean(template) } else { english(template) };
    let parts = [Some(before.to_owned()), way(template, words), Some(after.to_owned()), Some(format!("-- \n{}", words.shop))];
    (format!("[{}] {subject}", words.shop), parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n") + "\n")
}

/// A text message: one paragraph behind the shop's name, with the code if it tells one.
pub(super) fn render_text(template: Template, language: &str, shop: &str, code: Option<&str>) -> String {
    let (_, before, after) = if language == "ko" { korean(template) } else { english(template) };
    let shop: String = shop.chars().take(20).collect();
    let parts = [Some(format!("[{shop}]")), Some(before.to_owned()), code.map(str::to_owned), Some(after.to_owned())];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The link, or the code alone where there is no page for it.
fn way(template: Template, words: &Words) -> Option<String> {
    let secret = words.secret?;
    Some(match words.link_base {
        Some(base) => format!("{}/{}#token={secret}", base.trim_end_matches('/'), template.page()),
        None => secret.to_owned(),
    })
}

fn korean(template: Template) -> (&'static str, &'static str, &'static str) {
    match template {
        Template::VerifyEmail => (
            "이메일 주소를 확인해 주세요",
            "아래 링크(또는 코드)로 이메일 주소를 확인하고, 가입할 때 정한 비밀번호를 입력하면 가입이 끝납니다. 24시간 동안 한 번만 쓸 수 있습니다.",
            "가입하신 적이 없다면 이 메일을 무시하세요. 비밀번호 없이는 아무 일도 일어나지 않습니다.",
        ),
        Template::AlreadyRegistered => (
            "이미 가입된 이메일 주소입니다",
            "누군가 이 이메일 주소로 계정을 만들거나 옮기려 했습니다. 이 주소에는 이미 계정이 있습니다.",
            "본인이라면 로그인하거나 비밀번호를 재설정하세요. 아니라면 아무것도 하지 않아도 됩니다.",
        ),
        Template::PasswordReset | Template::StaffPasswordReset => (
            "비밀번호 재설정",
            "아래 링크(또는 코드)로 새 비밀번호를 정하세요. 30분 동안 한 번만 쓸 수 있습니다.",
            "요청하신 적이 없다면 이 메일을 무시하세요. 비밀번호는 그대로입니다.",
        ),
        Template::PasswordChanged | Template::StaffPasswordChanged => (
            "비밀번호가 바뀌었습니다",
            "계정의 비밀번호가 바뀌었고, 다른 기기에서는 로그아웃되었습니다.",
            "본인이 아니라면 바로 비밀번호를 재설정하세요.",
        ),
        Template::PasskeyAdded => (
            "패스키가 추가되었습니다",
            "계정에 새 패스키가 추가되었습니다. 이제 그 패스키로 로그인할 수 있습니다.",
            "본인이 아니라면 바로 패스키를 삭제하고 비밀번호를 바꾸세요.",
        ),
        Template::PasskeyRemoved => (
            "패스키가 삭제되었습니다",
            "계정에서 패스키 하나가 삭제되었습니다. 그 패스키로는 더 이상 로그인할 수 없습니다.",
            "본인이 아니라면 바로 비밀번호를 재설정하세요.",
        ),
        Template::IdentityLinked => (
            "다른 서비스 로그인이 연결되었습니다",
            "이제 다른 서비스의 계정으로도 이 계정에 로그인할 수 있습니다.",
            "본인이 아니라면 바로 연결을 해제하고 비밀번호를 바꾸세요.",
        ),
        Template::IdentityUnlinked => (
            "다른 서비스 로그인이 해제되었습니다",
            "연결되어 있던 다른 서비스의 계정으로는 더 이상 이 계정에 로그인할 수 없습니다.",
            "본인이 아니라면 바로 비밀번호를 재설정하세요.",
        ),
        Template::EmailChangeOld => (
            "이메일 주소 변경 확인",
            "계정의 이메일 주소를 바꾸려는 요청이 있습니다. 동의하시면 아래 링크(또는 코드)로 확인해 주세요. 새 주소에서도 확인해야 바뀝니다.",
            "요청하신 적이 없다면 확인하지 말고 비밀번호를 바꾸세요.",
        ),
        Template::EmailChangeNew => (
            "새 이메일 주소 확인",
            "이 주소를 계정의 새 이메일 주소로 쓰려면 아래 링크(또는 코드)로 확인해 주세요. 기존 주소에서도 확인해야 바뀝니다.",
            "요청하신 적이 없다면 이 메일을 무시하세요.",
        ),
        Template::StaffInvitation => (
            "함께 일하도록 초대되었습니다",
            "이 상점의 직원으로 초대되었습니다. 아래 링크(또는 코드)로 이름과 비밀번호를 정하세요. 사흘 동안 한 번만 쓸 수 있습니다.",
            "모르는 초대라면 이 메일을 무시하세요. 다른 사람에게 전달하지 마세요.",
        ),
        Template::StaffTotpDisabled => (
            "2단계 인증이 해제되었습니다",
            "계정의 2단계 인증이 해제되었습니다. 이제 로그인할 때 인증 코드를 묻지 않습니다.",
            "본인이 한 일이 아니라면 바로 비밀번호를 바꾸고 관리자에게 알려 주세요.",
        ),
        Template::StaffRecoveryCodeUsed => (
            "복구 코드가 사용되었습니다",
            "계정의 복구 코드 하나가 2단계 인증에 사용되었습니다. 그 코드는 다시 쓸 수 없습니다.",
            "본인이 한 일이 아니라면 바로 비밀번호를 바꾸고 관리자에게 알려 주세요.",
        ),
        Template::PhoneCode => ("", "인증번호", "(5분). 타인에게 알려주지 마세요."),
        Template::PhoneChanged => (
            "로그인 휴대폰 번호가 바뀌었습니다",
            "계정에 로그인하는 휴대폰 번호가 바뀌거나 삭제되었습니다.",
            "본인이 아니라면 바로 비밀번호를 재설정하고 쇼핑몰에 알려 주세요.",
        ),
        Template::PhoneGone => ("", "이 번호로는 더 이상 계정에 로그인할 수 없습니다.", "본인이 아니라면 쇼핑몰에 알려 주세요."),
        Template::InactiveSeparate => (
            "오랫동안 이용하지 않은 계정 안내",
            "오랫동안 로그인하지 않으셔서 곧 계정의 개인정보를 따로 분리하여 보관합니다. 로그인하시면 그대로 이용하실 수 있습니다.",
            "분리된 뒤에도 로그인하시면 다시 이용하실 수 있습니다.",
        ),
        Template::InactiveErase => (
            "오랫동안 이용하지 않은 계정의 삭제 안내",
            "오랫동안 로그인하지 않으셔서 곧 계정과 개인정보를 삭제합니다. 계속 이용하시려면 그 전에 로그인해 주세요.",
            "삭제된 개인정보는 되돌릴 수 없습니다. 법이 정한 주문 기록은 정해진 기간 동안 보관합니다.",
        ),
    }
}

fn english(template: Template) -> (&'static str, &'static str, &'static str) {
    match template {
        Template::VerifyEmail => (
            "Confirm your e-mail address",
            "Confirm your address with this link (or code) and the password that you chose: then you are registered. \
             It works once, for 24 hours.",
            "If you did not register, ignore this mail: without the password nothing happens.",
        ),
        Template::AlreadyRegistered => (
            "You already have an account",
            "Somebody tried to open an account, or to move one, to this address. It has an account already.",
            "If it was you, log in or reset your password. If not, you need do nothing.",
        ),
        Template::PasswordReset | Template::StaffPasswordReset => (
            "Reset your password",
            "Choose a new password with this link (or code). It works once, for 30 minutes.",
            "If you did not ask for it, ignore this mail: your password stays as it is.",
        ),
        Template::PasswordChanged | Template::StaffPasswordChanged => (
            "Your password was changed",
            "Your account's password was changed, and other devices were logged out.",
            "If it was not you, reset your password now.",
        ),
        Template::PasskeyAdded => (
            "A passkey was added",
            "A new passkey was added to your account. It can be used to log in from now on.",
            "If it was not you, delete the passkey and change your password now.",
        ),
        Template::PasskeyRemoved => (
            "A passkey was removed",
            "A passkey was removed from your account. It can no longer be used to log in.",
            "If it was not you, reset your password now.",
        ),
        Template::IdentityLinked => (
            "A sign-in was linked to your account",
            "From now on you can log in to your account with an account that you have elsewhere, too.",
            "If it was not you, unlink it and change your password now.",
        ),
        Template::IdentityUnlinked => (
            "A sign-in was unlinked from your account",
            "An account that you have elsewhere was unlinked. It can no longer be used to log in to your account.",
            "If it was not you, reset your password now.",
        ),
        Template::EmailChangeOld => (
            "Confirm the change of your e-mail address",
            "Somebody asked to change your account's address. If you agree, confirm with this link (or code). \
             The new address must confirm, too.",
            "If you did not ask for it, do not confirm, and change your password.",
        ),
        Template::EmailChangeNew => (
            "Confirm your new e-mail address",
            "To use this address for your account, confirm with this link (or code). The old address must confirm, too.",
            "If you did not ask for it, ignore this mail.",
        ),
        Template::StaffInvitation => (
            "You are invited to the staff",
            "You are invited to work for this shop. Choose your name and password with this link (or code). It works once, \
             for three days.",
            "If you do not know why, ignore this mail. Do not pass it on.",
        ),
        Template::StaffTotpDisabled => (
            "Your second factor was taken off",
            "The second factor of your account was taken off: logging in asks for no code any more.",
            "If this was not you, change your password now, and tell whoever manages the staff.",
        ),
        Template::StaffRecoveryCodeUsed => (
            "A recovery code was used",
            "One of your account's recovery codes was used as the second factor. It cannot be used again.",
            "If this was not you, change your password now, and tell whoever manages the staff.",
        ),
        Template::PhoneCode => ("", "Your code is", "(5 minutes). Tell it to nobody."),
        Template::PhoneChanged => (
            "Your phone number for logging in was changed",
            "The phone number that logs in to your account was changed or taken away.",
            "If it was not you, reset your password now and tell the shop.",
        ),
        Template::PhoneGone => ("", "This number no longer logs in to your account.", "If it was not you, tell the shop."),
        Template::InactiveSeparate => (
            "You have not used your account for long",
            "You have not logged in for long, so we will soon put your personal data away. Log in, and nothing changes.",
            "Once it is put away, logging in brings it back.",
        ),
        Template::InactiveErase => (
            "Your account will be erased",
            "You have not logged in for long, so we will soon erase your account and your personal data. To keep it, log in before.",
            "What is erased cannot be brought back. Records of orders stay for as long as the law asks.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_links_secret_stands_behind_the_hash_sign() {
        let words = Words { shop: "Maru", link_base: Some("https://shop.example.com/account/"), secret: Some("pwr_abc") };
        let (subject, text) = render(Template::PasswordReset, "en", &words);
        assert_eq!(subject, "[Maru] Reset your password");
        assert!(text.contains("https://shop.example.com/account/reset-password#token=pwr_abc\n"), "{text}");
        let (_, text) = render(Template::PasswordReset, "ko", &Words { link_base: None, ..words });
        assert!(text.contains("\n\npwr_abc\n\n") && text.contains("30분"), "{text}");
    }

    #[test]
    fn every_template_speaks_both_languages() {
        for template in Template::ALL {
            assert_ne!(korean(*template).1, english(*template).1);
        }
    }

    #[test]
    fn a_code_fits_a_short_message() {
        let ko = render_text(Template::PhoneCode, "ko", "마루", Some("012345"));
        assert_eq!(ko, "[마루] 인증번호 012345 (5분). 타인에게 알려주지 마세요.");
        for (language, shop) in [("ko", "스무 글자가 넘는 아주 긴 이름을 가진 쇼핑몰"), ("en", "A shop with a very long name")]
        {
            let text = render_text(Template::PhoneCode, language, shop, Some("012345"));
            assert!(text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>() <= 90, "{text}");
        }
        assert_eq!(
            render_text(Template::PhoneGone, "en", "Maru", None),
            "[Maru] This number no longer logs in to your account. If it was not you, tell the shop."
        );
    }
}
