//! A service with a layer that was not told what a hidden request meets: what a router says that is given the layer.

use tower_postern::{
    hide::{Hide, Undecided},
    openapi::OpenApi,
    test_util::Parity,
};

fn serve(service: Hide<OpenApi, Undecided>) {
    let _ = Parity::of(service);
}

fn main() {}
