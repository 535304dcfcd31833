//! The plausible readings of a path; lookup among many patterns.
