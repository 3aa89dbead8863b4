use super::*;

fn parse(text: &str) -> Result<ProfileDefinition, String> {
    ProfileDefinition::parse_json(text, &Limits::default()).map_err(|error| error.to_string())
}

fn with_grant(grant: &str) -> Result<ProfileDefinition, String> {
    parse(&format!(r#"{{"admits":["human"],"duration":"1h","grants":[{grant}]}}"#))
}

#[test]
fn a_definition_says_everything() {
    let text = r#"{
        "label": "All", "admits": ["human", "guest", "human"], "duration": "12h", "maxDuration": "7d", "idle": "30m",
        "grants": [{ "name": "manual", "interface": "0xa47540e09e7d1f31", "object": "builtin:manual",
            "transfer": "delegable", "lease": "1h", "methods": ["page"], "audit": "all",
            "calls": { "inFlight": 3, "perSecond": 4, "total": 5 } }]
    }"#;
    let definition = parse(text).unwrap();
    assert_eq!(definition.admits, [PrincipalKind::Human, PrincipalKind::Guest]);
    assert_eq!((definition.duration_ms, definition.max_duration_ms), (43_200_000, 604_800_000));
    assert_eq!(definition.idle_ms, Some(1_800_000));
    let grant = &definition.grants[0];
    assert_eq!((grant.transfer, grant.audit, grant.lease_ms), (Transfer::Delegable, AuditLevel::All, Some(3_600_000)));
    assert_eq!(grant.calls, CallLimits { in_flight: 3, per_second: Some(4), total: Some(5) });
}

#[test]
fn what_is_left_out_is_the_safe_thing() {
    let definition = with_grant(r#"{"name":"manual","interface":"Manual","object":"builtin:manual"}"#).unwrap();
    assert_eq!((definition.max_duration_ms, definition.idle_ms), (3_600_000, None));
    let grant = &definition.grants[0];
    assert_eq!(grant.interface_id, 0xa475_40e0_9e7d_1f31);
    assert_eq!((grant.transfer, grant.audit), (Transfer::Session, AuditLevel::Denied));
    assert_eq!(grant.calls, CallLimits::default());
}

#[test]
fn zeros_bound_nothing_as_documented() {
    let grant = r#"{"name":"m","interface":"Manual","object":"a:b","calls":{"perSecond":0,"total":0}}"#;
    assert_eq!(with_grant(grant).unwrap().grants[0].calls, CallLimits::default());
}

#[test]
fn what_is_wrong_is_told_by_name() {
    let wrong = [
        (r#"{"admits":[],"duration":"1h"}"#, "admits"),
        (r#"{"admits":["pseudonymous"],"duration":"1h"}"#, "pseudonymous"),
        (r#"{"admits":["human"],"duration":"0s"}"#, "duration"),
        (r#"{"admits":["human"],"duration":"31d"}"#, "longer"),
        (r#"{"admits":["human"],"duration":"2h","maxDuration":"1h"}"#, "maxDuration"),
        (r#"{"admits":["human"],"duration":"1h","idle":"soon"}"#, "idle"),
        (r#"{"admits":["human"],"duration":"1h","more":1}"#, "more"),
        (r#"{"admits":["human"],"duration":"1h","duration":"2h"}"#, "duplicate"),
        (r#"{"admits":["human"],"duration":"1h","label":"a\nb"}"#, "label"),
        ("[]", "definition"),
        ("", "definition"),
    ];
    for (text, word) in wrong {
        assert!(parse(text).unwrap_err().contains(word), "{text}");
    }
}

#[test]
fn a_place_is_told_for_what_is_no_json_alone() {
    assert!(!parse(r#"{"foo":1}"#).unwrap_err().contains("line"));
    assert!(parse(r#"{"admits":"#).unwrap_err().contains("line 1"));
}

#[test]
fn grants_are_read_as_strictly() {
    let wrong = [
        (r#"{"name":"M","interface":"Manual","object":"a:b"}"#, "name"),
        (r#"{"name":"m","interface":"Nothing","object":"a:b"}"#, "interface"),
        (r#"{"name":"m","interface":"0xzz","object":"a:b"}"#, "interface"),
        (r#"{"name":"m","interface":"Manual","object":"ab"}"#, "object"),
        (r#"{"name":"m","interface":"Manual","object":"a:b c"}"#, "object"),
        (r#"{"name":"m","interface":"Manual","object":"a:b","methods":["pages"]}"#, "pages"),
        (r#"{"name":"m","interface":"Manual","object":"a:b","calls":{"inFlight":0}}"#, "inFlight"),
        (r#"{"name":"m","interface":"Manual","object":"a:b","calls":{"inFlight":-1}}"#, "definition"),
        (r#"{"name":"m","interface":"Manual","object":"a:b","lease":"0s"}"#, "lease"),
        (r#"{"name":"m","interface":"Manual","object":"a:b","audit":"some"}"#, "some"),
    ];
    for (grant, word) in wrong {
        assert!(with_grant(grant).unwrap_err().contains(word), "{grant}");
    }
    let one = r#"{"name":"m","interface":"Manual","object":"a:b"}"#;
    assert!(with_grant(&format!("{one},{one}")).unwrap_err().contains("twice"));
}

#[test]
fn there_are_at_most_so_many_grants() {
    let grants = |count: usize| {
        let grant = |n| format!(r#"{{"name":"m{n}","interface":"0x1","object":"a:b","methods":["whatever"]}}"#);
        (0..count).map(grant).collect::<Vec<_>>().join(",")
    };
    assert_eq!(with_grant(&grants(64)).unwrap().grants.len(), 64);
    assert!(with_grant(&grants(65)).unwrap_err().contains("many"));
}

#[test]
fn times_and_texts_are_bounded() {
    let with = |duration: &str| parse(&format!(r#"{{"admits":["human"],"duration":"{duration}"}}"#));
    assert!(with("30d").is_ok());
    assert!(with("30d 1ms").unwrap_err().contains("longer"));
    let limits = Limits { definition_bytes: 64, ..Limits::default() };
    let text = format!("{:<64}", r#"{"admits":["human"],"duration":"1h"}"#);
    assert!(ProfileDefinition::parse_json(&text, &limits).is_ok());
    assert!(ProfileDefinition::parse_json(&format!("{text} "), &limits).is_err());
}
