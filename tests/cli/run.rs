//! `dialplane run`, where it ends before it has begun.

use std::net::TcpListener;

use crate::program::{DIALPLANE, Ran, program, run};
use crate::world::{World, company};

async fn operator(world: &World, args: &[&str]) -> Ran {
    let mut command = program(world, DIALPLANE, world.kubeconfig());
    command
        .args(["run", "--namespace", &world.namespace])
        .args(args)
        .env("TERM", "xterm-256color");
    run(command, "").await
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_flag() {
    let world = World::new(company(&["ana"])).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (flag, other) in [
        ("--http-address", "--metrics-address"),
        ("--metrics-address", "--http-address"),
    ] {
        let ran = operator(&world, &[flag, &address, other, "127.0.0.1:0"])
            .await
            .code(1);
        let advice = format!("Choose another address with {flag}, or");
        ran.notes(&["Address already in use", &address, &advice]);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_log_that_no_terminal_shows_has_no_colours() {
    let world = World::new(company(&["ana"])).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = operator(&world, &["--log-format", "text", "--http-address", &address]).await;
    let ran = ran.code(1).notes(&["ERROR", "the command failed"]);
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:#?}");
    world.finish().await;
}
