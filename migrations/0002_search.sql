-- Search. Everything here is derived from messages, notes and users and can be thrown away: it is made again in the
-- background. What is found and how is in the dialects' own files.

-- How far each team's feed is indexed.
CREATE TABLE search_progress (
    team_id UUID PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- A walk over everything, for an index that cannot follow the feeds from their beginning; no row when none is under way.
CREATE TABLE search_scans (
    subject TEXT PRIMARY KEY,
    after_id UUID NOT NULL,
    after_seq BIGINT NOT NULL
);
