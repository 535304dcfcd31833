//! The plot of README: bars and text, so that it can be read, selected and searched, in the colours of the reader.

use std::fmt::Write;

use crate::{
    machine::Machine,
    peers::STACKS,
    support::{cases::BARE, issuer::ALGORITHMS},
    table::Line,
};

const WIDTH: f64 = 860.0;
/// Where the bars begin, and how long the longest is.
const LEFT: f64 = 300.0;
const LENGTH: f64 = 420.0;
const STEP: f64 = 19.0;

const STYLE: &str = "
text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.small { font-size: 11px; fill: #57606a }
.ours { fill: #0969da } .other { fill: #afb8c1 } .mark { stroke: #cf222e; stroke-width: 2 } .line { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 }
  .ours { fill: #4493f8 } .other { fill: #656c76 } .mark { stroke: #ff7b72 } .line { stroke: #3d444d }
}
";

struct Bar {
    label: String,
    value: f64,
    text: String,
    is_ours: bool,
    /// What was promised.
    mark: Option<f64>,
}

struct Plot {
    svg: String,
    y: f64,
}

impl Plot {
    fn text(&mut self, x: f64, class: &str, anchor: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let y = self.y;
        self.add(&format!(
            r#"<text x="{x}" y="{y}" class="{class}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    fn add(&mut self, element: &str) {
        writeln!(self.svg, "{element}").expect("a string takes all");
    }

    fn title(&mut self, title: &str, below: &str) {
        self.y += 30.0;
        self.text(16.0, "title", "start", title);
        self.y += 17.0;
        self.text(16.0, "small", "start", below);
        self.y += 8.0;
    }

    fn bars(&mut self, heading: &str, bars: &[Bar], most: f64) {
        self.y += 6.0;
        let (top, bottom) = (self.y, self.y + STEP * bars.len() as f64);
        self.add(&format!(
            r#"<line x1="{LEFT}" x2="{LEFT}" y1="{top}" y2="{bottom}" class="line"/>"#
        ));
        for (at, bar) in bars.iter().enumerate() {
            let (top, class) = (self.y, if bar.is_ours { "ours" } else { "other" });
            let long = |value: f64| (value / most * LENGTH).max(1.0);
            let length = long(bar.value);
            self.add(&format!(
                r#"<rect x="{LEFT}" y="{:.1}" width="{length:.1}" height="{:.1}" rx="2" class="{class}"/>"#,
                top + 3.0,
                STEP - 6.0
            ));
            let mut end = LEFT + length;
            if let Some(mark) = bar.mark {
                let x = LEFT + long(mark);
                end = end.max(x);
                self.add(&format!(
                    r#"<line x1="{x:.1}" x2="{x:.1}" y1="{:.1}" y2="{:.1}" class="mark"/>"#,
                    top + 1.0,
                    top + STEP - 1.0
                ));
            }
            self.y = top + 14.0;
            if at == 0 {
                self.text(16.0, "", "start", heading);
            }
            self.text(LEFT - 8.0, "", "end", &bar.label);
            self.text((end * 10.0).round() / 10.0 + 6.0, "", "start", &bar.text);
            self.y = top + STEP;
        }
    }
}

pub(crate) fn draw(machine: &Machine, lines: &[Line]) -> String {
    let find = |name: &str| {
        let line = lines.iter().find(|line| line.name == name);
        line.expect("it is a row")
    };
    let mut plot = Plot {
        svg: String::new(),
        y: 0.0,
    };
    tokens(
        &mut plot,
        &find,
        "valid",
        "A good token that was not seen before",
        ALGORITHMS.as_slice(),
    );
    tokens(
        &mut plot,
        &find,
        "expired",
        "An expired token, refused",
        &["RS256"],
    );
    requests(&mut plot, &find);
    plot.y += 24.0;
    plot.text(16.0, "small", "start", &machine.to_string());

    let (height, svg) = (plot.y + 14.0, plot.svg);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"What a request takes with tower-postern and with others\">\n<style>{STYLE}</style>\n{svg}</svg>\n"
    )
}

/// Ours beside those of others, as multiples of what nobody can save.
fn tokens<'a>(
    plot: &mut Plot,
    find: &impl Fn(&str) -> &'a Line,
    what: &str,
    title: &str,
    algorithms: &[&str],
) {
    let below = "whole request, as a multiple of bare service + signature + one parse of the claims (the mark); shorter is better";
    plot.title(title, below);
    let line = |alg, stack| find(&format!("{alg} request: {what}, {stack}"));
    let all = algorithms
        .iter()
        .flat_map(|alg| STACKS.map(|stack| (alg, stack)));
    let most = all
        .filter_map(|(alg, stack)| line(alg, stack).ratio)
        .fold(1.0, f64::max);
    for alg in algorithms {
        let bars = STACKS.map(|stack| {
            let line = line(alg, stack);
            let ratio = line.ratio.unwrap_or(f64::NAN);
            Bar {
                label: stack.replace('`', ""),
                value: ratio,
                text: format!("{ratio:.2} × ({:.1} µs)", line.ns / 1000.0),
                is_ours: stack == STACKS[0],
                mark: Some(1.0),
            }
        });
        plot.bars(alg, &bars, most);
    }
}

/// What needs no signature, beside the bare service.
fn requests<'a>(plot: &mut Plot, find: &impl Fn(&str) -> &'a Line) {
    let below = "whole request, in nanoseconds; the mark is the target; shorter is better";
    plot.title("A request that needs no signature", below);
    let bars = [
        BARE,
        "missing token",
        "garbage of a token's length",
        "a validator that only compares",
        "exempt, peer known",
        "cached, whole-token key",
        "cached, SHA-256 key",
        "hide, visible among 1 path",
        "hide, visible among 10,000 paths",
        "hide, visible among 10,000 patterns",
        "hide, visible by 10,000 networks",
    ]
    .map(|name| {
        let line = find(name);
        Bar {
            label: name.to_owned(),
            value: line.ns,
            text: match line.ratio {
                None => format!("{:.0} ns", line.ns),
                Some(ratio) => format!("{:.0} ns, {ratio:.2} ×", line.ns),
            },
            is_ours: name != BARE,
            mark: line.most(),
        }
    });
    let most = bars
        .iter()
        .map(|bar| bar.value.max(bar.mark.unwrap_or(0.0)));
    let most = most.fold(1.0, f64::max);
    plot.bars("", &bars, most);
}
