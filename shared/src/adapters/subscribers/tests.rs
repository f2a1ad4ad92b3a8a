//! Nobody makes Transom call what only it can reach; and what an answer is, and is not.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string, header, method},
};

use super::*;

/// Private, loopback, link-local, metadata, shared, reserved.
const INSIDE: [[u8; 4]; 17] = [
    [127, 0, 0, 1],
    [127, 255, 255, 254],
    [10, 0, 0, 1],
    [10, 255, 255, 255],
    [172, 16, 0, 1],
    [172, 31, 255, 255],
    [192, 168, 0, 1],
    [192, 168, 255, 255],
    [169, 254, 169, 254],
    [169, 254, 170, 2],
    [100, 64, 0, 1],
    [100, 100, 100, 200],
    [0, 0, 0, 0],
    [192, 0, 0, 192],
    [198, 18, 0, 1],
    [224, 0, 0, 1],
    [255, 255, 255, 255],
];

/// Every way of writing an IPv4 address in a URL that is known to have led somebody inside.
fn writings([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let ip = Ipv4Addr::new(a, b, c, d);
    let whole = u32::from(ip);
    let (ab, cd) = (whole >> 16, whole & 0xffff);
    let bcd = whole & 0x00ff_ffff;
    let wide = |text: String| -> String {
        let digits = ['０', '１', '２', '３', '４', '５', '６', '７', '８', '９'];
        text.chars().map(|c| c.to_digit(10).map_or(c, |digit| digits[digit as usize])).collect()
    };
    vec![
        format!("{ip}"),
        format!("{ip}."),
        format!("{whole}"),
        format!("0x{whole:x}"),
        format!("0X{whole:08X}"),
        format!("0{whole:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0{a:o}.{b}.0x{c:x}.{d}"),
        format!("000{a:o}.000{b:o}.000{c:o}.000{d:o}"),
        format!("{a}.{bcd}"),
        format!("{a}.{b}.{cd}"),
        format!("0x{a:x}.{bcd}"),
        format!("%{:02x}{}", format!("{a}").as_bytes()[0], &format!("{ip}")[1..]),
        format!("[::ffff:{ip}]"),
        format!("[::ffff:{ab:x}:{cd:x}]"),
        format!("[0:0:0:0:0:ffff:{ip}]"),
        format!("[::{ip}]"),
        format!("[64:ff9b::{ip}]"),
        format!("[64:ff9b:1::{ip}]"),
        format!("[2002:{ab:x}:{cd:x}::1]"),
        format!("[2001:0:{ab:x}:{cd:x}::1]"),
        format!("[2600:1f18::5efe:{ip}]"),
        format!("[::ffff:0:{ip}]"),
        // Full-width digits and dots, which the parser takes for plain ones.
        format!("{a}。{b}。{c}。{d}"),
        format!("{a}．{b}．{c}．{d}"),
        wide(ip.to_string()),
    ]
}

const NAMES_AND_NUMBERS: [&str; 38] = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "sub.localhost",
    "ip6-localhost",
    "localhost.localdomain",
    "metadata",
    "metadata.google.internal",
    "instance-data.ec2.internal",
    "kubernetes.default.svc.cluster.local",
    "host.docker.internal",
    "printer.local",
    "router.home.arpa",
    "1.0.0.127.in-addr.arpa",
    "hotel",
    "hotel.test",
    "hotel.invalid",
    "example.onion",
    "①②⑦.⓪.⓪.①",
    "127.1",
    "127.0.1",
    "0",
    "0x0",
    "00",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[fe80::1]",
    "[fe80::a9fe:a9fe]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fdff:ffff::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[fec0::1]",
];

