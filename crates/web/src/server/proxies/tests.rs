use super::*;

fn said(headers: &[(&str, &str)]) -> Result<(String, Option<bool>), Refusal> {
    said_to("10.0.0.1", headers)
}

fn said_to(proxy: &str, headers: &[(&str, &str)]) -> Result<(String, Option<bool>), Refusal> {
    let ranges = ["10.0.0.0/8", "127.0.0.0/8", "2001:db8::/32"].map(|range| Range::parse(range).unwrap());
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    let said = Proxies::new(ranges).read(&map, proxy.parse().unwrap())?;
    Ok((said.client.map_or_else(String::new, |client| client.to_string()), said.https))
}

fn client(header: (&str, &str)) -> String {
    said(&[header]).unwrap().0
}

#[test]
fn a_range_is_an_address_and_the_bits_that_count() {
    let contains = |range: &str, address: &str| Range::parse(range).unwrap().contains(address.parse().unwrap());
    for (range, inside, outside) in [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("192.0.2.0/25", "192.0.2.127", "192.0.2.128"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
        ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
    ] {
        assert!(contains(range, inside) && !contains(range, outside), "{range}");
    }
    assert!(contains("0.0.0.0/0", "192.0.2.1") && !contains("0.0.0.0/0", "2001:db8::1"));
    assert!(contains("::/0", "2001:db8::1"));
    for bad in ["", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/+8", "10/8", "::/129", "den.example", "a/8"] {
        assert_eq!(Range::parse(bad), None, "{bad}");
    }
}

#[test]
fn the_client_is_the_last_one_that_is_no_proxy() {
    assert_eq!(client(("x-forwarded-for", "192.0.2.1")), "192.0.2.1");
    assert_eq!(client(("x-forwarded-for", "198.51.100.9, 192.0.2.1, 10.0.0.2")), "192.0.2.1");
    assert_eq!(client(("x-forwarded-for", "10.0.0.3, 10.0.0.2")), "10.0.0.3", "nobody else is named");
    assert_eq!(client(("x-forwarded-for", "192.0.2.1:4711")), "192.0.2.1");
    assert_eq!(client(("x-forwarded-for", "[2001:db9::1]:4711")), "2001:db9::1");
    assert_eq!(client(("x-forwarded-for", "2001:db9::1")), "2001:db9::1");
    assert_eq!(
        client(("forwarded", "for=198.51.100.9, for=\"[2001:db9::1]:1\";proto=https, for=10.0.0.2")),
        "2001:db9::1"
    );
    let two = [("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "192.0.2.1")];
    assert_eq!(said(&two).unwrap().0, "192.0.2.1", "lines go on where the last one ended");
}

#[test]
fn what_is_no_address_ends_what_is_believed() {
    assert_eq!(client(("x-forwarded-for", "192.0.2.1, unknown, 10.0.0.2")), "10.0.0.2");
    assert_eq!(client(("forwarded", "for=192.0.2.1, for=_hidden")), "");
    assert_eq!(client(("x-forwarded-for", "")), "");
}

#[test]
fn nobody_elsewhere_becomes_this_machine() {
    assert_eq!(client(("x-forwarded-for", "127.0.0.1")), "");
    assert_eq!(client(("x-forwarded-for", "::1, 10.0.0.2")), "10.0.0.2");
    assert_eq!(said_to("127.0.0.1", &[("x-forwarded-for", "127.0.0.1")]).unwrap().0, "127.0.0.1");
    assert_eq!(said_to("127.0.0.1", &[("x-forwarded-for", "::ffff:127.0.0.1, 10.0.0.2")]).unwrap().0, "10.0.0.2");
}

#[test]
fn the_scheme_is_the_one_of_the_client() {
    assert_eq!(said(&[("x-forwarded-proto", "https")]).unwrap().1, Some(true));
    assert_eq!(said(&[("x-forwarded-proto", "HTTP")]).unwrap().1, Some(false));
    let chain = "for=192.0.2.1;proto=https, for=10.0.0.2;proto=http";
    assert_eq!(said(&[("forwarded", chain)]).unwrap().1, Some(true));
    let lie = "for=198.51.100.9;proto=https, for=192.0.2.1;proto=http";
    assert_eq!(said(&[("forwarded", lie)]).unwrap().1, Some(false));
    assert_eq!(said(&[]).unwrap(), (String::new(), None));
}

#[test]
fn what_contradicts_itself_or_cannot_be_read_is_refused() {
    for bad in [
        &[("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.2")][..],
        &[("x-forwarded-proto", "http"), ("forwarded", "for=192.0.2.2;proto=https")],
        &[("x-forwarded-proto", "ftp")],
        &[("x-forwarded-proto", "https"), ("x-forwarded-proto", "https")],
        &[("x-forwarded-proto", "https, http")],
        &[("forwarded", "for=\"192.0.2.1")],
        &[("forwarded", "for=192.0.2.1;proto=gopher")],
    ] {
        assert_eq!(said(bad), Err(Refusal::FORWARDING), "{bad:?}");
    }
    let same = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=\"192.0.2.1:9\"")];
    assert_eq!(said(&same).unwrap().0, "192.0.2.1");
}
