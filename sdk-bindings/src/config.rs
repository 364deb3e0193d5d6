//! What an app says once, when it opens the client.

use tidings_sdk_core::{Config, ErrorCode, FILE_CACHE_BYTES, Locations, PlainHttp, Platform};

use crate::context::CoreContextOptions;
use crate::error::CoreError;

/// Where to connect, as what, and where to keep things.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CoreConfig {
    /// The server's address, such as `https://chat.example.org`.
    pub server_url: String,
    /// The app's id, `app_…`, from the server's operator.
    pub app_id: String,
    /// A folder for this client alone, private to the app.
    pub data_dir: String,
    /// What the app runs on.
    pub platform: CorePlatform,
    /// A language tag (BCP 47) such as `fr-CH`.
    pub locale: Option<String>,
    /// The version of the app.
    pub app_version: Option<String>,
    /// Certificates (PEM) to trust beside the public ones.
    pub extra_root_certificates_pem: Option<String>,
    /// Whether the server may be spoken to without encryption.
    pub plain_http: CorePlainHttp,
    /// Whether places may be sent.
    pub locations: CoreLocations,
    /// What fetched and sent files may take of the phone's storage, in bytes; none: 200 MB.
    pub file_cache_bytes: Option<u64>,
    /// What goes with what the person writes.
    pub context: CoreContextOptions,
}

/// Whether places may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CoreLocations {
    /// When the person wants to.
    Allowed,
    /// And also live, shared for a while.
    Live,
    /// Never.
    Off,
}

/// What an app runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorePlatform {
    /// iPhone and iPad.
    Ios,
    /// Android.
    Android,
    /// Anything else.
    Other,
}

/// Whether a server may be spoken to without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum CorePlainHttp {
    /// Only on this machine.
    LoopbackOnly,
    /// Anywhere. For a developer's own network.
    Anywhere,
}

impl TryFrom<CoreConfig> for Config {
    type Error = CoreError;

    fn try_from(config: CoreConfig) -> Result<Self, CoreError> {
        let CoreConfig {
            server_url,
            app_id,
            data_dir,
            platform,
            locale,
            app_version,
            extra_root_certificates_pem,
            plain_http,
            locations,
            file_cache_bytes,
            context,
        } = config;
        let app_id = app_id
            .parse()
            .map_err(|error| CoreError::own(ErrorCode::InvalidConfig, format!("app_id: {error}")))?;
        Ok(Self {
            server_url,
            app_id,
            data_dir: data_dir.into(),
            platform: match platform {
                CorePlatform::Ios => Platform::Ios,
                CorePlatform::Android => Platform::Android,
                CorePlatform::Other => Platform::Other,
            },
            locale,
            app_version,
            extra_root_certificates_pem,
            plain_http: match plain_http {
                CorePlainHttp::LoopbackOnly => PlainHttp::LoopbackOnly,
                CorePlainHttp::Anywhere => PlainHttp::Anywhere,
            },
            locations: match locations {
                CoreLocations::Allowed => Locations::Allowed,
                CoreLocations::Live => Locations::Live,
                CoreLocations::Off => Locations::Off,
            },
            file_cache_bytes: file_cache_bytes.unwrap_or(FILE_CACHE_BYTES),
            context: context.into(),
        })
    }
}
