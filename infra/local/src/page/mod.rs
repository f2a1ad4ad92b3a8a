//! The page that people see first: the customer's handset beside the business's inbox.