fn bypasses(port: u16) -> Vec<String> {
    let hosts = INSIDE.iter().flat_map(|ip| writings(*ip)).chain(NAMES_AND_NUMBERS.map(str::to_owned));
    let mut urls: Vec<String> = hosts.map(|host| format!("https://{host}:{port}/")).collect();
    urls.extend(
        [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "//127.0.0.1/",
            "https:///127.0.0.1/",
            "https:127.0.0.1",
            "https:\\\\127.0.0.1\\",
            "https://user@127.0.0.1/",
            "https://example.com@127.0.0.1/",
            "https://example.com:443@127.0.0.1/",
            "https://127.0.0.1#@example.com/",
            "https://127.0.0.1?@example.com/",
            "https://127.0.0.1\\@example.com/",
            "https://user:secret@example.com/",
            "https://example.com#fragment",
            "https://example.com:22/",
            "https://example.com:25/",
            "https://example.com:80/",
            "https://example.com:6379@127.0.0.1:443/",
            "https://[::1%25eth0]/",
            "https://",
            "https://:443/",
            "https://1.1.1.1:0/",
            "javascript:alert(1)",
            "data:text/plain,hi",
            "",
            " ",
            "example.com",
            "https://127.0.0.1:65536/",
            "https://[127.0.0.1]/",
            "http://[::1]/",
            "HTTP://127.0.0.1/",
            "https://0177.1/",
            "https://\t127.0.0.1/",
            "https://127.0.0.1\n/",
            "https://ex ample.com/",
            "jar:https://127.0.0.1!/",
        ]
        .map(str::to_owned),
    );
    urls
}

fn post(url: &str) -> Post<'_> {
    Post { url, headers: &[], body: "{}" }
}

/// (Fault matrix G10.)
#[tokio::test]
async fn g10_no_way_of_writing_an_address_inside_leads_there() {
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let urls = bypasses(inside.local_addr().unwrap().port());
    assert!(urls.len() >= 300, "{}", urls.len());
    let subscribers = HttpSubscribers::with_lookup(Guard::default(), NobodyAsks);
    for url in &urls {
        assert!(subscribers.check(url).is_err(), "{url} was taken");
        assert!(matches!(subscribers.post(post(url)).await, Err(NotPosted::Forbidden(_))), "{url} was called");
    }
    assert!(inside.accept().is_err(), "somebody connected");
    for good in
        ["https://example.com/", "https://example.com:8443/hook?x=1", "https://1.1.1.1/", "https://[2600:1f18::1]/"]
    {
        assert_eq!(subscribers.check(good), Ok(()), "{good}");
    }
}

/// No name is looked up.
struct NobodyAsks;

impl Lookup for NobodyAsks {
    fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        panic!("{name} was looked up")
    }
}

/// Answers each question with the next of its answers.
struct Rebinding {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Lookup for Rebinding {
    fn look_up(&self, _: &str) -> std::io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let next = self.answers.lock().unwrap().pop().expect("an answer is left");
        Ok(next.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect())
    }
}

/// (Fault matrix G10.)
#[tokio::test]
async fn g10_a_name_that_changes_its_mind_is_believed_only_as_it_was_checked() {
    let here = TcpListener::bind("127.0.0.1:0").unwrap();
    here.set_nonblocking(true).unwrap();
    let url = format!("https://hooks.example.com:{}/", here.local_addr().unwrap().port());
    let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
    let private: IpAddr = "10.0.0.1".parse().unwrap();
    let metadata: IpAddr = "169.254.169.254".parse().unwrap();
    let public: IpAddr = "52.95.110.1".parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let guarded = |guard: Guard, mut answers: Vec<Vec<IpAddr>>| {
        answers.reverse();
        HttpSubscribers::with_lookup(guard, Rebinding { answers: Mutex::new(answers), asked: Arc::clone(&asked) })
    };
    // Nothing is allowed but the public internet: whatever a name says later, or says beside it.
    let strict = guarded(
        Guard::default(),
        vec![vec![loopback], vec![private], vec![metadata], vec![public, loopback], vec![loopback, public], vec![]],
    );
    for refused in [BadAddress::Private; 5].into_iter().chain([BadAddress::UnknownName]) {
        assert_eq!(strict.post(post(&url)).await, Err(NotPosted::Forbidden(refused)));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 6, "one question for each connection, and none besides");
    assert!(here.accept().is_err(), "somebody connected");
    // Where the loopback is allowed, the connection goes exactly there, by the one answer that was checked.
    let named = guarded(Guard::new(vec!["127.0.0.0/8".parse().unwrap()]), vec![vec![loopback], vec![metadata]]);
    let answer = tokio::task::spawn_blocking({
        let here = here.try_clone().unwrap();
        move || loop {
            match here.accept() {
                Ok((stream, _)) => {
                    drop(stream);
                    return;
                }
                Err(_) => std::thread::yield_now(),
            }
        }
    });
    assert_eq!(named.post(post(&url)).await, Err(NotPosted::NotConnected));
    answer.await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 7);
    assert_eq!(named.post(post(&url)).await, Err(NotPosted::Forbidden(BadAddress::Private)), "metadata, never");
}

