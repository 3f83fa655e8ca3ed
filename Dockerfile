# syntax=docker/dockerfile:1
#
# docker buildx build --platform linux/amd64,linux/arm64 --tag ghcr.io/dialplane/dialplane:dev .
#
# A static binary and the certificate authorities, nothing else: no shell, no package manager, no libc to update.
# It is linked statically with glibc (2.34 or later carries its name resolution inside) rather than musl, because
# glibc's allocator keeps up when many requests are in flight.

FROM --platform=$BUILDPLATFORM docker.io/library/rust:1.95-bookworm AS build
ARG TARGETARCH
WORKDIR /source

# Cross compilation instead of emulation: an arm64 image on an amd64 machine takes as long as an amd64 one.
RUN set -eu; \
    case "$TARGETARCH" in \
      amd64) cpu=x86_64; debian=x86-64 ;; \
      arm64) cpu=aarch64; debian=aarch64 ;; \
      *) echo "no build for $TARGETARCH: amd64 and arm64 only" >&2; exit 1 ;; \
    esac; \
    if [ "$(dpkg --print-architecture)" != "$TARGETARCH" ]; then \
      apt-get update; \
      apt-get install --yes --no-install-recommends "gcc-$debian-linux-gnu" "libc6-dev-$TARGETARCH-cross"; \
      rm -rf /var/lib/apt/lists/*; \
    fi; \
    rustup target add "$cpu-unknown-linux-gnu"; \
    echo "$cpu" > /cpu

COPY . .

RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,id=target-$TARGETARCH,sharing=locked \
    set -eu; \
    cpu="$(cat /cpu)"; \
    target="$cpu-unknown-linux-gnu"; \
    variable="$(echo "$target" | tr a-z- A-Z_)"; \
    export "CARGO_TARGET_${variable}_LINKER=$cpu-linux-gnu-gcc"; \
    export "CC_$(echo "$target" | tr - _)=$cpu-linux-gnu-gcc"; \
    export RUSTFLAGS="-C target-feature=+crt-static"; \
    cargo build --locked --release --bin dialplane --target "$target"; \
    install -D "target/$target/release/dialplane" /image/dialplane; \
    if readelf --dynamic /image/dialplane | grep NEEDED; then echo "the binary is not static" >&2; exit 1; fi; \
    install -D --mode=0644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt; \
    echo "hosts: files dns" > /image/etc/nsswitch.conf; \
    install -D --mode=0644 LICENSE /image/LICENSE

FROM scratch
LABEL org.opencontainers.image.title="Dialplane" \
      org.opencontainers.image.description="Keeps one PBX extension per Google Workspace user" \
      org.opencontainers.image.source="https://github.com/dialplane/dialplane" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/ /
# A number, not a name: the kubelet can check runAsNonRoot only against a number.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/dialplane"]
CMD ["run"]
