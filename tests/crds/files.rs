//! The committed files.

use std::collections::BTreeSet;
use std::fs;

use dialplane::api;
use dialplane_test_harness::repository;

#[test]
fn both_copies_are_what_the_types_generate() {
    for copy in ["crds", "charts/dialplane/files/crds"] {
        let folder = repository().join(copy);
        let mut expected = BTreeSet::new();
        for crd in api::crds() {
            let (name, yaml) = api::crd_yaml(&crd).unwrap();
            let committed = fs::read_to_string(folder.join(&name)).unwrap();
            assert!(committed == yaml, "{copy}/{name} is stale: run make crds");
            expected.insert(name);
        }
        let found: BTreeSet<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(found, expected, "{copy} has other files");
    }
}
