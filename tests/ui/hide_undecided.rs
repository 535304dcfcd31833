//! A layer that was not told what a hidden request meets.

use tower_postern::{HideLayer, predicate::predicate};

fn main() {
    let layer = HideLayer::unless(predicate(|_| true));
    let _ = layer.wrap("the whole service");
}
