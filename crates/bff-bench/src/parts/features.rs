//! Prints the features of the processor that the C library, the cryptography and other libraries choose their functions by.
//! Under valgrind these are the features that valgrind has.

use crate::failure::Outcome;

/// Prints the names of the features that there are, as JSON.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when they cannot be written.
pub fn run() -> Outcome<()> {
    println!("{}", serde_json::to_string(&features())?);
    Ok(())
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let all = [
        ("aes", is_x86_feature_detected!("aes")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("ssse3", is_x86_feature_detected!("ssse3")),
        ("sse4_2", is_x86_feature_detected!("sse4.2")),
        ("movbe", is_x86_feature_detected!("movbe")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("adx", is_x86_feature_detected!("adx")),
        ("sha_ni", is_x86_feature_detected!("sha")),
    ];
    let present = all.into_iter().filter(|(_, is_present)| *is_present);
    present.map(|(name, _)| name).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    Vec::new()
}
