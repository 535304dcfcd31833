//! What a rule costs among 1, 100 and 10,000 patterns or networks.
//!
//! `cargo bench --bench lookup`. The first row is what it costs to ask a predicate anything at all; the set of the standard
//! library is there to compare with.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::{
    collections::HashSet,
    hint::black_box,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::Request;
use tower_postern::{
    RequestHead,
    net::{NetworkHandle, NetworkSet, PeerAddr},
    predicate::{Predicate, Verdict, predicate},
    rule,
};

const COUNTS: [u32; 3] = [1, 100, 10_000];

/// Asks about each of `paths` in turn, so that the processor does not learn one by heart.
fn ask(
    c: &mut Criterion,
    group: &str,
    count: u32,
    rule: &impl Predicate,
    paths: &[String],
    expect: Verdict,
) {
    let requests: Vec<_> = paths
        .iter()
        .map(|path| Request::get(path).body(()).unwrap())
        .collect();
    for request in &requests {
        assert_eq!(
            rule.check(&RequestHead::new(request)),
            expect,
            "{}",
            request.uri()
        );
    }
    let mut requests = requests.iter().cycle();
    c.benchmark_group(group)
        .bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                let head = RequestHead::new(requests.next().unwrap());
                black_box(rule.check(&head))
            });
        });
}

fn paths(c: &mut Criterion) {
    let some = |of: u32, path: &dyn Fn(u32) -> String| -> Vec<String> {
        (0..64).map(|i| path((i * 7_919) % of)).collect()
    };
    let miss = some(10_000, &|i| format!("/v1/shops/{i}"));
    ask(
        c,
        "nothing",
        0,
        &|_: &RequestHead<'_>| false,
        &miss,
        Verdict::No,
    );
    for count in COUNTS {
        let exact: Vec<_> = (0..count).map(|i| format!("/v1/orders/{i}")).collect();
        let set: HashSet<String> = exact.iter().cloned().collect();
        ask(
            c,
            "path in a HashSet",
            count,
            &predicate(move |head| set.contains(head.uri().path())),
            &some(count, &|i| format!("/v1/orders/{i}")),
            Verdict::Yes,
        );
        let rule = rule::path(&exact).unwrap();
        ask(
            c,
            "path, found",
            count,
            &rule,
            &some(count, &|i| format!("/v1/orders/{i}")),
            Verdict::Yes,
        );
        ask(c, "path, not found", count, &rule, &miss, Verdict::No);

        let under: Vec<_> = (0..count).map(|i| format!("/orders{i}")).collect();
        let rule = rule::under(&under).unwrap();
        ask(
            c,
            "under, found",
            count,
            &rule,
            &some(count, &|i| format!("/orders{i}/a/b")),
            Verdict::Yes,
        );
        ask(c, "under, not found", count, &rule, &miss, Verdict::No);

        let deep: Vec<_> = (0..count).map(|i| format!("/v1/orders/{i}")).collect();
        let rule = rule::under(&deep).unwrap();
        ask(
            c,
            "under, three deep, found",
            count,
            &rule,
            &some(count, &|i| format!("/v1/orders/{i}/a")),
            Verdict::Yes,
        );

        let params: Vec<_> = (0..count)
            .map(|i| format!("/v1/kind{i}/{{id}}/items/{{item}}"))
            .collect();
        let rule = rule::path(&params).unwrap();
        ask(
            c,
            "pattern, found",
            count,
            &rule,
            &some(count, &|i| format!("/v1/kind{i}/123/items/45")),
            Verdict::Yes,
        );
        ask(c, "pattern, not found", count, &rule, &miss, Verdict::No);

        let rest: Vec<_> = (0..count)
            .map(|i| format!("/{{tenant}}/kind{i}/{{*rest}}"))
            .collect();
        let rule = rule::path(&rest).unwrap();
        ask(
            c,
            "pattern of the rest, found",
            count,
            &rule,
            &some(count, &|i| format!("/t{i}/kind{i}/a/b.css")),
            Verdict::Yes,
        );
    }
    let rule = rule::path(["/v1/orders/{id}"]).unwrap();
    let odd = some(10_000, &|i| format!("/v1/orders/a%20{i}"));
    ask(c, "an encoded path", 1, &rule, &odd, Verdict::Yes);
    let odd = some(10_000, &|i| {
        format!("/v1/x/..;a/%2e%2e//v1/orders/%2561{i}")
    });
    ask(c, "a hostile path", 1, &rule, &odd, Verdict::Unknown);
}

fn networks(c: &mut Criterion) {
    for count in COUNTS {
        // Gaps between, so that nothing is merged.
        let v4 = (0..count).map(|i| format!("{}/24", Ipv4Addr::from_bits(0x0A00_0000 + (i << 9))));
        let v6 = (0..count).map(|i| {
            format!(
                "{}/48",
                Ipv6Addr::from_bits(0xFD << 120 | u128::from(i) << 81)
            )
        });
        let set = NetworkSet::parse(v4.chain(v6)).unwrap();
        let handle = NetworkHandle::new(&set);
        let live = handle.networks();
        let v4 = IpAddr::from([10, 0, 0, 7]);
        let v6 = "fd00::7".parse().unwrap();
        for (name, set, base, step) in [
            ("network of IPv4", &set, v4, 9),
            ("network of IPv4, replaceable", &live, v4, 9),
            ("network of IPv6", &set, v6, 81),
            ("network of IPv6, replaceable", &live, v6, 81),
        ] {
            let addresses: Vec<IpAddr> = (0..64u32)
                .map(|i| {
                    let i = (i * 7_919) % count;
                    match base {
                        IpAddr::V4(base) => {
                            Ipv4Addr::from_bits(base.to_bits() + (i << step)).into()
                        }
                        IpAddr::V6(base) => {
                            Ipv6Addr::from_bits(base.to_bits() + (u128::from(i) << step)).into()
                        }
                    }
                })
                .collect();
            let mut addresses = addresses.iter().cycle();
            c.benchmark_group(name)
                .bench_function(BenchmarkId::from_parameter(count), |b| {
                    b.iter(|| assert!(set.contains(black_box(*addresses.next().unwrap()))));
                });
        }

        let rule = rule::client_addr_in(set);
        let request = Request::get("/")
            .header("host", "example.com")
            .header("user-agent", "curl/8")
            .header("accept", "*/*")
            .extension(PeerAddr(([10, 0, 0, 7], 40_000).into()))
            .body(())
            .unwrap();
        c.benchmark_group("client_addr, three headers")
            .bench_function(BenchmarkId::from_parameter(count), |b| {
                b.iter(|| rule.check(black_box(&RequestHead::new(&request))));
            });
    }
}

criterion_group!(benches, paths, networks);
criterion_main!(benches);
