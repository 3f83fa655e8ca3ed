#![no_main]

use std::sync::LazyLock;

use rcgen::{KeyPair, PKCS_RSA_SHA256};

/// No private key is committed, not even a useless one: a seed has a mark where this one belongs.
static PRIVATE_KEY: LazyLock<String> = LazyLock::new(|| {
    KeyPair::generate_for(&PKCS_RSA_SHA256)
        .expect("an RSA key")
        .serialize_pem()
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| dialplane::fuzzing::key_file(input, &PRIVATE_KEY));
