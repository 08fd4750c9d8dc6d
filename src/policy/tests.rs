//! Rules against questions, in tables; and what must hold for any of them.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::*;

fn policy(allow: Option<&[&str]>, deny: &[&str]) -> Policy {
    let list = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let settings = Settings { allow: allow.map(list), deny: list(deny), ..Settings::default() };
    Policy::new(&settings).unwrap()
}

fn ip(way: Way, address: &str) -> Question<'static> {
    let address: SocketAddr = address.parse().unwrap();
    Question::Ip { way, address, ports: Ports::One(address.port()) }
}

fn out(policy: &Policy, address: &str) -> bool {
    policy.judge(ip(Way::Out, address)).is_ok()
}

fn inward(policy: &Policy, address: &str) -> bool {
    policy.judge(ip(Way::In, address)).is_ok()
}

#[test]
fn addresses_in_all_their_forms() {
    // Allowing rule, then what it lets through, then what it does not.
    let table: &[(&str, &[&str], &[&str])] = &[
        (
            "127.0.0.0/8",
            &[
                "127.0.0.1:1",
                "127.255.255.255:65535",
                "[::ffff:127.0.0.1]:1",
                "0.0.0.0:1",
                "[::ffff:0.0.0.0]:1",
            ],
            &["128.0.0.1:1", "[::1]:1", "[::]:1", "[::ffff:128.0.0.1]:1"],
        ),
        (
            "loopback",
            &["127.9.9.9:1", "[::1]:1", "[::]:1", "0.0.0.0:9"],
            &["10.0.0.1:1", "[fe80::1]:1"],
        ),
        ("[::1]:80", &["[::1]:80", "[::]:80"], &["[::1]:81", "127.0.0.1:80", "0.0.0.0:80"]),
        (
            "private",
            &["10.0.0.1:1", "172.31.0.1:1", "192.168.1.1:1", "100.64.0.1:1", "[fd00::1]:1"],
            &["172.32.0.1:1", "100.128.0.1:1", "8.8.8.8:1", "169.254.1.1:1", "[64:ff9b::a00:1]:1"],
        ),
        (
            "link-local",
            &["169.254.169.254:80", "[fe80::1%3]:80"],
            &["169.255.0.1:80", "[fec0::1]:80"],
        ),
        (
            "192.0.2.0/24:8000-8999",
            &["192.0.2.9:8000", "192.0.2.9:8999"],
            &["192.0.2.9:7999", "192.0.2.9:9000", "192.0.3.9:8000"],
        ),
        (
            "192.0.2.7",
            &["[::ffff:192.0.2.7]:1", "[64:ff9b::c000:207]:1"],
            &["192.0.2.8:1", "[64:ff9b:1::c000:207]:1", "[2002:c000:207::]:1", "[::192.0.2.7]:1"],
        ),
        ("::ffff:192.0.2.0/120", &["192.0.2.200:1", "[::ffff:192.0.2.200]:1"], &["192.0.3.1:1"]),
        ("fe80::/10", &["[fe80::1]:1", "[fe80::1%4]:1"], &["[fec0::1]:1"]),
        ("fe80::%3/10", &["[fe80::1%3]:1"], &["[fe80::1%4]:1", "[fe80::1]:1"]),
        ("0.0.0.0/0", &["1.2.3.4:1", "[::ffff:1.2.3.4]:1"], &["[2001:db8::1]:1"]),
        ("*:443", &["1.2.3.4:443", "[2001:db8::1]:443"], &["1.2.3.4:80"]),
        ("in 10.0.0.0/8", &[], &["10.0.0.1:1"]),
    ];
    for (rule, yes, no) in table {
        let policy = policy(Some(&[*rule]), &[]);
        yes.iter().for_each(|address| assert!(out(&policy, address), "{rule} allows {address}"));
        no.iter().for_each(|address| assert!(!out(&policy, address), "{rule} refuses {address}"));
    }
}

