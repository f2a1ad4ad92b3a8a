//! What the linter looks for, as a table: each rule with its code, its severity, what it says and who says so.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It would be refused, or must not be submitted.
    Error,
    /// It risks refusal, or another category than the declared one.
    Warning,
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Stable, in snake case.
    pub code: &'static str,
    pub severity: Severity,
    pub says: &'static str,
    /// The document of Meta's or Twilio's that says so, or Transom itself.
    pub source: &'static str,
}

const COMPONENTS: &str = "Meta, \"template components\"";
const REVIEW: &str = "Meta, \"template review\"";
const CATEGORIES: &str = "Meta, \"template categorization\"";
const ERRORS: &str = "Meta, \"error codes\"";
const LANGUAGE_CODES: &str = "Meta, \"supported languages\"";
const LIFE: &str = "Meta, \"time to live\"";
const POLICY: &str = "Meta, \"WhatsApp Business messaging policy\"";
const TWILIO: &str = "Twilio, \"Content API\"";
const TRANSOM: &str = "Transom";

macro_rules! rules {
    ($($name:ident = $code:literal, $severity:ident, $source:ident, $says:literal;)*) => {
        $(pub(super) const $name: Rule =
            Rule { code: $code, severity: Severity::$severity, says: $says, source: $source };)*

        /// All rules. Every finding's rule is one of them.
        pub const RULES: &[Rule] = &[$($name),*];
    };
}

