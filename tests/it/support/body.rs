//! A body that few stacks think of.

use std::{
    cell::Cell,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};

/// `Send`, and not `Sync`; empty.
#[derive(Debug, Default)]
pub(crate) struct Unshared(Cell<u8>);

impl Body for Unshared {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.set(1);
        Poll::Ready(None)
    }
}
