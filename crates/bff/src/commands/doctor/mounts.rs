//! The kind of file system that a folder is on, from the text of `/proc/mounts`.

use std::path::Path;

/// File systems of other machines.
const NETWORK: &str = "9p afs beegfs ceph cifs fuse.ceph fuse.gcsfuse fuse.glusterfs fuse.s3fs fuse.sshfs gfs2 glusterfs lustre nfs nfs4 smb3 smbfs";

/// Returns whether a file system of this kind is on another machine.
pub fn is_network(kind: &str) -> bool {
    NETWORK.split(' ').any(|network| network == kind)
}

/// Returns the kind of the file system that holds this folder: that of the longest mount point. Of two at one point the later one counts.
pub fn kind_of<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut words = line.split(' ');
        let (Some(point), Some(kind)) = (words.nth(1), words.next()) else {
            continue;
        };
        // The file writes a space as `\040`.
        let point = point.replace("\\040", " ");
        if folder.starts_with(&point) && found.is_none_or(|(length, _)| length <= point.len()) {
            found = Some((point.len(), kind));
        }
    }
    found.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_point_decides() {
        let mounts = "overlay / overlay rw 0 0\n\
                      server:/data /srv/data nfs4 rw 0 0\n\
                      /dev/sda1 /srv/data\\040two ext4 rw 0 0\n\
                      proc /proc proc rw 0 0\nbroken\n";
        for (folder, expected) in [
            ("/home/app", "overlay"),
            ("/srv/data", "nfs4"),
            ("/srv/data/app", "nfs4"),
            ("/srv/database", "overlay"),
            ("/srv/data two/x", "ext4"),
        ] {
            assert_eq!(
                kind_of(mounts, Path::new(folder)),
                Some(expected),
                "{folder}"
            );
        }
        assert!(is_network("nfs4") && !is_network("ext4"));
    }
}
