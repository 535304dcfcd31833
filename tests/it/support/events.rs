//! What the crate tells the operator.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, Once},
};

use tracing::{level_filters::LevelFilter, subscriber::DefaultGuard};

/// The events of this thread, from when it is made until it is dropped, one a line.
pub(crate) struct Events {
    text: Text,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Events {
    pub(crate) fn record() -> Self {
        // Whether anybody listens is remembered for each place that tells, for all threads. So somebody always does, or a
        // test that tells while nobody listens would silence the place for the others.
        static LISTENER: Once = Once::new();
        LISTENER.call_once(|| {
            let nowhere = tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_writer(io::sink)
                .finish();
            tracing::subscriber::set_global_default(nowhere).unwrap();
        });
        let text = Text::default();
        let writer = text.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        Self {
            text,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// What was said so far.
    pub(crate) fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.text.0.lock().unwrap());
        String::from_utf8(bytes).unwrap()
    }
}
