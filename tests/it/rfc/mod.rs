//! Every MUST of a specification, named after its section; and the specifications' own examples.

mod rfc7515;
mod rfc7519;
mod rfc9068;