#[test]
fn what_is_denied_is_denied_in_every_form() {
    let table: &[(&str, &[&str], &[&str])] = &[
        (
            "127.0.0.0/8",
            &[
                "127.0.0.1:1",
                "[::ffff:127.0.0.1]:1",
                "0.0.0.0:1",
                "[::ffff:0:0]:1",
                "[64:ff9b::7f00:1]:1",
                "[64:ff9b:1::7f00:1]:1",
                "[64:ff9b:1:7f00:0:100::]:1",
                "[2002:7f00:1::1]:1",
                "[::127.0.0.1]:1",
            ],
            &["128.0.0.1:1", "[::1]:1", "[64:ff9b::8000:1]:1"],
        ),
        (
            "link-local",
            &["169.254.169.254:80", "[64:ff9b::a9fe:a9fe]:80", "[fe80::1]:80"],
            &["10.0.0.1:80"],
        ),
        ("fe80::%3/10", &["[fe80::1%3]:1", "[fe80::1]:1"], &["[fe80::1%4]:1"]),
        ("10.0.0.0/8:25", &["10.1.1.1:25"], &["10.1.1.1:26"]),
        ("in *", &[], &["1.2.3.4:1"]),
    ];
    for (rule, no, yes) in table {
        let policy = policy(None, &[*rule]);
        yes.iter().for_each(|address| assert!(out(&policy, address), "!{rule} leaves {address}"));
        no.iter().for_each(|address| assert!(!out(&policy, address), "!{rule} refuses {address}"));
    }
    let both = policy(Some(&["10.0.0.0/8"]), &["10.0.0.0/24"]);
    assert!(out(&both, "10.0.1.1:1") && !out(&both, "10.0.0.1:1"), "what is denied goes before");
}

#[test]
fn a_wildcard_opens_what_is_denied() {
    let denied = policy(None, &["in 10.0.0.0/8:80"]);
    assert!(
        !inward(&denied, "0.0.0.0:80")
            && !inward(&denied, "[::]:80")
            && !inward(&denied, "[::ffff:0:0]:80")
    );
    assert!(inward(&denied, "0.0.0.0:81") && inward(&denied, "192.0.2.1:80"));
    let v6 = policy(None, &["in fd00::/8"]);
    assert!(!inward(&v6, "[::]:80") && inward(&v6, "0.0.0.0:80"));
    let allowed = policy(Some(&["in loopback:8000-8999"]), &[]);
    assert!(inward(&allowed, "127.0.0.1:8080") && inward(&allowed, "[::1]:8080"));
    for no in ["0.0.0.0:8080", "[::]:8080", "127.0.0.1:0", "127.0.0.1:80", "[::ffff:0:0]:8080"] {
        assert!(!inward(&allowed, no), "{no}");
    }
    assert!(!out(&allowed, "127.0.0.1:8080"), "only inward");
    assert!(inward(&policy(Some(&["in 0.0.0.0:80"]), &[]), "0.0.0.0:80"));
}

#[test]
fn ports_of_what_has_none() {
    let address: SocketAddr = "192.0.2.1:0".parse().unwrap();
    let raw = Question::Ip { way: Way::Out, address, ports: Ports::All };
    assert!(
        policy(Some(&["192.0.2.1:1-65535"]), &[]).judge(raw).is_err(),
        "it could send to port 0"
    );
    assert!(policy(Some(&["192.0.2.1:0-65535"]), &[]).judge(raw).is_ok());
    assert!(policy(Some(&["192.0.2.1"]), &[]).judge(raw).is_ok());
    assert!(policy(None, &["192.0.2.1:25"]).judge(raw).is_err());
    let group: SocketAddr = "239.1.2.3:0".parse().unwrap();
    let join = Question::Ip { way: Way::In, address: group, ports: Ports::None };
    assert!(policy(Some(&["in 239.0.0.0/8:5353"]), &[]).judge(join).is_ok());
    assert!(policy(Some(&["out 239.0.0.0/8"]), &[]).judge(join).is_err());
    assert!(policy(None, &["239.0.0.0/8:25"]).judge(join).is_ok(), "another port may be meant");
    assert!(policy(None, &["239.0.0.0/8"]).judge(join).is_err());
    assert!(
        policy(None, &["192.0.2.0/24"])
            .judge(Question::Aside("192.0.2.1".parse().unwrap()))
            .is_err()
    );
}

