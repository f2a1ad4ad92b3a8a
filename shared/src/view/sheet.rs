//! Tables as text.

use serde_json::Value;

const WRITES: &str = "a vector takes whatever is written";

/// Rows as CSV (RFC 4180), with a header. What is `null` is an empty field.
pub fn csv_of<'a>(columns: &[&str], rows: impl IntoIterator<Item = Vec<&'a Value>>) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns).expect(WRITES);
    for row in rows {
        let fields = row.into_iter().map(|value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        writer.write_record(fields).expect(WRITES);
    }
    String::from_utf8(writer.into_inner().expect(WRITES)).expect("its fields are texts")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_empty_where_nothing_is_known() {
        let row = [json!("a,b"), json!(null), json!(7), json!(0.25)];
        assert_eq!(csv_of(&["w", "x", "y", "z"], [row.iter().collect()]), "w,x,y,z\r\n\"a,b\",,7,0.25\r\n");
        assert_eq!(csv_of(&["w"], []), "w\r\n");
    }
}
