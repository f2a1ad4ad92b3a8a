//! What holds of objects wherever they lie.

use super::*;
use crate::ports::objects::{ObjectStore, list_all};

async fn names(objects: &dyn ObjectStore, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
    objects.list(prefix, after, limit).await.unwrap().into_iter().map(|listed| listed.name).collect()
}

/// The same of each of them: what holds in memory and in a folder holds in S3.
async fn behaves(objects: &dyn ObjectStore) {
    assert_eq!(objects.get("a/b/1.json").await.unwrap(), None);
    assert!(list_all(objects, "a/").await.unwrap().is_empty());
    for name in ["a/b/2.json", "a/b/1.json", "a/b-c/1.json", "a/b.json", "b/1.json", "a/b/10.json"] {
        objects.put(name, name.as_bytes().to_vec()).await.unwrap();
    }
    objects.put("a/b/2.json", b"new".to_vec()).await.unwrap();
    assert_eq!(objects.get("a/b/2.json").await.unwrap().as_deref(), Some(b"new".as_slice()));
    assert_eq!(objects.get("a/b").await.unwrap_or_default(), None);
    // By bytes: '-' and '.' sort before '/'.
    let all = ["a/b-c/1.json", "a/b.json", "a/b/1.json", "a/b/10.json", "a/b/2.json"];
    assert_eq!(names(objects, "a/", None, 100).await, all);
    assert_eq!(names(objects, "a/", None, 2).await, all[..2]);
    assert_eq!(names(objects, "a/", Some("a/b.json"), 100).await, all[2..]);
    assert_eq!(names(objects, "a/b/", None, 100).await, all[2..]);
    assert_eq!(names(objects, "a/b/1", None, 100).await, all[2..4]);
    assert_eq!(names(objects, "a/b/", Some("a/b/1.json"), 100).await, all[3..]);
    assert_eq!(objects.list("a/b/2", None, 1).await.unwrap()[0].bytes, 3);
    objects.remove(&["a/b/1.json".to_owned(), "a/none.json".to_owned()]).await.unwrap();
    assert_eq!(objects.get("a/b/1.json").await.unwrap(), None);
    for bad in ["", "/a", "a//b", "a/../b", "a/.b", "../a", "a/b/", "a b", "ä"] {
        assert!(objects.put(bad, Vec::new()).await.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn objects_in_memory_are_found_by_their_names() {
    behaves(&MemoryObjects::default()).await;
}

#[tokio::test]
async fn objects_in_a_folder_are_found_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    behaves(&FolderObjects::new(folder.path().join("archive"))).await;
    assert!(!folder.path().join("a").exists(), "nothing lies outside");
}
