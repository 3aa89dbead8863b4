//! A world of rooms, quests and parties, as a confined service.
#![forbid(unsafe_code)]
