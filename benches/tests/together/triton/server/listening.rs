//! The port that a process of this machine listens at, of those that the kernel chose.

use std::collections::BTreeSet;
use std::fs;

/// State of a socket in the kernel's tables.
const LISTEN: &str = "0A";

/// The port, or `None` where the process listens at none.
pub(super) fn port_of(process: u32) -> Option<u16> {
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    let sockets: BTreeSet<String> = descriptors
        .filter_map(|descriptor| {
            let link = fs::read_link(descriptor.ok()?.path()).ok()?;
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    // An address of IPv4 is in the table of IPv6 where the socket takes both.
    ["tcp", "tcp6"].iter().find_map(|table| {
        let table = fs::read_to_string(format!("/proc/{process}/net/{table}")).ok()?;
        table.lines().find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let &[_, local, _, LISTEN, _, _, _, _, _, inode, ..] = fields.as_slice() else {
                return None;
            };
            let (_, port) = local.split_once(':')?;
            sockets.contains(inode).then(|| u16::from_str_radix(port, 16).ok())?
        })
    })
}

#[test]
fn a_port_is_found_while_it_is_listened_at() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // A process of its own that holds the listener alone: this one has others, in other tests.
    let mut holder = std::process::Command::new("sleep")
        .arg("600")
        .stdin(std::os::fd::OwnedFd::from(listener))
        .spawn()
        .unwrap();
    assert_eq!(port_of(holder.id()), Some(port));
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(port_of(holder.id()), None);
}