#[test]
fn names_open_only_what_was_answered() {
    let rules =
        policy(Some(&["db.example:5432", "*.cdn.example:443", "lookup other.example"]), &[]);
    let asks = |name: &str| rules.judge(Question::Name(name)).is_ok();
    for yes in ["db.example", "DB.Example.", "a.cdn.example", "a.b.cdn.example", "other.example"] {
        assert!(asks(yes), "{yes}");
    }
    for no in [
        "example",
        "xdb.example",
        "db.example.evil",
        "cdn.example",
        ".cdn.example",
        "xcdn.example",
        "",
        "localhost",
    ] {
        assert!(!asks(no), "{no}");
    }
    // Numbers in any spelling are no names: nobody is asked, and they open nothing.
    for numeric in [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0x7f.1",
        "::1",
        "fe80::1%lo",
        "1.2.3.4.",
    ] {
        assert!(asks(numeric), "{numeric}");
        rules.remember(numeric, ["192.0.2.66".parse().unwrap()]);
    }
    assert!(!out(&rules, "192.0.2.66:5432"));
    assert!(!out(&rules, "192.0.2.1:5432"), "nobody has asked yet");
    rules.remember(
        "DB.example.",
        ["192.0.2.1".parse().unwrap(), "::ffff:192.0.2.2".parse().unwrap()],
    );
    rules.remember("other.example", ["192.0.2.9".parse().unwrap()]);
    assert!(
        out(&rules, "192.0.2.1:5432")
            && out(&rules, "[::ffff:192.0.2.1]:5432")
            && out(&rules, "192.0.2.2:5432")
    );
    assert!(!out(&rules, "192.0.2.1:443"), "that is the other rule's port");
    assert!(!out(&rules, "192.0.2.9:5432") && !out(&rules, "192.0.2.9:443"), "for looking only");
    assert!(!inward(&rules, "192.0.2.1:5432"));
    // Another guest has asked nothing.
    assert!(!out(&policy(Some(&["db.example:5432"]), &[]), "192.0.2.1:5432"));
}

#[test]
fn names_cannot_be_made_to_mean_this_host() {
    let rules = policy(Some(&["evil.example", "*.localhost", "localhost"]), &[]);
    let inside = [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "169.254.169.254",
        "fe80::1",
        "224.0.0.1",
        "255.255.255.255",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ];
    for address in inside {
        let ip: IpAddr = address.parse().unwrap();
        rules.remember("evil.example", [ip]);
        assert!(!out(&rules, &SocketAddr::new(ip, 80).to_string()), "{address}");
    }
    rules.remember("evil.example", ["10.0.0.5".parse().unwrap()]);
    assert!(out(&rules, "10.0.0.5:80"), "names of private addresses are what they are for");
    rules.remember("db.localhost", ["127.0.0.2".parse().unwrap(), "169.254.1.1".parse().unwrap()]);
    assert!(out(&rules, "127.0.0.2:80") && !out(&rules, "169.254.1.1:80"));
    // What is denied stays denied, whatever its name.
    let denied = policy(Some(&["db.example"]), &["private"]);
    denied.remember("db.example", ["10.0.0.5".parse().unwrap(), "64:ff9b::a00:5".parse().unwrap()]);
    assert!(!out(&denied, "10.0.0.5:80") && !out(&denied, "[64:ff9b::a00:5]:80"));
}

#[test]
fn what_is_remembered_is_bounded() {
    let rules = policy(Some(&["*.example"]), &[]);
    for number in 0..5_000_u32 {
        rules.remember("a.example", [IpAddr::from((0xc000_0000 + number).to_be_bytes())]);
    }
    assert_eq!(rules.answers.lock().unwrap().len(), MOST_ADDRESSES);
    assert!(!out(&rules, "192.0.0.0:1"), "the oldest are gone");
    assert!(out(&rules, "192.0.19.135:1"), "the last is there");
}

#[test]
fn names_that_may_be_asked_for() {
    let asks = |allow: Option<&[&str]>, deny: &[&str], name: &str| {
        policy(allow, deny).judge(Question::Name(name)).is_ok()
    };
    assert!(asks(None, &[], "any.example"));
    assert!(asks(Some(&["*:443"]), &[], "any.example"), "any address may be reached");
    assert!(asks(Some(&["lookup *"]), &[], "any.example"));
    assert!(asks(Some(&["loopback"]), &[], "localhost"));
    assert!(!asks(Some(&["loopback"]), &[], "any.example"));
    assert!(!asks(Some(&["in *"]), &[], "any.example"));
    assert!(!asks(Some(&["10.0.0.0/8"]), &[], "secret.evil.example"), "a question tells, too");
    assert!(!asks(None, &["evil.example"], "evil.example."));
    assert!(!asks(None, &["*.evil.example"], "x.evil.example"));
    assert!(asks(None, &["*.evil.example"], "evil.example"));
    assert!(asks(None, &["out evil.example", "evil.example:80"], "evil.example"));
    assert!(!asks(Some(&["*"]), &["lookup *"], "any.example"));
    assert!(!asks(None, &["*"], "any.example"));
}

