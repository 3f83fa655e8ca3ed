//! What happens to extensions when their integration, or their namespace, is deleted.
