//! The binary as an operator meets it: help, configuration mistakes, start and stop.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn maru(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maru"));
    command.args(arguments).env("MARU_LOG", "warn").stdin(Stdio::null());
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn every_command_has_help() {
    let top = text(&maru(&["--help"]).output().unwrap());
    for command in ["serve", "worker", "migrate", "import", "export", "keys", "openapi", "schema", "doctor"] {
        assert!(top.contains(&format!("\n  {command} ")), "{command} is not in --help:\n{top}");
        let help = maru(&[command, "--help"]).output().unwrap();
        assert_eq!(help.status.code(), Some(0), "{}", text(&help));
        assert!(text(&help).len() > 150, "{command} --help says little:\n{}", text(&help));
    }
}

#[test]
fn configuration_mistakes_are_told_at_once_and_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = maru(&["serve"])
        .current_dir(&folder)
        .env("MARU_LISTEN", "nowhere")
        .env("MARU_DATABASE_URL", "postgre://typo@host/shop")
        .env("MARU_CART_DAYS", "0")
        .output()
        .unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in ["MARU_LISTEN", "MARU_DATABASE_URL", "MARU_CART_DAYS"] {
        assert!(said.contains(word), "{word} is not told:\n{said}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "a mistyped URL made a file");

    let unknown = maru(&["doctor"]).current_dir(&folder).env("MARU_LISTENN", "127.0.0.1:1").output().unwrap();
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown));
    assert!(text(&unknown).to_lowercase().contains("listenn"), "{}", text(&unknown));
}

#[cfg(feature = "bundled-pq")]
#[test]
fn a_build_without_tls_says_so_when_tls_is_asked_for() {
    let output = maru(&["migrate", "--database-url", "postgres://u@127.0.0.1/shop?sslmode=require"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("no TLS to PostgreSQL") && text(&output).contains("system-pq"), "{}", text(&output));
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("url");
    std::fs::write(&url, format!("sqlite://{}\n", folder.path().join("shop.db").display())).unwrap();
    let output = maru(&["migrate"]).env("MARU_DATABASE_URL_FILE", &url).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(folder.path().join("shop.db").exists());
    let missing = maru(&["migrate"]).env("MARU_DATABASE_URL_FILE", folder.path().join("nothing")).output().unwrap();
    assert_eq!(missing.status.code(), Some(2), "{}", text(&missing));
}

#[test]
fn settings_come_from_a_file_and_flags_are_stronger() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("maru.toml");
    std::fs::write(&file, format!("database_url = \"sqlite://{}\"\n", folder.path().join("from_file.db").display())).unwrap();
    let run = |more: &[&str]| {
        let arguments = [&["--config", file.to_str().unwrap()], more, &["migrate"]].concat();
        maru(&arguments).output().unwrap()
    };
    assert_eq!(run(&[]).status.code(), Some(0));
    assert!(folder.path().join("from_file.db").exists());
    let flag = format!("sqlite://{}", folder.path().join("from_flag.db").display());
    assert_eq!(run(&["--database-url", &flag]).status.code(), Some(0));
    assert!(folder.path().join("from_flag.db").exists());
    std::fs::write(&file, "databse_url = \"sqlite://x.db\"\n").unwrap();
    assert_eq!(run(&[]).status.code(), Some(2), "a typo in the file is refused");
}

#[test]
fn providers_to_sign_in_with_come_from_a_file_and_variables_together() {
    let folder = tempfile::tempdir().unwrap();
    let (file, secret) = (folder.path().join("maru.toml"), folder.path().join("secret"));
    let settings = "[sign_in.google]\nredirect_uris = [\"https://shop.example.com/callback\"]\n";
    std::fs::write(&file, format!("database_url = \"sqlite://{}\"\n{settings}", folder.path().join("shop.db").display())).unwrap();
    std::fs::write(&secret, "s3cret\n").unwrap();
    let run = |variables: &[(&str, &str)]| {
        maru(&["--config", file.to_str().unwrap(), "migrate"]).envs(variables.iter().copied()).output().unwrap()
    };
    let alone = run(&[]);
    assert_eq!(alone.status.code(), Some(2), "{}", text(&alone));
    assert!(text(&alone).contains("MARU_SIGN_IN__GOOGLE__CLIENT_ID"), "{}", text(&alone));
    let whole = run(&[
        // All digits, and yet a text.
        ("MARU_SIGN_IN__GOOGLE__CLIENT_ID", "0123"),
        ("MARU_SIGN_IN__GOOGLE__CLIENT_SECRET_FILE", secret.to_str().unwrap()),
        ("MARU_SIGN_IN__GOOGLE__AUDIENCES", "ios,android"),
        ("MARU_SIGN_IN__GOOGLE__REQUIRE_NONCE", "true"),
    ]);
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole));
    let wrong = run(&[
        ("MARU_SIGN_IN__GOOGLE__CLIENT_ID", "x"),
        ("MARU_SIGN_IN__GOOGLE__CLIENT_SECRET_FILE", "/nowhere"),
        ("MARU_SIGN_IN__CORP__ISSUER", "http://id.example.com"),
        ("MARU_SIGN_IN__CORP__CLIENT_SECRET", "h1dden"),
    ]);
    assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong));
    for name in ["MARU_SIGN_IN__GOOGLE__CLIENT_SECRET_FILE", "MARU_SIGN_IN__CORP__ISSUER", "MARU_SIGN_IN__CORP__CLIENT_ID"] {
        assert!(text(&wrong).contains(name), "{name} is not told:\n{}", text(&wrong));
    }
    assert!(!text(&wrong).contains("h1dden"));
}

struct Serving {
    process: Child,
    port: u16,
}

fn serve(folder: &std::path::Path) -> Serving {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("sqlite://{}", folder.join("shop.db").display());
    let listen = format!("127.0.0.1:{port}");
    let process = maru(&["serve", "--demo", "--database-url", &url, "--listen", &listen]).stdout(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    // It listens before it serves: only an answer tells that it does.
    while !answers(port) {
        assert!(started.elapsed() < Duration::from_secs(20), "the server did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    Serving { process, port }
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let asked = stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut answer = [0u8; 12];
    asked.is_ok() && stream.read_exact(&mut answer).is_ok() && &answer == b"HTTP/1.1 200"
}

impl Serving {
    fn terminate(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap().success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        None
    }
}

#[test]
fn stops_gracefully_finishing_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = serve(folder.path());
    // A request that is under way when the signal comes: its body arrives late.
    let mut slow = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let body = br#"{"query": "{ channel { code } }"}"#;
    let head =
        format!("POST /store/graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    slow.write_all(head.as_bytes()).unwrap();
    slow.write_all(&body[..10]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    serving.terminate();
    std::thread::sleep(Duration::from_millis(500));
    assert!(TcpStream::connect(("127.0.0.1", serving.port)).is_err(), "it still accepts connections");
    slow.write_all(&body[10..]).unwrap();
    let mut answer = [0u8; 64];
    let read = slow.read(&mut answer).unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..read]));
    drop(slow);
    assert_eq!(serving.exit_code(), Some(0));
}

#[test]
fn a_taken_port_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let listen = taken.local_addr().unwrap().to_string();
    let output = maru(&["serve", "--demo", "--database-url", &url, "--listen", &listen]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).contains(&listen), "{}", text(&output));
}
