//! A foreign peer
