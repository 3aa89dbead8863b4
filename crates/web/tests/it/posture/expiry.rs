//! Sessions end by themselves, in time, and with all they do. The exact moments are tested where the clock is virtual.

use std::time::Duration;

use capos_web::WorkspaceLimits;

use super::node::Den;

#[tokio::test]
async fn who_does_nothing_is_signed_out_though_a_window_looks_on() {
    let den = Den::limited(WorkspaceLimits { idle_time: Duration::from_secs(1), ..WorkspaceLimits::default() }).await;
    let browser = den.signed_in().await;
    let mut window = browser.events().await;
    assert!(window.rest().await.contains(r#""ended":{"code":"sessionExpired""#));
    den.sessions(0).await;
    assert_eq!(browser.works().await, (401, "sessionExpired".to_owned()));
}

#[tokio::test]
async fn who_does_something_stays_until_the_whole_time_is_over() {
    let limits = WorkspaceLimits { whole_time: Duration::from_secs(1), ..WorkspaceLimits::default() };
    let den = Den::limited(limits).await;
    let browser = den.signed_in().await;
    let mut window = browser.events().await;
    let works = async {
        while browser.works().await.0 == 404 {
            tokio::task::yield_now().await;
        }
    };
    let (heard, ()) = tokio::join!(window.rest(), works);
    assert!(heard.contains(r#""ended":{"code":"sessionExpired""#));
    den.sessions(0).await;
}
