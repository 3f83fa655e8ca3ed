//! The command line of each component.

use std::path::Path;

use super::layout::{Layout, Ports};
use crate::assets::Assets;
use crate::process::Program;

/// 8 GiB, the most that etcd's maintainers recommend; its default of 2 GiB is small for large tests.
const ETCD_QUOTA: &str = "8589934592";

/// In MiB. The default of 100 starts a new file in the middle of a large test, and counting would miss the old one.
const AUDIT_LOG_SIZE: &str = "65536";

/// The controllers that Dialplane's promises depend on, by the names that Kubernetes has used since 1.28.
const CONTROLLERS: &str = "namespace-controller,garbage-collector-controller,serviceaccount-controller,\
    clusterrole-aggregation-controller,validatingadmissionpolicy-status-controller";

pub(super) fn etcd(assets: &Assets, layout: &Layout, ports: Ports, durable: bool) -> Program {
    let client = format!("http://127.0.0.1:{}", ports.etcd_client);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let mut args = Args::default();
    args.path("data-dir", &layout.path("etcd"));
    args.set("listen-client-urls", &client);
    args.set("advertise-client-urls", &client);
    args.set("listen-peer-urls", &peer);
    args.set("initial-advertise-peer-urls", &peer);
    args.set("initial-cluster", &format!("default={peer}"));
    args.set("quota-backend-bytes", ETCD_QUOTA);
    args.set("log-level", "warn");
    if !durable {
        args.set("unsafe-no-fsync", "true");
    }
    args.program("etcd", &assets.etcd, layout)
}

pub(super) fn api_server(assets: &Assets, layout: &Layout, ports: Ports, audit: bool) -> Program {
    named_api_server("kube-apiserver", assets, layout, ports, audit)
}

/// The same with a log of its own; the audit log is one for both.
pub(super) fn second_api_server(assets: &Assets, layout: &Layout, ports: Ports, audit: bool) -> Program {
    named_api_server("kube-apiserver-2", assets, layout, ports, audit)
}

fn named_api_server(
    name: &'static str,
    assets: &Assets,
    layout: &Layout,
    ports: Ports,
    audit: bool,
) -> Program {
    let mut args = Args::default();
    args.set("etcd-servers", &format!("http://127.0.0.1:{}", ports.etcd_client));
    args.path("cert-dir", &layout.path("pki"));
    args.set("secure-port", &ports.api_server.to_string());
    args.set("bind-address", "127.0.0.1");
    args.set("advertise-address", "127.0.0.1");
    args.set("service-cluster-ip-range", "10.0.0.0/24");
    args.set("authorization-mode", "RBAC");
    args.set("disable-admission-plugins", "ServiceAccount");
    args.path("client-ca-file", &layout.pki("ca.crt"));
    args.set(
        "service-account-issuer",
        "https://kubernetes.default.svc.cluster.local",
    );
    args.path("service-account-key-file", &layout.pki("sa.pub"));
    args.path("service-account-signing-key-file", &layout.pki("sa.key"));
    args.set("endpoint-reconciler-type", "none");
    if audit {
        args.path("audit-policy-file", &layout.audit_policy());
        args.path("audit-log-path", &layout.audit_log());
        args.set("audit-log-maxsize", AUDIT_LOG_SIZE);
    }
    args.program(name, &assets.kube_apiserver, layout)
}

pub(super) fn controller_manager(assets: &Assets, layout: &Layout, ports: Ports) -> Program {
    let mut args = Args::default();
    args.path("kubeconfig", &layout.admin_kubeconfig());
    args.set("controllers", CONTROLLERS);
    args.set("leader-elect", "false");
    args.set("kube-api-qps", "200");
    args.set("kube-api-burst", "400");
    args.path("service-account-private-key-file", &layout.pki("sa.key"));
    args.path("root-ca-file", &layout.pki("ca.crt"));
    args.set("bind-address", "127.0.0.1");
    args.set("secure-port", &ports.controller_manager.to_string());
    args.path("tls-cert-file", &layout.pki("apiserver.crt"));
    args.path("tls-private-key-file", &layout.pki("apiserver.key"));
    args.program("kube-controller-manager", &assets.kube_controller_manager, layout)
}

#[derive(Default)]
struct Args(Vec<String>);

impl Args {
    fn set(&mut self, flag: &str, value: &str) {
        self.0.push(format!("--{flag}={value}"));
    }

    fn path(&mut self, flag: &str, value: &Path) {
        self.set(flag, &value.to_string_lossy());
    }

    fn program(self, name: &'static str, path: &Path, layout: &Layout) -> Program {
        Program {
            name,
            path: path.to_path_buf(),
            args: self.0,
            env: Vec::new(),
            log: layout.log(name),
        }
    }
}
