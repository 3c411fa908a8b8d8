//! Streams to test the tests with.

use request::Seed;

use super::residuals::Residuals;

/// A Poisson stream of rate 1, watched for this long.
pub(super) fn poisson(seed: u64, length: f64) -> Residuals {
    let seed = Seed(seed).derive("check");
    let (mut time, mut times) = (0.0, Vec::new());
    for counter in 0.. {
        let uniform = ((seed.draw(counter) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        time -= libm::log(uniform);
        if time > length {
            break;
        }
        times.push(time);
    }
    Residuals::over(times, length)
}
