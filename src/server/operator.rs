//! The operator's side: the consumption device of CIBA.
