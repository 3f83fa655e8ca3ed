//! A faithful local Google Workspace.
