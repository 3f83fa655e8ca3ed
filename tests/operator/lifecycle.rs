//! People come, change, go and come back.
