-- How an app looks to its users.

-- Name, accent colour and greetings, as JSON; null: nobody has set any.
ALTER TABLE apps ADD COLUMN appearance TEXT;

-- Apart from their app, so that whoever reads that does not read a picture. An app without a row has none.
CREATE TABLE logos (
    app_id UUID PRIMARY KEY REFERENCES apps (id),
    -- Of the content: phones ask for a logo by it, and know by it that they have it.
    sha256 BYTEA NOT NULL,
    media_type TEXT NOT NULL,
    content BYTEA NOT NULL
);
