//! The devices of a user, and what a test push to them found out.

use serde::{Deserialize, Serialize};

use crate::app::Platform;
use crate::id::DeviceId;
use crate::limits;
use crate::push::{PushEnvironment, PushProvider};
use crate::time::Timestamp;

/// `GET /app/v1/devices` and `GET /admin/v1/users/{id}/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserDevices {
    /// The one that was seen last comes first.
    pub devices: Vec<UserDevice>,
}

/// An installation of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserDevice {
    /// Which.
    pub id: DeviceId,
    /// What it runs on.
    pub platform: Platform,
    /// Its language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The version of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Whether somebody is signed in on it.
    pub signed_in: bool,
    /// How it can be woken; absent: not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<DevicePush>,
    /// Since when it is known.
    pub created_at: Timestamp,
    /// When it was seen last.
    pub seen_at: Timestamp,
}

/// How a device can be woken, without its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DevicePush {
    /// Through whom.
    pub provider: PushProvider,
    /// What the device says: with APNs, which of Apple's services its token belongs to.
    pub environment: PushEnvironment,
    /// Which of Apple's services has taken the token, if it is another one than the device says: sandbox and production are
    /// mixed up in the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<PushEnvironment>,
    /// How often in a row the service has said that the token does not fit.
    pub strikes: i64,
    /// When the device told its token.
    pub registered_at: Timestamp,
}

/// `POST /admin/v1/users/{id}/push_test`: sends a real push to the user's devices and says how far each came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushTest {
    /// To this one only; absent: to all of them.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
    /// How many seconds to wait for the phone's answer.
    #[serde(default)]
    pub wait_seconds: WaitSeconds,
}

/// Seconds that a test waits: 0 to 20; 10 when not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = i64, minimum = 0, maximum = 20, default = 10))]
pub struct WaitSeconds(u8);

/// Why a number of seconds is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be from 0 to {max} seconds, is {0}", max = limits::PUSH_TEST_SECONDS)]
pub struct TooLong(i64);

impl WaitSeconds {
    /// As a duration.
    pub const fn as_duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.0 as u64)
    }
}

impl Default for WaitSeconds {
    fn default() -> Self {
        Self(10)
    }
}

impl TryFrom<i64> for WaitSeconds {
    type Error = TooLong;

    fn try_from(seconds: i64) -> Result<Self, TooLong> {
        let good = u8::try_from(seconds).ok().filter(|seconds| *seconds <= limits::PUSH_TEST_SECONDS);
        good.map(Self).ok_or(TooLong(seconds))
    }
}

impl From<WaitSeconds> for i64 {
    fn from(seconds: WaitSeconds) -> Self {
        seconds.0.into()
    }
}

/// The answer to [`PushTest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushDiagnosis {
    /// One for each device.
    pub devices: Vec<DeviceDiagnosis>,
}

/// What was found on the way to one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceDiagnosis {
    /// Which.
    pub device_id: DeviceId,
    /// Hop after hop; what comes behind a broken one was not looked at.
    pub findings: Vec<PushHopFinding>,
}

impl DeviceDiagnosis {
    /// The hop that no push gets past.
    pub fn broken(&self) -> Option<&PushHopFinding> {
        self.findings.iter().find(|finding| finding.state == PushHopState::Broken)
    }
}

/// What was found at one hop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushHopFinding {
    /// Where.
    pub hop: PushHop,
    /// How it is.
    pub state: PushHopState,
    /// What was seen.
    pub what: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// A stretch of the way to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushHop {
    /// The device is signed in and has told a token.
    Device,
    /// The app has a key for the service, and it can be read.
    Key,
    /// The service answers.
    Network,
    /// Its clock and ours agree.
    Clock,
    /// The token is fresh, and of the service's other half if it has one.
    Token,
    /// The service takes the push.
    Service,
    /// The phone says that it has it.
    Phone,
}

/// How a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PushHopState {
    /// As it should be.
    Good,
    /// It may be the reason.
    Doubtful,
    /// No push gets past it.
    Broken,
}
