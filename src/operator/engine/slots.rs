//! State that features keep, by type: the engine has no field for any of them.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Slot = Arc<dyn Any + Send + Sync>;

/// At most one value of each type. What changes in a value, it guards itself.
#[derive(Default)]
pub struct Slots(Mutex<HashMap<TypeId, Slot>>);

impl Slots {
    /// The value of this type, made when it is asked for first.
    pub fn slot<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut slots = self.lock();
        let slot = slots
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Arc::new(T::default()));
        Arc::clone(slot)
            .downcast()
            .unwrap_or_else(|_| unreachable!("the key is the type"))
    }

    /// Puts a value into the place of its type, before anybody asks for it.
    pub fn put<T: Send + Sync + 'static>(&self, value: Arc<T>) {
        self.lock().insert(TypeId::of::<T>(), value);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Slots {
    /// Their values may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Seen(AtomicUsize);

    #[derive(Default)]
    struct Other(AtomicUsize);

    #[test]
    fn each_type_has_one_value() {
        let slots = Slots::default();
        slots.slot::<Seen>().0.fetch_add(1, Ordering::Relaxed);
        slots.slot::<Seen>().0.fetch_add(1, Ordering::Relaxed);
        assert_eq!(slots.slot::<Seen>().0.load(Ordering::Relaxed), 2);
        assert_eq!(slots.slot::<Other>().0.load(Ordering::Relaxed), 0);
        slots.put(Arc::new(Seen(7.into())));
        assert_eq!(slots.slot::<Seen>().0.load(Ordering::Relaxed), 7);
    }
}
