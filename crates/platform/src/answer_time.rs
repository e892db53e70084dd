//! When an answer about a named person leaves: a whole multiple of a step after its request came. The
//! work before it differs for customers and strangers, by microseconds and by what goes on beside it,
//! and its time would tell which of them was named (decision 28).
//!
//! A request has come when its last byte has. Counted from its head, the steps would be the sender's to
//! place: a body whose end is sent just before a step is over makes the answer that takes a millisecond
//! longer leave a whole step later.
//!
//! The answer is made first and then held: nothing is waited for with a database connection or a lock.
//! The time is tokio's and not the clock that is passed in, because whoever measures has a watch of
//! their own.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

/// The step of a process that serves: several times what an answer takes, so that answers leave after
/// the first one, and too little for a person to notice.
pub const STEP: Duration = Duration::from_millis(100);

/// Which answers of an endpoint are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Every one.
    Always,
    /// Those that refuse. Of a sign-in: what a successful answer tells, only its own person is told.
    Refusals,
    /// Those to requests in which somebody is named; the handler says where nobody is ([`Unnamed`]).
    WhereNamed,
}

/// How an endpoint that takes a name, and can do without, says that nobody was named: an extension of
/// the request.
#[derive(Debug, Clone, Default)]
pub struct Unnamed(Arc<AtomicBool>);

impl Unnamed {
    /// Nobody is named: the answer leaves at once.
    pub fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Hold {
    /// What is held of an endpoint, by the list of its listener. Only forms and calls name anybody.
    pub fn of(list: &[(&str, Self)], method: &Method, route: &str) -> Option<Self> {
        if method != Method::POST {
            return None;
        }
        list.iter().find(|(path, _)| *path == route).map(|(_, hold)| *hold)
    }

    fn holds(self, response: &Response, unnamed: &Unnamed) -> bool {
        let status = response.status();
        match self {
            Self::Always => true,
            Self::Refusals => status.is_client_error() || status.is_server_error(),
            Self::WhereNamed => !unnamed.0.load(Ordering::Relaxed),
        }
    }
}

/// Lets `answer` make its answer, and holds it until it may leave.
pub async fn hold<F>(
    step: Duration,
    hold: Option<Hold>,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let Some(hold) = hold else { return answer(request).await };
    let came = Came::now();
    let unnamed = Unnamed::default();
    request.extensions_mut().insert(unnamed.clone());
    let request = request.map(|body| Body::new(TimedBody { body, came: came.clone() }));
    let response = answer(request).await;
    if hold.holds(&response, &unnamed) {
        sleep_until(leaves_at(came.at(), step)).await;
    }
    response
}

/// When the last of a request came, as far as it was read.
#[derive(Debug, Clone)]
struct Came(Arc<Mutex<Instant>>);

impl Came {
    fn now() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of a request, which notes when each part of it came, and its end.
struct TimedBody {
    body: Body,
    came: Came,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.came.note();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The next whole multiple of the step, at least one.
fn leaves_at(came: Instant, step: Duration) -> Instant {
    if step.is_zero() {
        return came;
    }
    let steps = came.elapsed().as_nanos().div_ceil(step.as_nanos()).max(1);
    came + step * u32::try_from(steps).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use tokio::time::sleep;

    use super::*;

    /// After how many milliseconds an answer leaves that is made in so many.
    async fn leaves(held: Option<Hold>, step: Duration, made: u64, status: StatusCode) -> u128 {
        let came = Instant::now();
        let request = Request::new(Body::empty());
        let answer = hold(step, held, request, async |_| {
            sleep(Duration::from_millis(made)).await;
            status.into_response()
        });
        assert_eq!(answer.await.status(), status);
        came.elapsed().as_millis()
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_leaves_at_a_whole_multiple_of_the_step() {
        for (made, left) in [(0, 100), (3, 100), (99, 100), (100, 100), (101, 200), (999, 1000)] {
            let took = leaves(Some(Hold::Always), STEP, made, StatusCode::OK).await;
            assert_eq!(took, left, "made in {made} ms");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_about_anybody_leaves_at_once() {
        let (ok, refused) = (StatusCode::OK, StatusCode::BAD_REQUEST);
        assert_eq!(leaves(None, STEP, 3, refused).await, 3);
        assert_eq!(leaves(Some(Hold::Refusals), STEP, 3, ok).await, 3);
        assert_eq!(leaves(Some(Hold::Refusals), STEP, 3, StatusCode::SEE_OTHER).await, 3);
        assert_eq!(leaves(Some(Hold::Refusals), STEP, 3, refused).await, 100);
        assert_eq!(leaves(Some(Hold::Always), Duration::ZERO, 3, ok).await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_is_named_nothing_is_held() {
        for (is_named, left) in [(true, 100), (false, 0)] {
            let came = Instant::now();
            let request = Request::new(Body::empty());
            let answer = hold(STEP, Some(Hold::WhereNamed), request, async |request| {
                if !is_named {
                    request.extensions().get::<Unnamed>().unwrap().note();
                }
                StatusCode::OK.into_response()
            });
            answer.await;
            assert_eq!(came.elapsed().as_millis(), left);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_steps_begin_when_the_last_byte_has_come() {
        // Whoever sends the end of a form 98 ms after its head would place the step between answers that
        // take one and three milliseconds.
        for (body, made) in [(98, 1), (98, 3), (98, 99), (250, 1)] {
            let came = Instant::now();
            let parts = futures_util::stream::unfold(0, move |part| async move {
                // The form in two parts, and an end that comes as late as the second did.
                let parts = [&b"email=alex"[..], b"%40example.com"];
                if part > 0 {
                    sleep(Duration::from_millis(body / 2)).await;
                }
                parts.get(part).map(|text| (Ok::<_, std::io::Error>(*text), part + 1))
            });
            let request = Request::new(Body::from_stream(parts));
            let answer = hold(STEP, Some(Hold::Always), request, async |request: Request| {
                let form = axum::body::to_bytes(request.into_body(), 100).await.unwrap();
                assert_eq!(form, "email=alex%40example.com");
                sleep(Duration::from_millis(made)).await;
                StatusCode::OK.into_response()
            });
            answer.await;
            assert_eq!(came.elapsed().as_millis(), u128::from(body) + 100, "{body} {made}");
        }
    }

    #[test]
    fn only_what_is_on_the_list_is_held_and_only_where_something_is_sent() {
        let list = [("/start", Hold::Always)];
        assert_eq!(Hold::of(&list, &Method::POST, "/start"), Some(Hold::Always));
        assert_eq!(Hold::of(&list, &Method::GET, "/start"), None);
        assert_eq!(Hold::of(&list, &Method::POST, "/start/more"), None);
    }
}