fn here() -> HttpSubscribers {
    HttpSubscribers::new(Guard::new(vec!["127.0.0.0/8".parse().unwrap()]))
}

#[tokio::test]
async fn an_answer_is_its_status_what_it_asks_for_and_its_beginning() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(503).insert_header("retry-after", "120").set_body_string("busy\n".repeat(1000));
    Mock::given(method("POST"))
        .and(header("webhook-id", "evt_1"))
        .and(header("content-type", "application/json"))
        .and(body_string("{}"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let headers = [("webhook-id", "evt_1".to_owned())];
    let posted = here().post(Post { url: &server.uri(), headers: &headers, body: "{}" }).await.unwrap();
    assert_eq!((posted.status, posted.retry_after), (503, Some(SignedDuration::from_secs(120))));
    assert!(posted.excerpt.starts_with("busybusy") && posted.excerpt.len() <= EXCERPT_BYTES, "{}", posted.excerpt);
}

/// (Fault matrix G4.)
#[tokio::test]
async fn g4_a_redirect_is_an_answer_and_nobody_follows_it() {
    let server = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.uri());
    Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
    assert_eq!(here().post(post(&server.uri())).await.unwrap().status, 307);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

/// (Fault matrix G7.)
#[tokio::test]
async fn g7_of_an_endless_answer_only_the_beginning_is_read() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"{}") {
            stream.read_buf(&mut request).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await.unwrap();
        let mut sent = 0;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {
            sent += 4096;
        }
        sent
    });
    let posted = here().post(post(&url)).await.unwrap();
    assert_eq!((posted.status, posted.excerpt.len()), (200, EXCERPT_BYTES));
    assert!(server.await.unwrap() < 50_000_000, "the connection is closed");
}

#[tokio::test]
async fn nobody_at_an_address_is_no_connection() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(here().post(post(&format!("http://{free}/"))).await, Err(NotPosted::NotConnected));
}

/// (Fault matrix G4.)
#[test]
fn a_pause_is_asked_for_in_seconds_or_until_a_time_by_the_subscribers_own_clock() {
    let asked = |retry: &str, date: Option<&str>| {
        let mut headers = http::HeaderMap::from_iter([(http::header::RETRY_AFTER, retry.parse().unwrap())]);
        if let Some(date) = date {
            headers.insert(http::header::DATE, date.parse().unwrap());
        }
        asked_pause(&headers)
    };
    assert_eq!(asked("120", None), Some(SignedDuration::from_mins(2)));
    let date = "Sun, 01 Mar 2026 09:00:00 GMT";
    assert_eq!(asked("Sun, 01 Mar 2026 09:05:00 GMT", Some(date)), Some(SignedDuration::from_mins(5)));
    assert_eq!(asked("Sun, 01 Mar 2026 09:05:00 GMT", None), None, "by no clock of ours");
    assert_eq!(asked("soon", Some(date)), None);
}
