#!/usr/bin/env bash
# Builds the container image: a static operator by cargo, packed by the program in this folder. No container engine is
# needed; with WITH=docker or WITH=podman the Dockerfile is built by that one.
set -euo pipefail
cd "$(dirname "$0")/.."

CARGO=${CARGO:-cargo}
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
IMAGE=${IMAGE:-ghcr.io/dialplane/dialplane:$version}
OUTPUT=${OUTPUT:-target/dialplane-image.tar}
WITH=${WITH:-}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

if [[ -n $WITH ]]; then
  command -v "$WITH" >/dev/null || fail "there is no $WITH here; without WITH the image is built by cargo and Go alone: make image"
  "$WITH" info >/dev/null 2>&1 || fail "$WITH does not answer; without WITH the image is built by cargo and Go alone: make image"
  exec "$WITH" build --tag "$IMAGE" .
fi

[[ $(uname -s) == Linux ]] ||
  fail "cargo builds the image's program on Linux only; with a container engine that runs: make image WITH=docker"
case $(uname -m) in
  x86_64) target=x86_64-unknown-linux-gnu ;;
  aarch64 | arm64) target=aarch64-unknown-linux-gnu ;;
  *) fail "no image for $(uname -m): amd64 and arm64 only" ;;
esac

# Everything that is missing at once, with what installs it.
missing=()
lacks() { # what it is, Debian's package, Fedora's package
  missing+=("$1: apt-get install --yes $2, or dnf install --assumeyes $3")
}
command -v cc >/dev/null || lacks "a C compiler" build-essential gcc
if command -v cc >/dev/null && [[ ! -f $(cc -print-file-name=libc.a) ]]; then
  lacks "the static C library (libc.a)" libc6-dev glibc-static
fi
command -v "$CARGO" >/dev/null || missing+=("Rust 1.95: https://rustup.rs")
go=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
if [[ -z $go || $(printf '%s\n' go1.26 "$go" | sort --version-sort | head -n 1) != go1.26 ]]; then
  missing+=("Go 1.26, found ${go:-none}: https://go.dev/dl/")
fi
certificates=${CERTIFICATES:-}
for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem; do
  [[ -n $certificates || ! -f $file ]] || certificates=$file
done
[[ -f $certificates ]] || lacks "the certificate authorities (or name their file in CERTIFICATES)" ca-certificates ca-certificates
if ((${#missing[@]})); then
  fail "the image cannot be built here without:" "${missing[@]/#/  }" \
    "or, with a container engine that runs: make image WITH=docker"
fi

# The time of the commit, so that the same commit gives the same image.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
revision=$(git rev-parse HEAD 2>/dev/null || true)
[[ -z $revision || -z $(git status --porcelain 2>/dev/null) ]] || revision=

echo "building the operator as it is released, statically (some minutes)"
# glibc carries its name resolution inside since 2.34: docs/decisions/2026-11-21-static-glibc.md. The paths of this
# machine neither make two builds differ nor show in messages.
here=$PWD
registry=${CARGO_HOME:-$HOME/.cargo}
flags="-C target-feature=+crt-static --remap-path-prefix=$here=/source --remap-path-prefix=$registry=/cargo"
variable=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$target")_RUSTFLAGS
env "$variable=$flags" "CFLAGS_${target//-/_}=-ffile-prefix-map=$here=/source -ffile-prefix-map=$registry=/cargo" \
  "$CARGO" build --locked --release --bin dialplane --target "$target"

mkdir -p "$(dirname "$OUTPUT")"
output=$(realpath "$OUTPUT")
built=$(realpath "${CARGO_TARGET_DIR:-target}")/$target/release/dialplane
name=$(cd image && CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local go run -trimpath . --binary "$built" \
  --certificates "$certificates" --license "$here/LICENSE" --version "$version" --revision "$revision" \
  --reference "$IMAGE" --output "$output")
echo "$OUTPUT holds $name"
echo "docs/installation.md#the-image says how to load it into a cluster or a registry"
