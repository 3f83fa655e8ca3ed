//! Which file imports which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::{Module, ModulePath, crate_of};

/// The modules of a crate, and the arrows between them.
pub(crate) struct Graph {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
    /// From each module to those that it imports from.
    pub(crate) arrows: BTreeMap<ModulePath, BTreeSet<ModulePath>>,
}

impl Graph {
    /// That of the crate with this root.
    pub(crate) fn of(root: &Path) -> Self {
        let modules: BTreeMap<_, _> = crate_of(root)
            .into_iter()
            .map(|module| (module.path.clone(), module))
            .collect();
        let arrows = modules.values().map(|module| {
            let targets = module.named.iter().filter_map(|named| deepest(&modules, named));
            let others = targets.filter(|target| *target != module.path);
            (module.path.clone(), others.collect())
        });
        let arrows = arrows.collect();
        Self { modules, arrows }
    }

    /// That of the operator's library.
    pub(crate) fn ours() -> Self {
        let graph = Self::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
        let arrows: usize = graph.arrows.values().map(BTreeSet::len).sum();
        assert!(
            graph.modules.len() > 150 && arrows > 500,
            "{} modules and {arrows} arrows: the sources were not read",
            graph.modules.len()
        );
        graph
    }

    /// Every set of modules that import each other, straight or in a circle.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let mut walk = Walk {
            graph: self,
            seen: BTreeMap::new(),
            stack: Vec::new(),
            circles: Vec::new(),
        };
        for module in self.modules.keys() {
            if !walk.seen.contains_key(module) {
                walk.visit(module);
            }
        }
        walk.circles
    }

    /// Every arrow, as `from` and `to`.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&Module, &Module)> {
        self.arrows
            .iter()
            .flat_map(|(from, to)| to.iter().map(|to| (&self.modules[from], &self.modules[to])))
    }
}

/// The file or the tests that a path leads to: what follows is a name in there.
fn deepest(modules: &BTreeMap<ModulePath, Module>, path: &[String]) -> Option<ModulePath> {
    (0..=path.len())
        .rev()
        .map(|length| &path[..length])
        .find(|path| modules.contains_key(*path))
        .map(<[String]>::to_vec)
}

/// Tarjan's search for strongly connected components.
struct Walk<'a> {
    graph: &'a Graph,
    /// Number of the visit, and the lowest number that can be reached; `None` when its component is complete.
    seen: BTreeMap<ModulePath, Option<(usize, usize)>>,
    stack: Vec<ModulePath>,
    circles: Vec<Vec<String>>,
}

impl Walk<'_> {
    fn visit(&mut self, module: &ModulePath) -> usize {
        let number = self.seen.len();
        let mut low = number;
        self.seen.insert(module.clone(), Some((number, low)));
        self.stack.push(module.clone());
        for next in &self.graph.arrows[module] {
            low = match self.seen.get(next) {
                None => low.min(self.visit(next)),
                Some(Some((number, _))) => low.min(*number),
                Some(None) => low,
            };
        }
        if low == number {
            let begin = self.stack.iter().position(|other| other == module).unwrap();
            let component = self.stack.split_off(begin);
            for member in &component {
                self.seen.insert(member.clone(), None);
            }
            if component.len() > 1 {
                self.circles
                    .push(component.iter().map(|path| path.join("::")).collect());
            }
        }
        low
    }
}
