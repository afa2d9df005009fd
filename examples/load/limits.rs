//! What this machine can do at most: the same bytes from a bare actix handler, measured by the same client in
//! turns with the server, so that a busy neighbour slows both; and the least checkout transaction ([`floor`]).

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use serde_json::json;

use super::driver::{self, Pace};
use super::http::{Target, Wire};
use super::plan::Workload;
use super::report::{Report, Tally};
use super::work::Work;
use super::{Options, floor, open};

/// Turns that each side has.
const ROUNDS: u32 = 5;
/// Answers of each kind that the bare server gives.
const BODIES: usize = 32;

pub fn run(options: &Options, target: &Target) -> Result<Report, String> {
    let shop = open(options, target, false)?;
    let mut server = Work::new(target.clone(), shop, options.api, options.accept_encoding.as_deref());
    server.payment.clone_from(&options.payment);
    // The same few on both sides.
    server.products.truncate(BODIES);
    server.searches.truncate(BODIES);
    let mut bare = Bare::start(driver::alone(fetch(&server))?)?;
    let mirror = bare.mirror(options);
    let seconds = options.seconds / f64::from(ROUNDS);
    let pace = Pace { seconds, warmup: options.warmup.min(0.3), ..options.pace() };
    let mut whole = Tally::default();
    let (mut notes, mut ratios) = (Vec::new(), serde_json::Map::new());
    for workload in [Workload::List, Workload::Product, Workload::Search] {
        let [mut of_server, mut of_bare] = [Tally::default(), Tally::default()];
        for _ in 0..ROUNDS {
            of_bare.add(driver::run(&mirror, workload, &pace));
            of_server.add(driver::run(&server, workload, &pace));
        }
        let name = workload.name();
        let (here, there) = (of_server.rate(name), of_bare.rate(name));
        notes.push(format!("{name}: {here:.0}/s, of {there:.0}/s from a bare server: {:.1} %", here / there.max(1.0) * 100.0));
        ratios.insert(name.to_owned(), json!({"server": here, "bare": there, "ratio": here / there.max(1.0)}));
        whole.seconds = of_server.seconds;
        for (side, tally) in [("server", of_server), ("bare", of_bare)] {
            whole.unsent += tally.unsent;
            for (row, found) in tally.rows {
                whole.rows.insert(format!("{row} {side}"), found);
            }
        }
    }
    bare.stop();
    let mut report = Report::of(options.summary("limits"), whole);
    report.notes = notes;
    let mut least = json!(null);
    if let Some(url) = &options.database {
        let found = floor::measure(url, options.connections, options.seconds)?;
        report.notes.extend(found.iter().map(floor::Floor::text));
        least = found.iter().map(floor::Floor::json).collect();
    }
    report.more = json!({"ratios": ratios, "least_checkout": least});
    Ok(report)
}

/// What the server answers to each request: for list, product and search.
async fn fetch(work: &Work) -> Result<[Vec<Bytes>; 3], String> {
    let mut wire = Wire::new(&work.target);
    let mut found = [Vec::new(), Vec::new(), Vec::new()];
    for (requests, bodies) in [&work.lists, &work.products, &work.searches].into_iter().zip(&mut found) {
        for request in requests {
            let answer = wire.call(request).await.map_err(|e| e.to_string())?;
            if answer.status != 200 {
                return Err(answer.fault().into());
            }
            bodies.push(Bytes::copy_from_slice(answer.body));
        }
    }
    Ok(found)
}

/// A server that does nothing but answer.
struct Bare {
    address: SocketAddr,
    counts: [usize; 3],
    server: Option<(ServerHandle, std::thread::JoinHandle<()>)>,
}

impl Bare {
    fn start(bodies: [Vec<Bytes>; 3]) -> Result<Self, String> {
        let counts = [bodies[0].len(), bodies[1].len(), bodies[2].len()];
        let bodies = Data::new(bodies.concat());
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new().app_data(bodies.clone()).route("/{number}", web::get().to(answer)).route("/{number}", web::post().to(answer))
                })
                .workers(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
                .tcp_nodelay(true)
                .disable_signals()
                .bind(("127.0.0.1", 0));
                match server {
                    Ok(server) => {
                        let address = server.addrs()[0];
                        let server = server.run();
                        sender.send(Ok((address, server.handle()))).unwrap();
                        server.await.unwrap();
                    }
                    Err(error) => sender.send(Err(error.to_string())).unwrap(),
                }
            });
        });
        let (address, handle) = receiver.recv().map_err(|e| e.to_string())??;
        Ok(Self { address, counts, server: Some((handle, thread)) })
    }

    /// The same calls for this server. A GraphQL call becomes a GET: what a body costs is the server's work.
    fn mirror(&self, options: &Options) -> Work {
        let target = Target { address: self.address, host: self.address.to_string() };
        let mut work = Work::new(target.clone(), super::Shop::default(), options.api, None);
        let mut number = 0;
        for (requests, count) in [&mut work.lists, &mut work.products, &mut work.searches].into_iter().zip(self.counts) {
            *requests = (number..number + count).map(|n| target.request("GET", &format!("/{n}"), &[], None)).collect();
            number += count;
        }
        work
    }

    fn stop(&mut self) {
        if let Some((handle, thread)) = self.server.take() {
            driver::alone(handle.stop(false));
            thread.join().unwrap();
        }
    }
}

async fn answer(bodies: Data<Vec<Bytes>>, number: web::Path<usize>) -> HttpResponse {
    match bodies.get(*number) {
        Some(body) => HttpResponse::Ok().insert_header(ContentType::json()).body(body.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}
