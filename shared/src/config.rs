//! Every setting of every function. (being written)
