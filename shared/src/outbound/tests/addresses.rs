use std::collections::VecDeque;
use std::future::ready;
use std::net::IpAddr;
use std::sync::Mutex;

use tokio::io::AsyncWriteExt;

use super::wire::{Notes, PUBLIC, address, client, dialling, get, read_head};
use crate::clock::Clock;
use crate::outbound::{Client, Error, Guard, Network};

/// A network whose name server gives one list of answers after the other, and what was looked up and dialled on it.
struct Watched {
    network: Network,
    looked_up: Notes<String>,
    dialled: Notes<(IpAddr, u16)>,
}

fn watched(answers: &[&[&str]]) -> Watched {
    let answers = answers.iter().map(|list| list.iter().map(|text| address(text)).collect());
    let answers = Mutex::new(answers.collect::<VecDeque<Vec<IpAddr>>>());
    let (looked_up, dialled) = (Notes::new(), Notes::new());
    let (names, addresses) = (looked_up.clone(), dialled.clone());
    let resolve = move |name| {
        names.add(name);
        ready(Ok(answers.lock().unwrap().pop_front().expect("no look-up more")))
    };
    let dial = dialling(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("the client reads");
    });
    let network = Network::new(resolve, move |address, port| {
        addresses.add((address.address(), port));
        dial(address, port)
    });
    Watched { network, looked_up, dialled }
}

#[tokio::test(start_paused = true)]
async fn no_refused_address_is_dialled_however_it_is_spelt() {
    let urls = [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0/",
        "http://①②⑦.0.0.1/",
        "http://127.0.0.1./",
        "http://169.254.169.254/latest/meta-data/",
        "http://0xa9fea9fe/",
        "http://10.0.0.1:8080/",
        "https://192.168.0.1/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[64:ff9b:1:a9fe:a9:fe00::]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:808:808::80ff:fffe]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
    ];
    let watched = watched(&[]);
    let client = client(watched.network);
    for url in urls {
        let error = client.send(get(url)).await.expect_err(url);
        assert!(matches!(error, Error::AddressRefused { is_literal: true, .. }), "{url}: {error:?}");
        assert!(!error.can_retry());
        assert!(client.check(&super::wire::target(url)).is_err(), "{url}");
    }
    assert_eq!((watched.looked_up.take().len(), watched.dialled.take().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn of_a_names_addresses_only_the_public_are_dialled() {
    let mixed: [&[&str]; 4] = [
        &["10.0.0.1", PUBLIC],
        &["::1", PUBLIC],
        &["::ffff:169.254.169.254", PUBLIC, "127.0.0.1"],
        &["64:ff9b::7f00:1", "2002:a9fe:a9fe::", PUBLIC],
    ];
    let watched = watched(&mixed);
    let client = client(watched.network);
    for _ in mixed {
        client.send(get("http://example.com:8443/")).await.expect("there is one that is public");
        assert_eq!(watched.dialled.take(), [(address(PUBLIC), 8443)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_with_no_public_address_is_refused_and_its_addresses_are_not_shown() {
    let watched = watched(&[&["10.11.12.13", "::1"]]);
    let error = client(watched.network).send(get("http://intranet.example/")).await.unwrap_err();
    let shown = "intranet.example has no public address; only public addresses can be called";
    assert_eq!(error.to_string(), shown);
    assert!(matches!(error, Error::AddressRefused { is_literal: false, .. }), "{error:?}");
    assert_eq!(watched.dialled.take(), []);
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_changes_its_answer_gains_nothing() {
    let watched = watched(&[&[PUBLIC], &["127.0.0.1"], &["169.254.169.254", PUBLIC]]);
    let client = client(watched.network);
    client.send(get("http://rebinding.example/")).await.expect("the first answer is public");
    assert_eq!(watched.looked_up.take(), ["rebinding.example"]);
    assert_eq!(watched.dialled.take(), [(address(PUBLIC), 80)]);

    let error = client.send(get("http://rebinding.example/")).await.unwrap_err();
    assert!(matches!(error, Error::AddressRefused { .. }), "{error:?}");
    assert_eq!(watched.dialled.take(), []);

    client.send(get("http://rebinding.example/")).await.expect("one of the third answers is public");
    assert_eq!(watched.looked_up.take().len(), 2);
    assert_eq!(watched.dialled.take(), [(address(PUBLIC), 80)]);
}

#[tokio::test(start_paused = true)]
async fn a_name_without_addresses_is_not_resolved() {
    let watched = watched(&[&[]]);
    let error = client(watched.network).send(get("http://empty.example/")).await.unwrap_err();
    assert!(matches!(error, Error::DnsFailed { .. }), "{error:?}");
    assert!(error.can_retry());
}

#[tokio::test(start_paused = true)]
async fn loopback_is_dialled_where_it_is_allowed_and_nothing_else_that_is_refused() {
    let watched = watched(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = Client::new(watched.network, Guard { allow_loopback: true }, Clock::system());
    for url in ["http://127.0.0.1:9000/", "http://[::1]:9000/", "http://localhost:9000/"] {
        client.send(get(url)).await.expect(url);
    }
    assert_eq!(watched.dialled.take().len(), 3);
    for url in ["http://intranet.example/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/"] {
        assert!(matches!(client.send(get(url)).await, Err(Error::AddressRefused { .. })), "{url}");
    }
    assert_eq!(watched.dialled.take(), []);
}

#[tokio::test(start_paused = true)]
async fn a_few_addresses_are_tried_in_turn_and_no_more() {
    let public: Vec<String> = (1..=9).map(|last| format!("1.1.1.{last}")).collect();
    let dialled = Notes::new();
    let (tried, answers) = (dialled.clone(), public.clone());
    let resolve = move |_| ready(Ok(answers.iter().map(|text| address(text)).collect()));
    let network = Network::new(resolve, move |address, _| {
        tried.add(address.address().to_string());
        ready(Err(std::io::ErrorKind::ConnectionRefused.into()))
    });
    let error = client(network).send(get("http://example.com/")).await.unwrap_err();
    assert!(matches!(error, Error::ConnectFailed { .. }), "{error:?}");
    assert!(error.can_retry());
    assert_eq!(dialled.take(), public[..4]);
}
