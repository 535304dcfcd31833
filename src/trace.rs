//! Event macros: the only file that asks whether `tracing` is on.

/// An event of the operator's concern: a refusal, an outage. `debug!(field = value, .., "message")`.
macro_rules! debug {
    ($($arg:tt)*) => { $crate::trace::emit!(DEBUG, $($arg)*) };
}

/// Something is set up so that it cannot work, or only by luck. `error!(field = value, .., "message, and the cure")`.
macro_rules! error {
    ($($arg:tt)*) => { $crate::trace::emit!(ERROR, $($arg)*) };
}

/// An outage: ours or that of something we need. `warning!(field = value, .., "message")`.
macro_rules! warning {
    ($($arg:tt)*) => { $crate::trace::emit!(WARN, $($arg)*) };
}

#[cfg(feature = "tracing")]
macro_rules! emit {
    ($level:ident, $($arg:tt)*) => { ::tracing::event!(target: "tower_postern", ::tracing::Level::$level, $($arg)*) };
}

/// Names the fields, so that nothing is unused, and does nothing.
#[cfg(not(feature = "tracing"))]
macro_rules! emit {
    ($level:ident, $($name:ident = $(%)? $value:expr,)* $message:literal) => {
        { $(let _ = &$value;)* }
    };
}

pub(crate) use {debug, emit, error, warning};
