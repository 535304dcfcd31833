//! Reflection and health: what is hidden is answered as what never was.

#[cfg(feature = "tonic-reflection")]
mod descriptors;
#[cfg(feature = "tonic-health")]
mod health;
#[cfg(feature = "tonic-reflection")]
mod property;
#[cfg(feature = "tonic-reflection")]
mod prune;
#[cfg(feature = "tonic-reflection")]
mod reflection;

use http::Request;

use crate::support::wire::{End, Server, http2_ended};

/// The answer to a call with these messages, as it is on the wire.
async fn call(
    server: &Server,
    path: &str,
    messages: &[impl AsRef<[u8]>],
    from_inside: bool,
) -> String {
    let mut body = Vec::new();
    for message in messages.iter().map(AsRef::as_ref) {
        body.push(0);
        body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        body.extend(message);
    }
    let mut request = Request::post(format!("http://test/{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if from_inside {
        request = request.header("x-inside", "1");
    }
    http2_ended(
        server.address(),
        request.body(String::from_utf8(body).unwrap()).unwrap(),
        End::Send,
    )
    .await
}