#[test]
fn denied_names_are_denied_by_number() {
    let rules = policy(None, &["localhost"]);
    assert!(!out(&rules, "127.0.0.1:80"));
    assert!(out(&rules, "192.0.2.1:80"));
    assert!(out(&policy(None, &["lookup localhost"]), "127.0.0.1:80"));
}

#[cfg(unix)]
#[test]
fn unix_paths_and_abstract_names() {
    let folder = std::env::temp_dir().join(format!("hostsock-policy-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("real")).unwrap();
    let folder = folder.canonicalize().unwrap();
    std::os::unix::fs::symlink(folder.join("real"), folder.join("link")).unwrap();
    // The rule is written by the link, which leads where it led then.
    let rule = format!("{}/", folder.join("link").display());
    let rules = policy(Some(&[&rule, "out /run/a.sock", "@app", "@app/*"]), &[]);
    let path = |way, path: &Path| rules.judge(Question::Path(way, path)).is_ok();
    assert!(
        path(Way::Out, &folder.join("real/x.sock")) && path(Way::In, &folder.join("real/x.sock"))
    );
    assert!(!path(Way::Out, &folder.join("x.sock")) && !path(Way::Out, &folder.join("real")));
    assert!(!path(Way::Out, &folder.join("realm/x.sock")));
    assert!(path(Way::Out, Path::new("/run/a.sock")) && !path(Way::In, Path::new("/run/a.sock")));
    let name = |name: Option<&[u8]>| rules.judge(Question::Abstract(Way::Out, name)).is_ok();
    assert!(
        name(Some(b"app"))
            && name(Some(b"app/x"))
            && !name(Some(b"app2"))
            && !name(Some(b""))
            && !name(None)
    );
    assert!(policy(Some(&["@*"]), &[]).judge(Question::Abstract(Way::In, None)).is_ok());
    assert!(policy(Some(&["*"]), &[]).judge(Question::Path(Way::Out, Path::new("/x"))).is_ok());
    assert!(
        policy(Some(&["*:1-9"]), &[]).judge(Question::Path(Way::Out, Path::new("/x"))).is_err()
    );
    assert!(
        policy(Some(&["loopback"]), &[]).judge(Question::Path(Way::Out, Path::new("/x"))).is_err()
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn families_types_and_descriptors() {
    let socket = |policy: &Policy, family, kind, protocol| {
        policy.judge(Question::Socket { family, kind, protocol }).is_ok()
    };
    let rules = policy(Some(&["loopback"]), &[]);
    assert!(
        socket(&rules, sys::AF_INET, sys::STREAM, 0)
            && socket(&rules, sys::AF_INET6, sys::SOCK_DGRAM, 17)
    );
    assert!(socket(&rules, sys::AF_UNIX, sys::SOCK_SEQPACKET, 0));
    for (family, kind, protocol) in [
        (16, sys::SOCK_DGRAM, 0),
        (17, sys::SOCK_DGRAM, 0),
        (40, sys::STREAM, 0),
        (0, sys::STREAM, 0),
        (sys::AF_INET, sys::SOCK_RAW, 1),
        (sys::AF_INET, sys::SOCK_SEQPACKET, 0),
        (sys::AF_INET, sys::STREAM, 132),
        (sys::AF_INET, sys::STREAM, -1),
    ] {
        assert!(!socket(&rules, family, kind, protocol), "{family} {kind} {protocol}");
    }
    assert!(rules.judge(Question::Rights).is_err());
    let settings = Settings {
        families: Some(vec!["IPv4".into(), "netlink".into(), "99".into()]),
        types: Some(vec!["raw".into()]),
        rights: Some(true),
        ..Settings::default()
    };
    let rules = Policy::new(&settings).unwrap();
    assert!(
        socket(&rules, sys::AF_INET, sys::SOCK_RAW, 255)
            && socket(&rules, 99, sys::SOCK_RAW | 0o4000, 0)
    );
    assert!(
        !socket(&rules, sys::AF_INET6, sys::SOCK_RAW, 0)
            && !socket(&rules, sys::AF_INET, sys::STREAM, 0)
    );
    assert!(rules.judge(Question::Rights).is_ok() && rules.judge(Question::Other(16)).is_ok());
    assert!(out(&rules, "1.2.3.4:5"), "without rules every address");
    let judged = Policy::new(&Settings { allow: Some(vec!["*".into()]), ..settings }).unwrap();
    assert!(
        !socket(&judged, sys::AF_INET, sys::SOCK_RAW, 255),
        "its packets name their own addresses"
    );
    assert!(socket(&judged, sys::AF_INET, sys::SOCK_RAW, 1));
}

#[cfg(target_os = "linux")]
#[test]
fn options_that_name_addresses_or_change_them() {
    let asked = |level, name, value: &[u8]| {
        let questions = of_option(level, name, value);
        questions.iter().map(|it| format!("{} {it}", direction(*it))).collect::<Vec<_>>()
    };
    let (group, face, source) = ([239, 1, 2, 3], [10, 0, 0, 1], [192, 0, 2, 1]);
    let v4 = |parts: &[[u8; 4]]| parts.concat();
    assert_eq!(asked(0, 35, &v4(&[group, [0; 4]])), ["in 239.1.2.3:0"]);
    assert_eq!(asked(0, 35, &v4(&[group, face])), ["in 239.1.2.3:0", "in 10.0.0.1"]);
    assert_eq!(asked(0, 35, &v4(&[group, face, [1, 0, 0, 0]])), ["in 239.1.2.3:0"]);
    assert_eq!(
        asked(0, 39, &v4(&[group, face, source])),
        ["in 239.1.2.3:0", "in 192.0.2.1", "in 10.0.0.1"]
    );
    assert_eq!(asked(0, 36, &v4(&[group, face])), [""; 0], "leaving needs no leave");
    assert_eq!(asked(0, 32, &face), ["in 10.0.0.1"]);
    assert_eq!(asked(0, 35, &[1, 2]), [" option 35 of level 0"], "what cannot be read is refused");
    let mut request = vec![0; 8 + 128 + 128];
    request[8..16].copy_from_slice(&[2, 0, 0, 0, 239, 1, 2, 3]);
    request[136..144].copy_from_slice(&[2, 0, 0, 0, 192, 0, 2, 1]);
    assert_eq!(asked(0, 42, &request[..136]), ["in 239.1.2.3:0"]);
    assert_eq!(asked(0, 46, &request), ["in 239.1.2.3:0", "in 192.0.2.1"]);
    request[8] = 1;
    assert_eq!(asked(0, 42, &request[..136]), [" option 42 of level 0"], "no address of a host");
    let v6: std::net::Ipv6Addr = "ff02::1:2".parse().unwrap();
    assert_eq!(asked(41, 20, &[&v6.octets()[..], &[0; 4]].concat()), ["in [ff02::1:2]:0"]);
    assert_eq!(asked(41, 27, &[&v6.octets()[..], &[0; 4]].concat()), ["in [ff02::1:2]:0"]);
    for (level, name, what) in [
        (1, 25, "SO_BINDTODEVICE"),
        (1, 62, "SO_BINDTOIFINDEX"),
        (0, 50, "IP_UNICAST_IF"),
        (0, 4, "IP_OPTIONS"),
        (0, 3, "IP_HDRINCL"),
        (41, 57, "IPV6_RTHDR"),
        (41, 5, "IPV6_2292RTHDR"),
        (41, 32, "IPV6_FLOWLABEL_MGR"),
        (0, 17, "IP_XFRM_POLICY"),
        (0, 16, "IP_IPSEC_POLICY"),
        (41, 35, "IPV6_XFRM_POLICY"),
        (41, 34, "IPV6_IPSEC_POLICY"),
        (41, 36, "IPV6_HDRINCL"),
        (41, 6, "IPV6_2292PKTOPTIONS"),
        (0, 200, "MRT_INIT"),
    ] {
        let questions = asked(level, name, &[1, 0, 0, 0]);
        assert_eq!(questions.len(), 1, "{what}");
        let named = questions[0] == format!(" {what}") || questions[0].starts_with(" option");
        assert!(named, "{what}: {questions:?}");
    }
    assert_eq!(asked(1, 25, &[0; 16]), [""; 0], "taken back");
    for (level, name) in [(1, 2), (6, 1), (0, 1), (41, 26), (1, 9999)] {
        assert_eq!(asked(level, name, &[1, 0, 0, 0]), [""; 0], "{level} {name}");
    }
    assert_eq!(asked(0, 64, &[1]), [" option 64 of level 0"], "tables of the packet filter");
    assert_eq!(asked(132, 110, &[1]), [" option 110 of level 132"], "SCTP_SOCKOPT_CONNECTX");
    let none = policy(None, &["192.0.2.0/24"]);
    assert!(
        of_option(0, 39, &v4(&[group, face, source])).iter().any(|it| none.judge(*it).is_err())
    );
}

#[test]
fn rules_that_cannot_be_meant() {
    for wrong in [
        "",
        " ",
        "in",
        "out ",
        "in in 10.0.0.1",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "fe80::1/10",
        "10.0.0.1/",
        "10.0.0.1/+8",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "10.0.0.1:",
        "10.0.0.1:+80",
        "10.0.0.1:65536",
        "10.0.0.1:9-8",
        "10.0.0.1:a",
        "[::1",
        "::1]",
        "[::1]80",
        "[::1]:",
        "*.",
        "*.*.example",
        "a..b",
        "exa mple",
        "bücher.example",
        "in example.com",
        "lookup 10.0.0.1",
        "lookup /path",
        "lookup example.com:80",
        "example.com/8",
        "*example.com",
        "http://example.com",
        "fe80::1%no-such-interface",
    ] {
        let parsed = wrong.parse::<Rule>();
        assert!(parsed.is_err(), "{wrong:?}: {parsed:?}");
    }
    for right in [
        "::1",
        "[::1]",
        "[::]:0-65535",
        "localhost:80",
        "a_b.example",
        "xn--bcher-kva.example",
        "*",
        "@",
        "/",
        "in  @x",
    ] {
        assert!(right.parse::<Rule>().is_ok(), "{right}");
    }
}

#[test]
fn the_environment_variable() {
    let settings = parse("out example.com:443, in loopback:8000-8999 ,!169.254.0.0/16, families=IPv4+unix,types=stream,rights=on,sockets=9,wait=250").unwrap();
    assert_eq!(
        settings.allow.as_deref(),
        Some(&["out example.com:443".to_owned(), "in loopback:8000-8999".to_owned()][..])
    );
    assert_eq!(settings.deny, ["169.254.0.0/16"]);
    assert_eq!(settings.families.as_deref().map(<[_]>::len), Some(2));
    assert_eq!(
        (settings.rights, settings.sockets, settings.wait),
        (Some(true), Some(9), Some(Duration::from_millis(250)))
    );
    assert!(Policy::new(&settings).is_ok());
    assert!(!out(&Policy::new(&parse("none").unwrap()).unwrap(), "127.0.0.1:1"));
    assert!(out(&Policy::new(&parse("!private").unwrap()).unwrap(), "1.1.1.1:1"));
    for wrong in [
        "families=IPv5",
        "types=dgram",
        "rights=yes",
        "sockets=-1",
        "wait=x",
        "!",
        "a,,b",
        "color=red",
    ] {
        assert!(parse(wrong).and_then(|it| Policy::new(&it)).is_err(), "{wrong}");
    }
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn ip(&mut self) -> IpAddr {
        let near = [0x7f00_0001_u32, 0x0a00_0001, 0xa9fe_a9fe, 0xc000_0201, 0, 0xe000_0001];
        let v4 = near[self.next() as usize % near.len()] ^ (self.next() as u32 & 0x101);
        match self.next() % 4 {
            0 => std::net::Ipv4Addr::from_bits(v4).into(),
            1 => std::net::Ipv4Addr::from_bits(v4).to_ipv6_mapped().into(),
            2 => std::net::Ipv6Addr::from_bits(0x64_ff9b << 96 | u128::from(v4)).into(),
            _ => std::net::Ipv6Addr::from_bits(u128::from(self.next()) << 64 | u128::from(v4 & 3))
                .into(),
        }
    }

    fn rule(&mut self) -> String {
        let way = ["", "out ", "in "][self.next() as usize % 3];
        let target = match self.next() % 5 {
            0 => "loopback".into(),
            1 => "private".into(),
            2 => "link-local".into(),
            3 => self.ip().to_string(),
            _ => match self.ip() {
                IpAddr::V4(v4) => {
                    let bits = self.next() % 33;
                    let mask = u32::MAX.checked_shl(32 - bits as u32).unwrap_or(0);
                    format!("{}/{bits}", std::net::Ipv4Addr::from_bits(v4.to_bits() & mask))
                }
                v6 => v6.to_string(),
            },
        };
        format!("{way}{target}")
    }
}

#[test]
fn what_holds_for_all_rules() {
    let mut numbers = Numbers(7);
    for _ in 0..3_000 {
        let rules: Vec<String> = (0..1 + numbers.next() % 4).map(|_| numbers.rule()).collect();
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        let (allow, deny) = rules.split_at(numbers.next() as usize % (rules.len() + 1));
        let one = policy(Some(allow), deny);
        for _ in 0..20 {
            let (ip, port) = (numbers.ip(), numbers.next() as u16);
            let way = if numbers.next().is_multiple_of(2) { Way::Out } else { Way::In };
            let judge = |policy: &Policy, ip: IpAddr| {
                let address = SocketAddr::new(ip, port);
                policy.judge(Question::Ip { way, address, ports: Ports::One(port) }).is_ok()
            };
            let answer = judge(&one, ip);
            // IPv4 and its IPv6 form are one address.
            if let IpAddr::V4(v4) = ip {
                assert_eq!(answer, judge(&one, v4.to_ipv6_mapped().into()), "{rules:?} {ip}");
            }
            // To connect to nowhere is to connect to loopback.
            if way == Way::Out && ip.is_unspecified() {
                assert_eq!(answer, judge(&one, loopback(ip)), "{rules:?} {ip}");
            }
            // One more denial never lets more through, one more permission never less.
            let more = numbers.rule();
            let mut denied = deny.to_vec();
            denied.push(&more);
            assert!(answer || !judge(&policy(Some(allow), &denied), ip), "{rules:?} !{more} {ip}");
            let mut allowed = allow.to_vec();
            allowed.push(&more);
            assert!(!answer || judge(&policy(Some(&allowed), deny), ip), "{rules:?} {more} {ip}");
            // Nothing allowed is nothing at all; everything denied as well.
            assert!(!judge(&policy(Some(&[]), deny), ip));
            assert!(!judge(&policy(Some(allow), &["*"]), ip));
        }
    }
}

#[test]
fn scopes_begin_count_and_end() {
    let settings = Settings {
        sockets: Some(2),
        allow: Some(vec!["127.0.0.1:9".into()]),
        ..Settings::default()
    };
    let scope = begin(Policy::new(&settings).unwrap(), 960);
    let owner = crate::table::Owner { environment: 960, scope };
    let open = || crate::socket::open(owner, sys::AF_INET, sys::SOCK_DGRAM, 0);
    let (one, two) = (open().unwrap(), open().unwrap());
    assert_eq!(open(), Err(Errno::MFILE));
    crate::table::close(one).unwrap();
    let three = open().unwrap();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hears = heard.clone();
    let hear = move |it: &Refusal| {
        hears.borrow_mut().push((it.call, it.direction, it.target.clone(), it.rule.clone()))
    };
    set_reporter(960, Rc::new(hear), Arc::new(|_| {}));
    let socket = crate::table::pin(two).unwrap();
    let to = |text: &str| socket2::SockAddr::from(text.parse::<SocketAddr>().unwrap());
    let mut byte = [0_u8];
    let mut send = |to: &socket2::SockAddr| {
        crate::socket::send_message(&socket, &[byte.as_mut_slice().into()], Some(to), &[], 0)
    };
    assert_eq!(send(&to("127.0.0.1:9")), Ok(1));
    assert_eq!(send(&to("127.0.0.1:10")), Err(Errno::ACCES));
    assert_eq!(crate::socket::connect(&socket, &to("127.0.0.2:9")), Err(Errno::ACCES));
    assert_eq!(crate::socket::bind(&socket, &to("127.0.0.1:0")), Err(Errno::ACCES));
    // An IPv4 socket would take an address without a family for one of its own.
    #[cfg(target_os = "linux")]
    assert_eq!(
        send(
            &sys::address_from_linux(&[0, 0, 0, 10, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap()
        ),
        Err(Errno::ACCES)
    );
    end_owned(960);
    assert_eq!(send(&to("127.0.0.1:9")), Err(Errno::ACCES), "its rules have ended");
    let calls: Vec<_> = heard.borrow().iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(calls[..3], [("sendto", "out"), ("connect", "out"), ("bind", "in")]);
    assert_eq!(heard.borrow()[0].2, "127.0.0.1:10");
    end_reporter(960);
    crate::table::close(two).unwrap();
    crate::table::close(three).unwrap();
}
