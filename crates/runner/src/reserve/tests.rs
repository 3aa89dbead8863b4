use super::*;

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

fn space(free: u64) -> Space {
    Space { free, whole: 100 * GIB }
}

fn figure(home: &str, held: u64, may: Option<u64>) -> Figure {
    Figure { home: Arc::new(home.into()), held: Held { bytes: held, is_whole: true }, may, written: 0 }
}

fn ended(reserve: &mut Reserve, free: u64, figures: &[Figure]) -> Vec<(String, &'static str)> {
    let (limits, now) = (Limits::default(), Instant::now());
    match reserve.look(space(free), now, &limits) {
        false => Vec::new(),
        true => {
            let ended = reserve.judge(space(free), (now, Duration::ZERO), figures, &limits);
            ended.into_iter().map(|(home, why)| (home.display().to_string(), why)).collect()
        }
    }
}

#[test]
fn the_reserve_is_the_smaller_of_both() {
    let limits = Limits::default();
    assert_eq!(Space { free: 0, whole: 100 * GIB }.reserve(&limits), GIB);
    assert_eq!(Space { free: 0, whole: 1000 * MIB }.reserve(&limits), 1000 * MIB / 100 * 5);
    assert!(!space(GIB).is_short(&limits) && space(GIB - 1).is_short(&limits));
    assert!(!Space { free: 0, whole: 0 }.is_short(&limits), "what has no size cannot be short of it");
}

#[test]
fn nobody_is_measured_where_there_is_room() {
    let (mut reserve, limits, now) = (Reserve::default(), Limits::default(), Instant::now());
    assert!(!reserve.look(space(50 * GIB), now, &limits) && !reserve.look(space(2 * GIB), now, &limits));
    assert!(reserve.look(space(2 * GIB - 1), now, &limits), "before the reserve is reached, to know who grows");
    reserve.judge(space(2 * GIB - 1), (now, Duration::ZERO), &[], &limits);
    assert!(!reserve.look(space(2 * GIB - 1), now, &limits), "not again while nothing is written");
    assert!(reserve.look(space(2 * GIB - 2), now, &limits));
}

#[test]
fn a_walk_that_takes_long_is_not_done_all_the_time_until_the_disk_is_short() {
    let (mut reserve, limits, now) = (Reserve::default(), Limits::default(), Instant::now());
    let second = Duration::from_secs(1);
    reserve.look(space(2 * GIB - 1), now, &limits);
    reserve.judge(space(2 * GIB - 1), (now, second), &[], &limits);
    assert!(!reserve.look(space(2 * GIB - 2), now + second * 9, &limits));
    assert!(reserve.look(space(2 * GIB - 3), now + second * 10, &limits));
    assert!(reserve.look(space(GIB - 1), now + second, &limits));
}

#[test]
fn whoever_is_above_its_bound_goes_and_the_largest_first() {
    let homes = [
        figure("small", 3 * MIB, Some(2 * MIB)),
        figure("fits", 9 * GIB, Some(9 * GIB)),
        figure("large", 4 * GIB, Some(GIB)),
        figure("unbound", 40 * GIB, None),
    ];
    let mut reserve = Reserve::default();
    assert_eq!(ended(&mut reserve, GIB, &homes), [], "the reserve is there");
    let both = [("large".to_owned(), ABOVE), ("small".to_owned(), ABOVE)];
    assert_eq!(ended(&mut reserve, GIB - 1, &homes), both);
}

#[test]
fn one_whose_home_cannot_be_counted_is_above_any_bound() {
    let hidden = |may| Figure { held: Held { bytes: MIB, is_whole: false }, ..figure("hidden", 0, may) };
    let homes = [figure("large", 4 * GIB, Some(GIB)), hidden(Some(GIB))];
    let both = [("hidden".to_owned(), ABOVE), ("large".to_owned(), ABOVE)];
    assert_eq!(ended(&mut Reserve::default(), MIB, &homes), both);
    assert_eq!(ended(&mut Reserve::default(), MIB, &[hidden(None)]), []);
}

#[test]
fn where_none_is_above_the_one_that_grew_most_goes_while_space_falls() {
    let homes = |one, other| [figure("one", one, Some(GIB)), figure("other", other, None)];
    let mut reserve = Reserve::default();
    assert_eq!(ended(&mut reserve, 900 * MIB, &homes(10 * MIB, 500 * MIB)), [], "nothing to compare with yet");
    assert_eq!(ended(&mut reserve, 900 * MIB, &homes(10 * MIB, 500 * MIB)), [], "it does not fall");
    let grew = [("one".to_owned(), GREW)];
    assert_eq!(ended(&mut reserve, 800 * MIB, &homes(90 * MIB, 520 * MIB)), grew);
    assert_eq!(ended(&mut reserve, 790 * MIB, &homes(90 * MIB, 530 * MIB)), [("other".to_owned(), GREW)]);
}

#[test]
fn what_is_written_where_no_walk_finds_it_counts_too() {
    let mut reserve = Reserve::default();
    let writes = |written| [Figure { written, ..figure("unlinked", 0, Some(GIB)) }, figure("calm", 900 * MIB, None)];
    ended(&mut reserve, 900 * MIB, &writes(5 * GIB));
    assert_eq!(ended(&mut reserve, 700 * MIB, &writes(5 * GIB + 200 * MIB)), [("unlinked".to_owned(), GREW)]);
}

#[test]
fn nobody_pays_for_what_others_write_until_little_is_left() {
    let mut reserve = Reserve::default();
    let home = |held| [figure("calm", held, None)];
    ended(&mut reserve, 900 * MIB, &home(MIB));
    assert_eq!(ended(&mut reserve, 700 * MIB, &home(2 * MIB)), []);
    assert_eq!(ended(&mut reserve, 300 * MIB, &home(2 * MIB)), []);
    assert_eq!(ended(&mut reserve, 250 * MIB, &home(3 * MIB)), [("calm".to_owned(), GREW)]);
    assert_eq!(ended(&mut reserve, 200 * MIB, &home(3 * MIB)), [], "who did not grow would give nothing back");
}

#[test]
fn one_that_came_while_the_disk_was_short_answers_for_what_it_has_written_itself() {
    let mut reserve = Reserve::default();
    ended(&mut reserve, 900 * MIB, &[figure("old", GIB, None)]);
    let homes = |written| [figure("old", GIB, None), Figure { written, ..figure("new", 5 * GIB, None) }];
    assert_eq!(ended(&mut reserve, 890 * MIB, &homes(0)), [], "its home was full before");
    ended(&mut reserve, 889 * MIB, &[figure("old", GIB, None)]);
    assert_eq!(ended(&mut reserve, 750 * MIB, &homes(130 * MIB)), [("new".to_owned(), GREW)]);
}
