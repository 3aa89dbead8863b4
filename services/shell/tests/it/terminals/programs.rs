//! Programs that people use start, draw, and follow the size. Those that this machine lacks are passed over.

use std::path::Path;

use capos_screen::Screen;
use capos_service::testing::run;

use super::stage::{Real, Stage, close, has, input, open, resize};

fn is_here(program: &str) -> bool {
    Path::new(program).exists()
}

/// Opens a program, waits for what it draws, resizes it, and waits again.
async fn draws(words: &[&str], first: impl Fn(&Screen) -> bool, resized: impl Fn(&Screen) -> bool, leave: &str) {
    let stage = Stage::new().await;
    let terminal = open(&stage.terminals, words, |_| {}).await.unwrap();
    let real = Real::new();
    let _view = real.look(&terminal, 0).await;
    real.until("its first screen", first).await;
    resize(&terminal, 100, 40).await.unwrap();
    real.until("its screen in another size", &resized).await;
    // Whoever comes now sees the same.
    let later = Real::new();
    let _later = later.look(&terminal, 0).await;
    later.until("the same screen", &resized).await;
    assert_eq!(later.screen.borrow().lines(), real.screen.borrow().lines());
    input(&terminal, leave).await;
    real.ended().await;
    close(&terminal).await;
}

fn row(screen: &Screen, row: usize) -> String {
    screen.lines().get(row).map(|line| line.text()).unwrap_or_default()
}

#[test]
fn vim_draws_and_follows_the_size() {
    if !is_here("/usr/bin/vim") {
        return;
    }
    run(draws(
        &["/usr/bin/vim", "-u", "NONE", "-N", "-c", "set noswapfile laststatus=2"],
        |screen| has(screen, "~") && row(screen, 22).contains("[No Name]") && screen.status().alternate,
        |screen| row(screen, 38).contains("[No Name]") && row(screen, 37).starts_with('~'),
        "\x1b:q!\r",
    ));
}

#[test]
fn less_draws_and_follows_the_size() {
    if !is_here("/usr/bin/less") {
        return;
    }
    run(draws(
        &["/usr/bin/less", "/usr/share/common-licenses/GPL-3"],
        |screen| has(screen, "GNU GENERAL PUBLIC LICENSE") && screen.status().cursor_row == 23,
        |screen| screen.status().cursor_row == 39 && has(screen, "Preamble") && !row(screen, 37).is_empty(),
        "q",
    ));
}

#[test]
fn tmux_draws_and_follows_the_size() {
    if !is_here("/usr/bin/tmux") {
        return;
    }
    run(draws(
        &[
            "/usr/bin/tmux",
            "-S",
            "tmux-socket",
            "-f",
            "/dev/null",
            "new-session",
            "-s",
            "mine",
            "sh -c 'echo within; cat'",
        ],
        |screen| row(screen, 0).contains("within") && row(screen, 23).contains("[mine]"),
        |screen| row(screen, 0).contains("within") && row(screen, 39).contains("[mine]"),
        "\x04",
    ));
}

#[test]
fn htop_draws_and_follows_the_size() {
    if !is_here("/usr/bin/htop") {
        return;
    }
    run(draws(
        &["/usr/bin/htop", "-d", "100"],
        |screen| has(screen, "Load average") && row(screen, 23).contains("F10"),
        |screen| row(screen, 39).contains("F10"),
        "q",
    ));
}
