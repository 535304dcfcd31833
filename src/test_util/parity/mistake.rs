//! What a difference is likely to come from.

/// Reads two answers to the same request.
pub(super) fn likely_mistake(hidden: &str, absent: &str) -> &'static str {
    let (hidden, absent) = (Answer::of(hidden), Answer::of(absent));
    match (hidden.status, absent.status) {
        ("401" | "403", status) if status != hidden.status => {
            "it is refused, not hidden; a `BearerAuthLayer` outside is to be `deferred`, and a refusal is to become a \
            `HideLayer`"
        }
        ("101" | "200" | "204" | "206", "404") => {
            "it is not hidden from this caller; does the rule see what it asks for (a peer's address, a header), and all \
            methods and spellings?"
        }
        ("301" | "302" | "303" | "307" | "308", status) if status != hidden.status => {
            "something redirects to a path that it knows; put the `HideLayer` around it"
        }
        ("405", status) if status != "405" => {
            "the router knows the path and answers for methods that it lacks; put the `HideLayer` around the router, or use \
            `hide_routes`"
        }
        _ if hidden.has_more(&absent, "allow:") => {
            "the answer is made inside of a router, which adds `Allow`; put the `HideLayer` around the router, or use \
            `hide_routes`"
        }
        _ if hidden.is_empty() && !absent.is_empty() => {
            "it is answered by a bare 404, and misses have a page; dispatch it: `fallback`, `reroute`, or `hide_routes`"
        }
        _ if hidden.has_more(&absent, "cache-control:")
            || absent.has_more(&hidden, "cache-control:") =>
        {
            "`Cache-Control` stands on the answers of one side alone; a `NoStoreLayer` goes on the hidden routes themselves"
        }
        _ if hidden.has_more(&absent, "content-length: 0") && hidden.status == absent.status => {
            "the answer is made inside of a router, which adds a length; put the `HideLayer` around the router, or use \
            `hide_routes`"
        }
        _ if absent.has_more(&hidden, "access-control-")
            || hidden.has_more(&absent, "access-control-") =>
        {
            "one side alone has CORS; put that layer around the `HideLayer`, or on both sides"
        }
        _ => {
            "something between the `HideLayer` and the routes is on one side alone (a layer, a fallback, a page); put it \
            around the `HideLayer`, or on both sides; a rule about the path before a `fallback` does the same"
        }
    }
}

struct Answer<'a> {
    status: &'a str,
    fields: Vec<&'a str>,
    body: &'a str,
}

impl<'a> Answer<'a> {
    fn of(text: &'a str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap_or("");
        let mut words = first.split(' ');
        let status = match words.next() {
            Some(version) if version.starts_with("HTTP/") => words.next().unwrap_or(""),
            status => status.unwrap_or(""),
        };
        Self {
            status,
            fields: lines.collect(),
            body: body.split("[end in").next().unwrap_or("").trim(),
        }
    }

    fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    fn has_more(&self, other: &Self, start: &str) -> bool {
        let count = |answer: &Self| {
            let fields = answer.fields.iter();
            fields.filter(|field| field.starts_with(start)).count()
        };
        count(self) > count(other)
    }
}
