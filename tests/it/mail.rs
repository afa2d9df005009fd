//! Mail by SMTP, against a server that speaks just enough of it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use maru::config::{Config, MailBy};
use maru::providers::mail::{MailError, MailProvider, OutgoingMail, SmtpMail};

/// Takes one mail after the other, or refuses recipients as it is told; gives what it took.
fn server(refusal: Option<&'static str>) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
            say("220 test ESMTP");
            let mut taken = String::new();
            while let Some(Ok(line)) = lines.next() {
                match line.get(..4).unwrap_or(&line).to_uppercase().as_str() {
                    "EHLO" => say("250-test\r\n250 8BITMIME"),
                    "RCPT" if refusal.is_some() => say(refusal.unwrap()),
                    "DATA" => {
                        say("354 go on");
                        for line in lines.by_ref().map_while(Result::ok).take_while(|l| l != ".") {
                            taken.push_str(&line);
                            taken.push('\n');
                        }
                        sender.send(std::mem::take(&mut taken)).unwrap();
                        say("250 taken");
                    }
                    "QUIT" => {
                        say("221 bye");
                        break;
                    }
                    _ => say("250 ok"),
                }
            }
        }
    });
    (port, receiver)
}

fn provider(port: u16) -> SmtpMail {
    let mut config = Config::for_database("sqlite://x.db".parse().unwrap());
    config.mail = MailBy::Smtp;
    config.mail_smtp_url = Some(format!("smtp://127.0.0.1:{port}").into());
    config.mail_from = "마루 <shop@example.com>".to_owned();
    SmtpMail::from_config(&config).unwrap()
}

fn mail(to: &str) -> OutgoingMail {
    OutgoingMail {
        id: "mail_1".to_owned(), to: to.to_owned(), subject: "[마루] 확인".to_owned(), text: "안녕하세요\n.\n끝".to_owned()
    }
}

#[test]
fn a_mail_arrives_whole() {
    crate::support::run(async {
        let (port, taken) = server(None);
        provider(port).send(&mail("mina@example.com")).await.unwrap();
        let text = taken.recv_timeout(std::time::Duration::from_secs(5)).unwrap();
        for expected in
            ["To: mina@example.com", "shop@example.com", "Message-ID: <mail_1@example.com>", "Content-Type: text/plain; charset=utf-8"]
        {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    });
}

#[test]
fn refusals_for_good_are_told_from_those_of_the_moment() {
    crate::support::run(async {
        let send = |refusal| async move { provider(server(Some(refusal)).0).send(&mail("mina@example.com")).await.unwrap_err() };
        assert!(matches!(send("550 no such user").await, MailError::Permanent(_)));
        assert!(matches!(send("450 greylisted").await, MailError::Temporary(_)));
        let (port, _) = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            (listener.local_addr().unwrap().port(), ())
        };
        assert!(matches!(provider(port).send(&mail("mina@example.com")).await.unwrap_err(), MailError::Temporary(_)), "nobody listens");
        let nobody = provider(port).send(&mail("mina@example.com\r\nBcc: all@example.com")).await.unwrap_err();
        assert!(matches!(nobody, MailError::Permanent(_)), "{nobody:?}");
    });
}
