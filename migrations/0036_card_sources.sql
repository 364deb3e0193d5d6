-- Where the cards of an app's users come from: a system of the company's own.
CREATE TABLE card_sources (
    app_id UUID PRIMARY KEY REFERENCES apps (id),
    url TEXT NOT NULL,
    -- Sealed.
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_secret_until BIGINT,
    set_at BIGINT NOT NULL
);
