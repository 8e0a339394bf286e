//! The machine: open files, root certificates, telemetry, the program's own files and their disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::app::wanted_open_files;
use crate::config::{SealingKeys, StoreUrl};

use super::finding::{Check, Finding};
use super::mounts;
use super::scene::Scene;

/// Free space below which the disk counts as full: 64 MiB. A session takes 4 KiB, and SQLite needs space for its log.
const LEAST_SPACE: u64 = 64 << 20;

/// Where systems keep their root certificates.
const ROOTS: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
];

/// Examines the machine.
pub fn examine(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = vec![
        open_files(scene),
        root_certificates(scene),
        telemetry(scene),
    ];
    findings.extend(folders(scene));
    if let StoreUrl::Sqlite { path } = &scene.config.session.store
        && let Some(folder) = existing_folder(path)
    {
        findings.extend(disk(&folder));
        findings.extend(file_system(&folder));
    }
    findings
}

fn open_files(scene: &Scene<'_>) -> Finding {
    const CHECK: Check = Check::OpenFiles;
    let wanted = wanted_open_files(scene.config);
    match rlimit::Resource::NOFILE.get_hard() {
        Ok(allowed) if allowed < wanted => CHECK.failed(format!(
                "the system allows {allowed} open files, and limits.connections with the upstreams needs {wanted}"
            ),
            "raise the hard limit (LimitNOFILE, ulimit -Hn), or lower limits.connections",
        ),
        Ok(_) => CHECK.good(format!("the system allows the {wanted} open files that the limits need"),
        ),
        Err(_) => CHECK.note("not measured: the limit cannot be read",
            "compare ulimit -Hn with limits.connections",
        ),
    }
}

/// Looks for root certificates where the TLS library looks for them.
fn root_certificates(scene: &Scene<'_>) -> Finding {
    const CHECK: Check = Check::RootCertificates;
    let is_needed =
        scene.provider.server_base.scheme() == "https" || scene.config.cookies_are_secure();
    let named: Vec<(&str, &String)> = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(|name| Some((name, scene.environment.get(name)?)))
        .collect();
    let is_there =
        |path: &str| fs::metadata(path).is_ok_and(|found| found.is_dir() || found.len() > 0);
    if let Some((name, _)) = named.iter().find(|(_, path)| !is_there(path)) {
        return CHECK.failed(
            format!("{name} names no file or folder that can be read"),
            "correct the variable, or remove it to use the system's certificates",
        );
    }
    let is_found =
        !named.is_empty() || cfg!(target_os = "macos") || ROOTS.iter().any(|path| is_there(path));
    match (is_found, is_needed) {
        (true, _) => CHECK.good("there are root certificates"),
        (false, false) => CHECK.good("there are none, and no address of the settings needs them"),
        (false, true) => CHECK.failed(
            "there are no root certificates, so no https server can be verified",
            "install the package ca-certificates, or set SSL_CERT_FILE",
        ),
    }
}

fn telemetry(scene: &Scene<'_>) -> Finding {
    const CHECK: Check = Check::Telemetry;
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];
    let named = names
        .iter()
        .find_map(|name| Some((name, scene.environment.get(*name)?)));
    let Some((name, address)) = named else {
        return CHECK.good("no collector is named");
    };
    match url::Url::parse(address) {
        Ok(url) if url.port() == Some(4317) => CHECK.note(format!(
                "{name} has port 4317, where collectors speak gRPC; OTLP over HTTP is on another port"
            ),
            "write port 4318",
        ),
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            CHECK.good(format!("{name} is an address for OTLP over HTTP"))
        }
        _ => CHECK.note(format!("{name} is no http or https address"),
            "write http://HOST:4318",
        ),
    }
}

/// Checks the rights on the folder and on the files that hold sessions, keys and credentials.
fn folders(scene: &Scene<'_>) -> Vec<Finding> {
    const CHECK: Check = Check::Folders;
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    if let StoreUrl::Sqlite { path } = &scene.config.session.store {
        files.push(path.clone());
        folders.extend(existing_folder(path));
    }
    if let SealingKeys::Generated { path } = &scene.config.session.keys {
        files.push(path.clone());
        folders.extend(existing_folder(path));
    }
    if scene.config.profile.is_development() {
        files.push(PathBuf::from(".env"));
    }
    // The folder that the program runs in is not the program's own.
    folders.retain(|folder| !folder.as_os_str().is_empty() && folder != Path::new("."));
    folders.dedup();
    let open = |path: &PathBuf| mode(path).is_some_and(|mode| mode & 0o077 != 0);
    let mut findings = Vec::new();
    for (paths, rights) in [(&folders, "700"), (&files, "600")] {
        for path in paths.iter().filter(|path| open(path)) {
            let path = path.display();
            findings.push(CHECK.failed(
                format!("{path} is open to other users of the machine"),
                format!("run: chmod {rights} {path}"),
            ));
        }
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        if tempfile::tempfile_in(folder).is_err() {
            findings.push(CHECK.failed(
                format!(
                    "{} cannot be written by the user of this command",
                    folder.display()
                ),
                "make the program's user its owner, and run this command as that user",
            ));
        }
    }
    if findings.is_empty() {
        findings.push(CHECK.good("only the owner can read the program's files"));
    }
    findings
}

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode())
}

/// Returns the folder of a file, if it exists.
fn existing_folder(file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    folder.is_dir().then(|| folder.to_owned())
}

#[cfg(target_os = "linux")]
fn disk(folder: &Path) -> Option<Finding> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let megabytes = free >> 20;
    Some(if free < LEAST_SPACE {
        Check::Disk.failed(
            format!("{megabytes} MiB are free on the disk of the session file"),
            "make room, or name a file on another disk; sign-ins fail when the disk is full",
        )
    } else {
        Check::Disk.good(format!(
            "{megabytes} MiB are free on the disk of the session file"
        ))
    })
}

#[cfg(not(target_os = "linux"))]
fn disk(_: &Path) -> Option<Finding> {
    None
}

fn file_system(folder: &Path) -> Option<Finding> {
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let folder = folder.canonicalize().ok()?;
    let kind = mounts::kind_of(&mounts, &folder)?;
    Some(if mounts::is_network(kind) {
        Check::FileSystem.failed(format!(
                "the session file is on a network file system ({kind}), where SQLite's locks and its memory map do not hold"
            ),
            "put it on a local disk, or use Redis for several machines",
        )
    } else {
        Check::FileSystem.good(format!(
            "the session file is on a local file system ({kind})"
        ))
    })
}
