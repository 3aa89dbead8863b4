use super::*;

/// All tables, by the heading that the page gives them.
const ALL: &[(&str, Keys)] = &[
    ("## The profile", PROFILE),
    ("## `[limits]`", LIMITS),
    ("## `[restart]`", RESTART),
    ("## `[health]`", HEALTH),
    ("## `[[requires]]`", REQUIREMENT),
    ("## `[[exports]]`", EXPORT),
    ("## `[[companions]]`", COMPANION),
    ("## A companion's `requires`", COMPANION_REQUIREMENT),
];

#[test]
fn the_page_for_operators_has_every_key_and_no_other() {
    let page = include_str!("../../../../../docs/services.md");
    for (heading, keys) in ALL {
        let section = page.split(&format!("{heading}\n")).nth(1).unwrap_or_else(|| panic!("{heading}"));
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let rows: Vec<&str> = rows.collect();
        assert_eq!(rows, *keys, "{heading}");
    }
}
