//! One request and its answer as text: a line a field, bytes outside of ASCII escaped, without the value of `date`.

use std::{fmt::Write as _, future::poll_fn, io, net::SocketAddr, task::Poll, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, header::DATE};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};

/// A server that is silent so long is taken to be so for ever.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the client ends its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Send,
    Withhold,
}

/// Sends `request` as it is and reads until the server closes.
pub(super) async fn http1(address: SocketAddr, request: &[u8]) -> String {
    let mut answer = Vec::new();
    let exchange = async {
        let mut stream = connect(address).await?;
        stream.write_all(request).await?;
        stream.read_to_end(&mut answer).await
    };
    let end = match timeout(PATIENCE, exchange).await {
        Ok(Ok(_)) => "",
        // Bytes of ours were not read.
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => "\n[reset]",
        Ok(Err(error)) => return format!("[no exchange: {error}]"),
        Err(_) => "\n[silence]",
    };
    let answer = answer.escape_ascii().to_string().replace("\\r\\n", "\n");
    let is_date = |line: &str| {
        line.get(..6)
            .is_some_and(|name| name.eq_ignore_ascii_case("date: "))
    };
    let lines: Vec<_> = answer.split('\n').filter(|line| !is_date(line)).collect();
    lines.join("\n") + end
}

/// Sends `request` over HTTP/2 without TLS. The last line tells in which frame the stream ended.
pub(super) async fn http2(address: SocketAddr, request: Request<Bytes>, end: End) -> String {
    let mut text = String::new();
    match timeout(PATIENCE, exchange(address, request, end, &mut text)).await {
        Ok(Ok(())) => text,
        Ok(Err(error)) => text + &format!("[broken: {error}]\n"),
        Err(_) => text + "[silence]\n",
    }
}

async fn exchange(
    address: SocketAddr,
    request: Request<Bytes>,
    end: End,
    text: &mut String,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stream = connect(address).await?;
    let (mut client, mut connection) = h2::client::handshake(stream).await?;
    let pings = connection.ping_pong();
    let mut background = JoinSet::new();
    background.spawn(async move { drop(connection.await) });

    let (head, body) = request.into_parts();
    poll_fn(|cx| client.poll_ready(cx)).await?;
    let end = end == End::Send;
    let request = Request::from_parts(head, ());
    let (answer, mut sender) = client.send_request(request, end && body.is_empty())?;
    if !body.is_empty() {
        drop(sender.send_data(body, end)); // the server may have answered and reset the stream already
    }

    let (head, mut body) = answer.await?.into_parts();
    writeln!(text, "{}", head.status.as_u16())?;
    fields(text, &head.headers)?;
    if body.is_end_stream() {
        text.push_str("[end in headers]\n");
    } else {
        let (mut bytes, mut last_is_empty) = (Vec::new(), false);
        while let Some(data) = body.data().await {
            let data = data?;
            last_is_empty = data.is_empty();
            drop(body.flow_control().release_capacity(data.len()));
            bytes.extend_from_slice(&data);
        }
        writeln!(text, "\n{}", bytes.escape_ascii())?;
        match body.trailers().await? {
            Some(trailers) => {
                fields(text, &trailers)?;
                text.push_str("[end in trailers]\n");
            }
            None if last_is_empty => text.push_str("[end in an empty frame]\n"),
            None => text.push_str("[end in data]\n"),
        }
    }
    // A server that has answered resets a stream whose end it has not read. Of one that the client ends, that is chance: which
    // was faster, the body or the answer. What the server says of the others after its answer has come when the pong has.
    if !end
        && let Some(mut pings) = pings
        && pings.ping(h2::Ping::opaque()).await.is_ok()
    {
        let reset = poll_fn(|cx| {
            Poll::Ready(match sender.poll_reset(cx) {
                Poll::Ready(reset) => reset.ok(),
                Poll::Pending => None,
            })
        });
        if let Some(reason) = reset.await {
            writeln!(text, "[reset: {reason:?}]")?;
        }
    }
    Ok(())
}

pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn fields(text: &mut String, headers: &HeaderMap) -> std::fmt::Result {
    for (name, value) in headers.iter().filter(|(name, _)| *name != DATE) {
        writeln!(text, "{name}: {}", value.as_bytes().escape_ascii())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    /// 404 and the end of the stream, and that it is reset with `NO_ERROR`.
    const ANSWER: &[u8] = &[
        0, 0, 1, 1, 5, 0, 0, 0, 1, 0x8D, //
        0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0,
    ];

    /// Answers one request as soon as it has begun.
    async fn hasty() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut preface = [0; 24];
            stream.read_exact(&mut preface).await.unwrap();
            stream.write_all(SETTINGS).await.unwrap();
            let mut head = [0; 9];
            while stream.read_exact(&mut head).await.is_ok() {
                let [_, high, low, kind, flags, ..] = head;
                let mut payload = vec![0; usize::from(high) << 8 | usize::from(low)];
                stream.read_exact(&mut payload).await.unwrap();
                let reply = match (kind, flags & 1) {
                    (1, _) => ANSWER.to_vec(),
                    (6, 0) => [&[0, 0, 8, 6, 1, 0, 0, 0, 0], payload.as_slice()].concat(),
                    _ => continue,
                };
                stream.write_all(&reply).await.unwrap();
            }
        });
        address
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whether_the_body_or_the_answer_was_faster_is_no_difference() {
        let request = || Request::post("http://test/").body(Bytes::from("a body"));
        for _ in 0..1000 {
            let answer = http2(hasty().await, request().unwrap(), End::Send).await;
            assert_eq!(answer, "404\n[end in headers]\n");
        }
        // Of a stream that the client does not end it is no chance: one side waits for the end, and the other does not.
        let answer = http2(hasty().await, request().unwrap(), End::Withhold).await;
        assert_eq!(answer, "404\n[end in headers]\n[reset: NO_ERROR]\n");
    }
}
