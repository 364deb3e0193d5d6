-- The logo of the app, one row at most, under the sum that the server said; empty: the server did not hand it out.
CREATE TABLE logo (
    sha256 TEXT PRIMARY KEY,
    content BLOB NOT NULL
) STRICT;
