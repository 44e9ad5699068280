//! What pages load: our style sheet, our script, our icon. Their addresses hold a hash of what is
//! in them, so browsers may keep them for as long as they like.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::Path;
use sha2::{Digest, Sha256};

struct Asset {
    file: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset {
        file: "style.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("../../../templates/dashboard/style.css"),
    },
    Asset {
        file: "comfort.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../../../templates/dashboard/comfort.js"),
    },
    Asset {
        file: "icon.svg",
        content_type: "image/svg+xml",
        text: include_str!("../../../templates/dashboard/icon.svg"),
    },
];

/// Of all of them together: they change together.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let digest = ASSETS.iter().fold(Sha256::new(), |all, it| all.chain_update(it.text));
    digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// Where pages find an asset.
pub fn address(file: &str) -> String {
    format!("/dashboard/assets/{}/{file}", *HASH)
}

/// `GET /dashboard/assets/{hash}/{file}`
pub async fn asset(path: Path<(String, String)>) -> HttpResponse {
    let (hash, file) = path.into_inner();
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return HttpResponse::NotFound().finish();
    };
    // A page of an older version may still ask: it gets the newer one, and keeps it for no time.
    let kept = if hash == *HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((CACHE_CONTROL, kept))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(asset.text)
}
