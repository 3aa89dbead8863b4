//! Values as programs make them and take them apart.

use capnweb::{BigInt, Body, Bytes, Container, Error, Object, Thrown, Value};

use super::shown;

#[test]
fn integers_are_numbers_as_long_as_numbers_can_tell_them_apart() {
    const SAFE: i64 = 9_007_199_254_740_991;
    assert!(matches!(Value::from(SAFE), Value::Number(_)));
    assert!(matches!(Value::from(-SAFE), Value::Number(_)));
    assert!(matches!(Value::from(SAFE + 1), Value::BigInt(_)));
    assert!(matches!(Value::from(-SAFE - 1), Value::BigInt(_)));
    assert!(matches!(Value::from(u64::MAX), Value::BigInt(_)));
    for integer in [0, 1, -1, SAFE, SAFE + 1, i64::MAX, i64::MIN] {
        assert_eq!(Value::from(integer).as_i64(), Some(integer));
    }
    assert_eq!(Value::from(u64::MAX).as_u64(), Some(u64::MAX));
    assert_eq!(Value::from(u64::MAX).as_i64(), None);
    assert_eq!(Value::from(-1).as_u64(), None);
    assert_eq!(Value::from(0.5).as_i64(), None);
    assert_eq!(Value::from(9_007_199_254_740_992.0).as_i64(), None);
    assert_eq!(Value::from(f64::NAN).as_i64(), None);
}

#[test]
fn bigints_are_made_of_digits_and_fit_or_not() {
    let large: BigInt = "-170141183460469231731687303715884105728".parse().unwrap();
    assert_eq!((large.to_i128(), large.to_i64(), large.to_u64()), (Some(i128::MIN), None, None));
    assert!(large.is_negative());
    assert_eq!(BigInt::from(u128::MAX).as_str(), u128::MAX.to_string());
    assert_eq!(BigInt::parse("0042", 4).unwrap().to_string(), "42");
    BigInt::parse("00042", 4).unwrap_err();
    for text in ["", "-", "+1", "1 ", "1n", "a"] {
        text.parse::<BigInt>().unwrap_err();
    }
}

#[test]
fn an_object_keeps_the_order_of_its_names() {
    let mut object = Object::from([("b", 1), ("a", 2), ("c", 3)]);
    assert_eq!(object.insert("a", 4).and_then(|old| old.as_i64()), Some(2));
    assert_eq!(object.remove("b").and_then(|old| old.as_i64()), Some(1));
    object.insert("b", 5);
    assert_eq!(object.names().collect::<Vec<_>>(), ["a", "c", "b"]);
    assert!(object.remove("none").is_none() && object.get("none").is_none());
    for (_, value) in object.iter_mut() {
        *value = Value::Null;
    }
    assert!(object.into_iter().all(|(_, value)| value.is_nothing()));
}

#[test]
fn an_object_finds_its_names_whatever_their_number() {
    for count in [31_usize, 32, 33, 34, 100] {
        let mut object: Object = (0..count).map(|index| (index.to_string(), index)).collect();
        assert_eq!(object.len(), count);
        object.remove("5").unwrap();
        object.insert("7", "seven");
        object.insert("new", true);
        *object.get_mut("9").unwrap() = Value::Null;
        assert!(!object.contains("5") && object.get("7").unwrap().as_str() == Some("seven"));
        assert_eq!(object.get("6").unwrap().as_u64(), Some(6));
        assert_eq!(object.get((count - 1).to_string().as_str()).unwrap().as_u64(), Some(count as u64 - 1));
        assert_eq!(object.names().last(), Some("new"));
        assert_eq!(object.iter().len(), count);
        let names: Vec<String> = object.names().map(str::to_owned).collect();
        for name in names {
            object.remove(&name).unwrap();
        }
        assert!(object.is_empty());
    }
}

#[test]
fn bytes_must_be_whole_elements() {
    for container in Container::ALL {
        assert_eq!(Container::named(container.name()), Some(container));
        Bytes::within(container, vec![0; container.element_size() * 3]).unwrap();
        let one_more = Bytes::within(container, vec![0; container.element_size() * 3 + 1]);
        assert_eq!(one_more.is_ok(), container.element_size() == 1);
    }
    assert_eq!(Container::named("Buffer"), None);
}

#[test]
fn values_are_made_from_what_they_hold() {
    let list = Value::from([Value::from("a"), 1.into(), ().into(), true.into(), vec![Value::Null].into()]);
    assert_eq!(shown(&list), r#"Array([String("a"), Number(1.0), Undefined, Bool(true), Array([Null])])"#);
    assert_eq!(Value::from(Object::from([("a", "b")])).as_object().unwrap().len(), 1);
    assert_eq!((0..3).collect::<Value>().as_array().unwrap().len(), 3);
    assert_eq!(Value::from(bytes::Bytes::from_static(b"ab")).as_bytes().unwrap().len(), 2);
    assert_eq!(Value::from(Error::range_error("m")).as_error().unwrap().to_string(), "RangeError: m");
    assert_eq!(Value::Bool(true).as_bool(), Some(true));
    assert!(Body::default().is_none());
}

#[test]
fn what_was_thrown_can_be_taken_for_an_error() {
    let thrown = Thrown::from(Error::type_error("no"));
    assert_eq!(thrown.error().unwrap().message, "no");
    assert_eq!(thrown.into_error().name, "TypeError");
    assert_eq!(Thrown(Value::from(1)).into_error().message, "A value of type number was thrown.");
}

#[test]
fn a_value_is_small_since_lists_of_them_come_from_peers() {
    assert!(size_of::<Value>() <= 40, "{}", size_of::<Value>());
}