rules! {
    NAME_SHAPE = "name_shape", Error, COMPONENTS, "a name has 1 to 512 characters of a-z, 0-9 and _";
    LANGUAGE_CODE = "language_code", Error, LANGUAGE_CODES, "the language is one of Meta's codes, as it is written there";
    LANGUAGE_MISMATCH = "language_mismatch", Error, REVIEW, "the text is in the declared language";
    LANGUAGE_DOUBTFUL = "language_doubtful", Warning, REVIEW, "the text seems to be in another language than the declared one";
    MIXED_LANGUAGES = "mixed_languages", Warning, REVIEW, "a template does not mix languages";

    HEADER_LENGTH = "header_length", Error, COMPONENTS, "a header has 1 to 60 characters";
    HEADER_FILLED_LENGTH = "header_filled_length", Warning, COMPONENTS, "a header has at most 60 characters with its sample filled in";
    HEADER_VARIABLES = "header_variables", Error, COMPONENTS, "a header has at most one variable";
    HEADER_FORMAT = "header_format", Error, ERRORS, "a header has no line break, emoji, asterisk or other formatting (2388072)";
    LOCATION_HEADER = "location_header", Error, TRANSOM, "a header with a place cannot be filled: sending these is not supported yet";
    HEADER_ONLY_VARIABLE = "header_only_variable", Warning, REVIEW, "a header says something besides its variable";
    MEDIA_HEADER = "media_header", Error, TRANSOM, "a header with media needs a file, which cannot be submitted yet";
    BODY_LENGTH = "body_length", Error, COMPONENTS, "a body has 1 to 1024 characters as it is written";
    BODY_FILLED_LENGTH = "body_filled_length", Error, TWILIO, "a body has at most 1024 characters with its samples filled in";
    FOOTER_LENGTH = "footer_length", Error, COMPONENTS, "a footer has 1 to 60 characters";
    FOOTER_VARIABLES = "footer_variables", Error, COMPONENTS, "a footer has no variables";
    FOOTER_FORMAT = "footer_format", Error, ERRORS, "a footer has no line break and no emoji (2388073)";
    FOOTER_MARKUP = "footer_markup", Warning, COMPONENTS, "a footer has no formatting";
    DUPLICATE = "duplicate", Error, REVIEW, "body and footer differ from those of every other template";
    NEAR_DUPLICATE = "near_duplicate", Warning, REVIEW, "body and footer differ from another template's in more than names of variables, case and spaces";

    BUTTON_COUNT = "button_count", Error, COMPONENTS, "a template has at most 10 buttons";
    URL_BUTTON_COUNT = "url_button_count", Error, COMPONENTS, "a template has at most 2 URL buttons";
    PHONE_BUTTON_COUNT = "phone_button_count", Error, COMPONENTS, "a template has at most 1 phone button";
    COPY_CODE_COUNT = "copy_code_count", Error, COMPONENTS, "a template has at most 1 button that copies a code";
    BUTTON_ORDER = "button_order", Error, COMPONENTS, "quick replies stand together, before or after all other buttons";
    OTHER_BUTTON = "other_button", Error, TRANSOM, "only quick replies, URL and phone buttons can be submitted";
    COPY_CODE_BUTTON = "copy_code_button", Error, TRANSOM, "a code to copy cannot be filled: sending these is not supported yet";
    LABEL_LENGTH = "label_length", Error, COMPONENTS, "a button's label has 1 to 25 characters";
    LABEL_DUPLICATE = "label_duplicate", Error, COMPONENTS, "no two buttons have the same label";
    LABEL_VARIABLES = "label_variables", Error, ERRORS, "a button's label has no variables (2388060)";
    LABEL_FORMAT = "label_format", Error, ERRORS, "a button's label has no line break, emoji or formatting (2388060)";
    URL_LENGTH = "url_length", Error, COMPONENTS, "a button's URL has at most 2000 characters";
    URL_VARIABLE = "url_variable", Error, COMPONENTS, "a button's URL has at most one variable, at its very end";
    URL_SCHEME = "url_scheme", Error, TRANSOM, "a button's URL begins with https://";
    URL_SHAPE = "url_shape", Error, COMPONENTS, "a button's URL is a whole address with the domain written out";
    PHONE_NUMBER = "phone_number", Error, COMPONENTS, "a button's phone number has 5 to 20 digits";
    PHONE_COUNTRY = "phone_country", Warning, COMPONENTS, "a button's phone number begins with its country's code";
    COUPON_CODE = "coupon_code", Error, COMPONENTS, "a code to copy has 1 to 15 letters and digits";

    VARIABLE_BRACES = "variable_braces", Error, REVIEW, "a variable is written {{name}}";
    VARIABLE_NAME = "variable_name", Error, REVIEW, "a variable's name has 1 to 60 characters of a-z, 0-9 and _";
    UNFILLED_PLACEHOLDER = "unfilled_placeholder", Error, TRANSOM, "nothing but {{name}} is filled in";
    NUMBERS_NOT_SEQUENTIAL = "numbers_not_sequential", Error, REVIEW, "numbered variables run from {{1}} without gaps, in order";
    NUMBERS_AND_NAMES = "numbers_and_names", Error, COMPONENTS, "variables have numbers or names, not both";
    REPEATED_VARIABLE = "repeated_variable", Warning, COMPONENTS, "each variable stands in the body once";
    VARIABLE_AT_START = "variable_at_start", Error, ERRORS, "a body does not begin with a variable (2388299)";
    VARIABLE_AT_END = "variable_at_end", Error, ERRORS, "a body does not end with a variable (2388299)";
    VARIABLE_NEAR_START = "variable_near_start", Warning, ERRORS, "more than punctuation stands before the first variable (2388299)";
    VARIABLE_NEAR_END = "variable_near_end", Warning, ERRORS, "more than punctuation stands after the last variable, or the end of its sentence (2388299)";
    ADJACENT_VARIABLES = "adjacent_variables", Error, REVIEW, "words stand between two variables";
    VARIABLES_NOT_PARTED = "variables_not_parted", Warning, REVIEW, "more than punctuation stands between two variables";
    TOO_MANY_VARIABLES = "too_many_variables", Error, ERRORS, "a body has at least 2x + 1 words of its own for x variables (2388293; Twilio, \"Content API\")";
    LITTLE_BUT_VARIABLES = "little_but_variables", Error, CATEGORIES, "a body says something by itself; with little but variables it is vague";
    MEANINGLESS_VARIABLE = "meaningless_variable", Error, CATEGORIES, "a variable has a name, not only a number, a letter or a word such as {{variable}}: with {{1}} it is vague what a text says";
    VAGUE_VARIABLE = "vague_variable", Warning, REVIEW, "a variable's name says what it holds";
    MISSING_SAMPLE = "missing_sample", Error, REVIEW, "each variable has a sample";
    UNKNOWN_SAMPLE = "unknown_sample", Error, TRANSOM, "each sample belongs to a variable";
    SAMPLE_LAYOUT = "sample_layout", Error, ERRORS, "a sample has no line break, no tab and no more than 4 spaces in a row (132018)";
    SAMPLE_BRACES = "sample_braces", Error, TRANSOM, "a sample is what a customer would read, without variables";
    SAMPLE_SAYS_NOTHING = "sample_says_nothing", Warning, REVIEW, "a sample shows reviewers what a customer would read";
    SAMPLE_PERSONAL = "sample_personal", Warning, TRANSOM, "a sample is made up, not somebody's number or address";
    SAMPLE_IN_URL = "sample_in_url", Warning, COMPONENTS, "a sample for a URL is the last part of an address";

    CONTROL_CHARACTERS = "control_characters", Error, TRANSOM, "a text has no control characters and none that turn its direction";
    NEWLINES = "newlines", Error, COMPONENTS, "no more than 2 line breaks follow each other";
    SPACES = "spaces", Error, COMPONENTS, "no more than 4 spaces follow each other";
    TABS = "tabs", Error, COMPONENTS, "a text has no tabs";
    EDGE_SPACE = "edge_space", Warning, COMPONENTS, "a text does not begin or end with spaces or line breaks";
    UNBALANCED_FORMATTING = "unbalanced_formatting", Warning, REVIEW, "*, _, ~ and ``` come in pairs within a line";
    FOREIGN_MARKUP = "foreign_markup", Warning, TRANSOM, "formatting is WhatsApp's own, without HTML and Markdown";
    EMOJI_COUNT = "emoji_count", Warning, REVIEW, "a body has at most 10 emoji";

    UNCLEAR_PURPOSE = "unclear_purpose", Warning, REVIEW, "a body says what it is about, in at least 4 words";
    ALL_CAPITALS = "all_capitals", Error, REVIEW, "a body of more than 20 letters is not all in capitals";
    CAPITALS = "capitals", Warning, REVIEW, "no more than 30 % of a text's words are in capitals";
    EXCLAMATION_MARKS = "exclamation_marks", Warning, REVIEW, "a text has at most 3 exclamation marks, and never two in a row";
    LINK_SHORTENER = "link_shortener", Error, REVIEW, "links show where they lead: no shorteners";
    VARIABLE_DOMAIN = "variable_domain", Error, REVIEW, "a link's domain is written out, without variables";
    WHATSAPP_LINK = "whatsapp_link", Error, COMPONENTS, "no link leads to WhatsApp itself";
    IP_LINK = "ip_link", Error, TRANSOM, "a link has a domain, not a bare IP address";
    PLAIN_LINK = "plain_link", Warning, TRANSOM, "links begin with https://";
    SENSITIVE_DATA = "sensitive_data", Error, POLICY, "nobody is asked for card or account numbers, passwords, PINs or identity numbers";
    THREAT = "threat", Error, REVIEW, "nobody is threatened, with the law or in public: it is refused as abusive";

    PROMOTIONAL = "promotional", Error, CATEGORIES, "a utility template has no promotional or persuasive words";
    MAYBE_PROMOTIONAL = "maybe_promotional", Warning, CATEGORIES, "a utility template has no words that may read as promotion";
    CATEGORY_UNCHECKED = "category_unchecked", Warning, TRANSOM, "the words that promote are known in six languages only";
    COUPON_IN_UTILITY = "coupon_in_utility", Error, CATEGORIES, "a code to copy is a coupon, and coupons are marketing";
    NO_TRANSACTION = "no_transaction", Warning, CATEGORIES, "a utility template is about the customer's own request, booking or order";
    NO_OPT_OUT = "no_opt_out", Warning, POLICY, "a marketing template says how to opt out";
    AUTHENTICATION = "authentication", Error, TRANSOM, "one-time codes are not offered";

    TIME_TO_LIVE = "time_to_live", Error, LIFE, "the time to live is within its category's limits";
    OUTLIVES_LADDER = "outlives_ladder", Error, TRANSOM, "the time to live ends before the ladder's next step";
}
