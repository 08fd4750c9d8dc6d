//! Rules as text, and what must hold of any of them.

#![no_main]

use std::net::{IpAddr, SocketAddr};

use arbitrary::Arbitrary;
use hostsock::policy::{self, MOST_ADDRESSES, Policy, Ports, Question, Rule, Settings, Target, Way};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    text: String,
    allow: Option<Vec<Line>>,
    deny: Vec<Line>,
    more: Line,
    addresses: Vec<Place>,
    out: bool,
    port: u16,
    name: String,
    path: String,
}

#[derive(Arbitrary, Debug, Clone)]
enum Line {
    Text(String),
    Net(u8, Place, u8, Option<(u16, u16)>),
    Word(u8, u8),
    Name(u8, u8),
}

/// Addresses near each other, so that rules meet them.
#[derive(Arbitrary, Debug, Clone, Copy)]
enum Place {
    V4([u8; 4]),
    Near(u8, u8),
    Mapped(u8, u8),
    Nat64(u8, u8),
    V6([u8; 16]),
}

const NEAR: [[u8; 4]; 6] =
    [[127, 0, 0, 1], [10, 0, 0, 1], [169, 254, 169, 254], [0, 0, 0, 0], [224, 0, 0, 1], [192, 0, 2, 1]];

impl Place {
    fn ip(self) -> IpAddr {
        let near = |which: u8, change: u8| {
            let mut v4 = NEAR[usize::from(which) % NEAR.len()];
            v4[3] ^= change & 3;
            std::net::Ipv4Addr::from(v4)
        };
        match self {
            Place::V4(v4) => IpAddr::from(v4),
            Place::Near(which, change) => near(which, change).into(),
            Place::Mapped(which, change) => near(which, change).to_ipv6_mapped().into(),
            Place::Nat64(which, change) => {
                let v4 = near(which, change).to_bits();
                std::net::Ipv6Addr::from_bits(0x64_ff9b << 96 | u128::from(v4)).into()
            }
            Place::V6(v6) => IpAddr::from(v6),
        }
    }
}

const WAYS: [&str; 4] = ["", "out ", "in ", "lookup "];

impl Line {
    fn text(&self) -> String {
        let way = |way: &u8| WAYS[usize::from(*way) % WAYS.len()];
        match self {
            Line::Text(text) => text.clone(),
            Line::Net(which, place, bits, ports) => {
                let ip = place.ip();
                let bits = u32::from(*bits) % if ip.is_ipv4() { 33 } else { 129 };
                let base = match ip {
                    IpAddr::V4(ip) => {
                        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
                        IpAddr::from((ip.to_bits() & mask).to_be_bytes())
                    }
                    IpAddr::V6(ip) => {
                        let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
                        IpAddr::from((ip.to_bits() & mask).to_be_bytes())
                    }
                };
                let ports = ports.map_or(String::new(), |(one, two)| {
                    format!(":{}-{}", one.min(two), one.max(two))
                });
                format!("{}[{base}/{bits}]{ports}", way(which))
            }
            Line::Word(which, word) => {
                let words = ["*", "loopback", "private", "link-local", "/run/x/", "@app*", "*:80"];
                format!("{}{}", way(which), words[usize::from(*word) % words.len()])
            }
            Line::Name(which, name) => {
                let names = ["a.example", "*.example", "b.example:443"];
                format!("{}{}", way(which), names[usize::from(*name) % names.len()])
            }
        }
    }
}

/// A policy of those lines that are rules; names in `deny` would ask the resolver.
fn policy(allow: Option<&[String]>, deny: &[String]) -> Policy {
    let is_rule = |text: &&String| text.parse::<Rule>().is_ok();
    let is_number = |text: &&String| {
        text.parse::<Rule>().is_ok_and(|rule| !matches!(rule.target, Target::Name(_)))
    };
    let settings = Settings {
        allow: allow.map(|allow| allow.iter().filter(is_rule).cloned().collect()),
        deny: deny.iter().filter(is_number).cloned().collect(),
        ..Settings::default()
    };
    Policy::new(&settings).unwrap()
}

fuzz_target!(|input: Input| {
    let _ = policy::parse(&input.text).and_then(|settings| Policy::new(&settings));
    if let Ok(rule) = input.text.parse::<Rule>() {
        let again: Rule = rule.to_string().parse().unwrap();
        assert_eq!(again, rule);
    }
    let lines = |lines: &[Line]| lines.iter().map(Line::text).collect::<Vec<_>>();
    let (allow, deny) = (input.allow.as_deref().map(lines), lines(&input.deny));
    let more = input.more.text();
    let one = policy(allow.as_deref(), &deny);
    let mut wider = allow.clone();
    if let Some(allow) = &mut wider {
        allow.push(more.clone());
    }
    let wider = policy(wider.as_deref(), &deny);
    let mut narrower = deny.clone();
    narrower.push(more);
    let narrower = policy(allow.as_deref(), &narrower);
    let nothing = policy(Some(&[]), &deny);
    let way = if input.out { Way::Out } else { Way::In };
    for place in input.addresses.iter().take(64) {
        let ip = place.ip();
        for ports in [Ports::One(input.port), Ports::All, Ports::None] {
            let judge = |policy: &Policy, ip: IpAddr| {
                let address = SocketAddr::new(ip, input.port);
                policy.judge(Question::Ip { way, address, ports }).is_ok()
            };
            let answer = judge(&one, ip);
            if let IpAddr::V4(v4) = ip {
                assert_eq!(answer, judge(&one, v4.to_ipv6_mapped().into()), "one address");
            }
            if input.out && ip == IpAddr::from([0, 0, 0, 0]) {
                assert_eq!(answer, judge(&one, IpAddr::from([127, 0, 0, 1])), "itself");
            }
            assert!(!answer || judge(&wider, ip), "a permission takes nothing away");
            assert!(answer || !judge(&narrower, ip), "a denial gives nothing");
            assert!(!judge(&nothing, ip));
        }
    }
    let _ = one.judge(Question::Name(&input.name));
    let _ = one.judge(Question::Path(way, std::path::Path::new(&input.path)));
    let _ = one.judge(Question::Abstract(way, Some(input.path.as_bytes())));
    // A name that nobody may ask for opens nothing, whatever was answered.
    let ips = || input.addresses.iter().take(2 * MOST_ADDRESSES).map(|place| place.ip());
    let before: Vec<bool> = ips().map(|ip| {
        let question = Question::Ip { way: Way::Out, address: SocketAddr::new(ip, 443), ports: Ports::One(443) };
        one.judge(question).is_ok()
    }).collect();
    one.remember(&input.name, ips());
    if one.judge(Question::Name(&input.name)).is_err() && deny.is_empty() {
        for (ip, before) in ips().zip(before) {
            let question = Question::Ip { way: Way::Out, address: SocketAddr::new(ip, 443), ports: Ports::One(443) };
            assert_eq!(one.judge(question).is_ok(), before);
        }
    }
});
