//! Where secret values lie: SSM on AWS, a file on one machine.

mod file;
mod ssm;

pub use file::FileSecrets;
pub use ssm::SsmSecrets;
