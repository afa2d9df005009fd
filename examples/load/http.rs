//! The least HTTP/1.1 client: one connection kept open, one buffer, one request at a time.

use std::io::{Error, ErrorKind, Result as IoResult};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Servers close connections that idle for longer; such a one is opened anew before it is used.
const IDLE: Duration = Duration::from_secs(4);

/// Where requests go.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub host: String,
}

/// Why a call was not good: a problem's code, or what else stood in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: String,
    pub detail: String,
}

/// An answer, in its connection's buffer.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
    /// Whether the body is compressed.
    pub is_encoded: bool,
}

/// A connection, opened when it is needed.
pub struct Wire {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
    unchunked: Vec<u8>,
    used: Instant,
}

/// What an answer's head says of its body.
struct Head {
    status: u16,
    length: usize,
    body: Body,
    is_encoded: bool,
    closes: bool,
}

#[derive(Clone, Copy)]
enum Body {
    Sized(usize),
    Chunked,
}

impl Target {
    /// The server of a URL, which is on this machine unless others are allowed.
    pub fn of(base: &str, allow_remote: bool) -> Result<Self, String> {
        let url = url::Url::parse(base).map_err(|e| format!("{base}: {e}"))?;
        let host = url.host_str().filter(|_| url.scheme() == "http" && url.path() == "/").ok_or("--base is http://host:port")?;
        let found = url.socket_addrs(|| Some(80)).map_err(|e| format!("{base}: {e}"))?;
        let address = *found.first().ok_or("--base names no address")?;
        if !allow_remote && !address.ip().is_loopback() {
            return Err(format!("{address} is not this machine: --allow-remote loads it all the same"));
        }
        Ok(Self { address, host: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")) })
    }

    /// The bytes of a request.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host).into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if let Some(body) = body {
            bytes.extend_from_slice(format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body.unwrap_or_default());
        bytes
    }
}

impl Fault {
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code: code.into(), detail: detail.into() }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new("connection", error.to_string())
    }
}

impl Answer<'_> {
    pub fn json(&self) -> Result<Value, Fault> {
        if (200..300).contains(&self.status) {
            serde_json::from_slice(self.body).map_err(|e| Fault::new("not_json", e.to_string()))
        } else {
            Err(self.fault())
        }
    }

    /// What an answer that is no success says.
    pub fn fault(&self) -> Fault {
        let text = String::from_utf8_lossy(self.body).into_owned();
        let problem: Value = serde_json::from_str(&text).unwrap_or_default();
        let code = problem["code"].as_str().map_or_else(|| format!("http {}", self.status), str::to_owned);
        Fault::new(code, text)
    }
}

impl Wire {
    pub fn new(target: &Target) -> Self {
        let (buffer, unchunked) = (Vec::with_capacity(1 << 16), Vec::new());
        Self { address: target.address, stream: None, buffer, unchunked, used: Instant::now() }
    }

    /// Sends a request and reads its answer. After an error the next call opens a new connection.
    pub async fn call(&mut self, request: &[u8]) -> IoResult<Answer<'_>> {
        let mut stream = self.open().await?;
        stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            more(&mut stream, &mut self.buffer).await?;
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        let body = match head.body {
            Body::Sized(length) => {
                while self.buffer.len() < head.length + length {
                    more(&mut stream, &mut self.buffer).await?;
                }
                &self.buffer[head.length..head.length + length]
            }
            Body::Chunked => {
                while !unchunk(&self.buffer[head.length..], &mut self.unchunked)? {
                    more(&mut stream, &mut self.buffer).await?;
                }
                &self.unchunked[..]
            }
        };
        if !head.closes {
            self.stream = Some(stream);
            self.used = Instant::now();
        }
        Ok(Answer { status: head.status, body, is_encoded: head.is_encoded })
    }

    /// A call whose answer is a JSON document.
    pub async fn json(&mut self, request: &[u8]) -> Result<Value, Fault> {
        self.call(request).await?.json()
    }

    async fn open(&mut self) -> IoResult<TcpStream> {
        match self.stream.take() {
            Some(stream) if self.used.elapsed() < IDLE => Ok(stream),
            _ => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
        }
    }
}

async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> IoResult<()> {
    buffer.reserve(1 << 14);
    if stream.read_buf(buffer).await? == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// The head of an answer, if all of it is there.
fn head(bytes: &[u8]) -> IoResult<Option<Head>> {
    let wrong = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(bytes).map_err(|e| wrong(&e.to_string()))? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(length) => length,
    };
    let status = response.code.unwrap_or(0);
    let mut head = Head { status, length, body: Body::Sized(0), is_encoded: false, closes: false };
    for header in response.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            let length = std::str::from_utf8(header.value).ok().and_then(|v| v.parse().ok());
            head.body = Body::Sized(length.ok_or_else(|| wrong("a length that is no number"))?);
        } else if is("transfer-encoding") {
            head.body = Body::Chunked;
        } else if is("content-encoding") {
            head.is_encoded = header.value != b"identity";
        } else if is("connection") {
            head.closes = header.value.eq_ignore_ascii_case(b"close");
        }
    }
    Ok(Some(head))
}

/// Joins the chunks of a body; answers whether the last one is there.
fn unchunk(mut bytes: &[u8], joined: &mut Vec<u8>) -> IoResult<bool> {
    joined.clear();
    loop {
        let size = httparse::parse_chunk_size(bytes).map_err(|_| Error::new(ErrorKind::InvalidData, "a chunk without a size"))?;
        let httparse::Status::Complete((start, size)) = size else { return Ok(false) };
        let end = start + size as usize;
        if bytes.len() < end + 2 {
            return Ok(false);
        }
        if size == 0 {
            return Ok(true);
        }
        joined.extend_from_slice(&bytes[start..end]);
        bytes = &bytes[end + 2..];
    }
}
