"""Bytes as they are: HTTP/1.1 over a socket of ours, HTTP/2 with prior knowledge, from an address of our choice."""

import contextlib
import dataclasses
import re
import socket

OUTSIDE, INSIDE, PROXY = "127.0.0.1", "127.0.0.2", "127.0.0.3"


@dataclasses.dataclass
class Answer:
    status: int
    headers: list  # of (name in lower case, value), in the order in which they came
    body: bytes
    raw: bytes  # what came over the wire, but for what no two answers share

    def header(self, name):
        """The only one of that name, or None."""
        found = self.all(name)
        if len(found) > 1:
            raise AssertionError(f"{len(found)} lines of {name}")
        return found[0] if found else None

    def all(self, name):
        return [value for key, value in self.headers if key == name]


def connect(port, source=OUTSIDE, timeout=10):
    return socket.create_connection(("127.0.0.1", port), timeout, source_address=(source, 0))


def raw_request(method, target, headers=(), body=b"", host="api.test"):
    """A request that ends its connection."""
    lines = [f"{method} {target} HTTP/1.1", f"host: {host}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def exchange(port, request, source=OUTSIDE):
    """What comes back for these bytes, until the other side closes."""
    with connect(port, source) as stream:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stream.sendall(request)  # who is answered before all was sent still has the answer to read
        parts = []
        while part := _receive(stream):
            parts.append(part)
    return b"".join(parts)


def _receive(stream):
    try:
        return stream.recv(65536)
    except ConnectionResetError:
        return b""


def http1(port, method, target, headers=(), body=b"", source=OUTSIDE, host="api.test"):
    return parse(exchange(port, raw_request(method, target, headers, body, host), source), method)


def parse(raw, method="GET"):
    """The last answer in these bytes: what stands before it is interim."""
    rest = raw
    while True:
        head, separator, rest = rest.partition(b"\r\n\r\n")
        if not separator:
            raise AssertionError(f"no answer in {raw!r}")
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        if status >= 200:
            break
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    if ("transfer-encoding", "chunked") in headers and method != "HEAD":
        rest = _dechunk(rest)
    return Answer(status, headers, rest, without_date(raw))


def without_date(raw):
    return re.sub(rb"(?i)(\r\ndate: )[^\r]*", rb"\1-", raw)


def _dechunk(raw):
    body = b""
    while raw:
        size, _, raw = raw.partition(b"\r\n")
        size = int(size, 16)
        body, raw = body + raw[:size], raw[size + 2 :]
        if not size:
            break
    return body


def http2(port, method, target, headers=(), body=b"", source=OUTSIDE, authority="api.test", timeout=10):
    """One request over a connection of its own. `raw` tells each frame of its stream, in order."""
    import h2.config
    import h2.connection
    import h2.events

    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    connection.initiate_connection()
    head = [(":method", method), (":scheme", "http"), (":authority", authority), (":path", target), *headers]
    status, fields, content, frames = None, [], b"", []
    with connect(port, source, timeout) as stream:
        connection.send_headers(1, head, end_stream=not body)
        if body:
            connection.send_data(1, body, end_stream=True)
        stream.sendall(connection.data_to_send())
        while True:
            part = stream.recv(65536)
            if not part:
                raise AssertionError(f"the connection ended before the answer did: {frames}")
            over = False
            for event in connection.receive_data(part):
                if isinstance(event, h2.events.ResponseReceived):
                    got = [(name, "-" if name == "date" else value) for name, value in event.headers]
                    frames.append(("headers", got))
                    status = int(dict(got)[":status"])
                    fields += [pair for pair in got if pair[0] != ":status"]
                elif isinstance(event, h2.events.TrailersReceived):
                    frames.append(("trailers", list(event.headers)))
                    fields += list(event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    frames.append(("data", bytes(event.data)))
                    content += event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, 1)
                elif isinstance(event, h2.events.StreamEnded):
                    frames.append(("end",))
                    over = True
                elif isinstance(event, h2.events.StreamReset):
                    frames.append(("reset", int(event.error_code)))
                    over = over or status is None
                elif isinstance(event, h2.events.ConnectionTerminated):
                    raise AssertionError(f"the connection was given up: {event}")
            stream.sendall(connection.data_to_send())
            if over:
                break
    return Answer(status, fields, content, repr(frames).encode())


def grpc(port, path, headers=(), source=OUTSIDE, message=b""):
    """A unary call. Its status is the header or the trailer `grpc-status`."""
    framed = b"\0" + len(message).to_bytes(4, "big") + message
    fields = [("content-type", "application/grpc"), ("te", "trailers"), *headers]
    return http2(port, "POST", path, fields, framed, source)
