//! When a sync happens: Automatic, Manual, on request, suspended.
