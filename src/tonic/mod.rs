//! For Tonic: refusals as a `Status`.

mod status;
