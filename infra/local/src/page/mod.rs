//! The page that people see first: the customer's phone beside the business's inbox, and a clock that can be turned.
//! Plain files, held by the binary; everything else it fetches from the APIs on the same origin.

use axum::{Router, http::header, response::IntoResponse, routing::get};

/// `GET /`, its style and its scripts.
pub fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/", get(async || file("text/html; charset=utf-8", include_str!("index.html"))))
        .route("/style.css", get(async || file("text/css; charset=utf-8", include_str!("style.css"))))
        .route("/app.js", get(async || script(include_str!("app.js"))))
        .route("/base.js", get(async || script(include_str!("base.js"))))
        .route("/desk.js", get(async || script(include_str!("desk.js"))))
        .route("/phone.js", get(async || script(include_str!("phone.js"))))
        .route("/rehearse.js", get(async || script(include_str!("rehearse.js"))))
}

/// Only what comes from this origin is loaded or run, so a message can show text and nothing more.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn script(text: &'static str) -> impl IntoResponse {
    file("text/javascript; charset=utf-8", text)
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
    };
    use tower::ServiceExt;

    const FILES: [&str; 7] = ["/", "/style.css", "/app.js", "/base.js", "/desk.js", "/phone.js", "/rehearse.js"];

    async fn get(path: &str) -> (u16, String) {
        let request = http::Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = Router::<()>::new().merge(super::router()).oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        (status, String::from_utf8(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_file_that_the_page_names_is_served() {
        let (status, page) = get("/").await;
        assert_eq!(status, 200);
        for path in ["/style.css", "/app.js"] {
            assert!(page.contains(path), "{path}");
        }
        let script = get("/app.js").await.1;
        for path in ["/base.js", "/desk.js", "/phone.js"] {
            assert!(script.contains(&format!("from \".{path}\"")), "{path}");
        }
        assert!(script.contains("import \"./rehearse.js\""));
        for path in FILES {
            assert_eq!(get(path).await.0, 200, "{path}");
        }
    }

    #[tokio::test]
    async fn the_page_needs_nothing_from_elsewhere_and_never_writes_data_as_html() {
        let mut all = String::new();
        for path in FILES {
            all += &get(path).await.1;
        }
        for never in
            ["innerHTML", "insertAdjacentHTML", "document.write", "src=\"http", "href=\"http", "@import", "url(http"]
        {
            assert!(!all.contains(never), "{never}");
        }
    }
}
