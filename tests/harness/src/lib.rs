//! Starts what Dialplane's tests and its quickstart stand on: a real control plane (etcd, kube-apiserver and, where
//! asked, kube-controller-manager, all built from pinned Go modules) and the operator as a child process.
//! Everything that a test starts ends with the test process, however that ends.

pub mod assets;
pub mod audit;
pub mod conditions;
pub mod control_plane;
mod fail;
pub mod fault_proxy;
pub mod kstatus;
pub mod operator;
pub mod output;
mod pki;
mod ports;
pub mod process;
mod progress;
mod reaper;
mod repository;
pub mod service;
pub mod world;

pub use assets::Assets;
pub use audit::{AuditEntries, AuditEntry, AuditLog, AuditMark};
pub use control_plane::{ControlPlane, ControlPlaneOptions};
pub use operator::{Operator, OperatorBuilder};
pub use output::CommandOutput;
pub use ports::free as free_port;
pub use process::Tether;
pub use progress::say;
pub use repository::repository;
pub use service::{Service, Services};
