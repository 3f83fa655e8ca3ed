//! The API server behind a proxy: `HTTPS_PROXY` leads there, `NO_PROXY` leads past it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{World, company};

/// A proxy that tunnels to wherever it is asked to (CONNECT), and counts that.
struct Proxy {
    url: String,
    tunnels: Arc<AtomicUsize>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tunnels = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tunnels);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(tunnel(client, Arc::clone(&counted)));
            }
        });
        Self { url, tunnels }
    }

    fn tunnels(&self) -> usize {
        self.tunnels.load(Ordering::Relaxed)
    }
}

async fn tunnel(client: TcpStream, counted: Arc<AtomicUsize>) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let mut first = String::new();
    client.read_line(&mut first).await?;
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut line = String::new();
    while client.read_line(&mut line).await? > 2 {
        line.clear();
    }
    assert!(first.starts_with("CONNECT "), "{first}");
    let mut server = TcpStream::connect(target).await?;
    counted.fetch_add(1, Ordering::Relaxed);
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

#[tokio::test]
async fn the_api_server_is_reached_through_the_proxy_that_is_named() {
    let world = World::new(company(&["ana"])).await;
    let proxy = Proxy::start().await;
    let through = world
        .builder()
        .env("HTTPS_PROXY", &proxy.url)
        .env("NO_PROXY", "cluster.local");
    let operator = through.spawn().await.unwrap();
    world.declare(json!({})).await;
    world.until_synced().await;
    assert!(proxy.tunnels() > 0);
    drop(operator);

    let before = proxy.tunnels();
    let past = world
        .builder()
        .env("HTTPS_PROXY", &proxy.url)
        .env("NO_PROXY", "cluster.local,127.0.0.0/8");
    let _operator = past.spawn().await.unwrap();
    world.sync().await;
    assert_eq!(proxy.tunnels(), before);
    world.finish().await;
}
