-- What reports count, written down when it happens: to count it later would be to read every message.

-- 'opened'; 'answered': the first answer, by an agent, ms after the user's first message that waited; 'reopened';
-- 'resolved', ms after it was opened, or last opened again.
CREATE TABLE milestones (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    team_id UUID NOT NULL,
    -- Whose it was when it was resolved, or else who did that; who answered. NULL: nobody's.
    agent_id UUID,
    ms BIGINT,
    PRIMARY KEY (conversation_id, kind, at)
);

CREATE INDEX milestones_of_team ON milestones (team_id, kind, at);

-- Messages are counted by their time, without a look at what they say.
CREATE INDEX messages_by_time ON messages (sent_at, conversation_id, author_kind, author_id);

INSERT INTO milestones (conversation_id, kind, at, team_id)
SELECT id, 'opened', created_at, team_id FROM conversations;

-- What the feeds of teams still tell of.
INSERT INTO milestones (conversation_id, kind, at, team_id)
SELECT c.id, 'reopened', ch.recorded_at, c.team_id
FROM teams t JOIN changes ch ON ch.feed_id = t.id JOIN conversations c ON c.id = ch.conversation_id
WHERE ch.kind = 'conversation_reopened'
GROUP BY c.id, ch.recorded_at, c.team_id;

INSERT INTO milestones (conversation_id, kind, at, team_id, agent_id, ms)
SELECT c.id, 'resolved', ch.recorded_at, c.team_id, c.assignee_id, ch.recorded_at - COALESCE(
    (SELECT MAX(b.at) FROM milestones b
    WHERE b.conversation_id = c.id AND b.kind IN ('opened', 'reopened') AND b.at <= ch.recorded_at), ch.recorded_at)
FROM teams t JOIN changes ch ON ch.feed_id = t.id JOIN conversations c ON c.id = ch.conversation_id
WHERE ch.kind = 'conversation_closed'
GROUP BY c.id, ch.recorded_at, c.team_id, c.assignee_id;

INSERT INTO milestones (conversation_id, kind, at, team_id, agent_id, ms)
SELECT c.id, 'answered', a.sent_at, c.team_id, a.author_id, a.sent_at - u.sent_at
FROM conversations c
JOIN messages a ON a.conversation_id = c.id AND a.seq =
    (SELECT MIN(m.seq) FROM messages m WHERE m.conversation_id = c.id AND m.author_kind = 'agent')
JOIN messages u ON u.conversation_id = c.id AND u.seq =
    (SELECT MIN(m.seq) FROM messages m WHERE m.conversation_id = c.id AND m.author_kind = 'user')
WHERE u.seq < a.seq;
