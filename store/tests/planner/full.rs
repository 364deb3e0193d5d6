//! A database in which a planner has something to weigh.

/// 20 teams, 200 agents, 3,000 users with 6,000 conversations of ten messages, and what belongs to them.
pub(crate) const POSTGRES: &str = "
    -- An id as the program makes them, of a time before the trial's.
    CREATE FUNCTION new_id() RETURNS UUID LANGUAGE SQL VOLATILE
        AS $$SELECT CAST('01980000' || substr(CAST(gen_random_uuid() AS TEXT), 9) AS UUID)$$;
    INSERT INTO teams (id, workspace_id, name, created_at)
        SELECT new_id(), (SELECT id FROM workspaces), 'Team ' || n, n FROM generate_series(1, 20) n;
    INSERT INTO feeds (id) SELECT t.id FROM teams t ON CONFLICT DO NOTHING;
    INSERT INTO agents (id, workspace_id, name, email, role, password_hash, created_at)
        SELECT new_id(), (SELECT id FROM workspaces), 'Agent', n || '@acme.example', 'agent', 'x', n
        FROM generate_series(1, 200) n;
    INSERT INTO team_members (team_id, agent_id)
        SELECT t.id, a.id FROM teams t JOIN agents a ON a.created_at % 20 = t.created_at % 20 ON CONFLICT DO NOTHING;
    INSERT INTO users (id, app_id, external_id, created_at)
        SELECT new_id(), (SELECT id FROM apps LIMIT 1), 'filled-' || n, n FROM generate_series(1, 3000) n;
    INSERT INTO feeds (id, last_seq) SELECT new_id(), 5 FROM generate_series(1, 50000);
    INSERT INTO feeds (id, last_seq) SELECT u.id, 20 FROM users u ON CONFLICT DO NOTHING;
    INSERT INTO devices (id, user_id, secret_hash, platform, push_provider, push_token, push_token_hash, created_at, seen_at)
        SELECT new_id(), id, 'x', 'ios', 'fcm', id::text, sha256(id::text::bytea), created_at, created_at
        FROM users WHERE external_id LIKE 'filled-%';
    INSERT INTO sessions (token_hash, device_id, created_at, expires_at)
        SELECT sha256(id::text::bytea), id, created_at, 1900000000000 + created_at FROM devices
        ON CONFLICT DO NOTHING;
    INSERT INTO conversations
        (id, app_id, team_id, user_id, assignee_id, state, last_seq, user_count, waiting_since, created_at, active_at,
        listed_at)
        SELECT new_id(), u.app_id, t.id, u.id,
            CASE WHEN n = 1 THEN (SELECT a.id FROM agents a WHERE a.created_at = u.created_at % 200) END,
            CASE WHEN u.created_at / 20 % 10 = 0 THEN 'open' ELSE 'closed' END, 10, 10, NULL, u.created_at,
            u.created_at * 2 + n, u.created_at * 2 + n
        FROM users u JOIN teams t ON t.created_at = u.created_at % 20 + 1 CROSS JOIN generate_series(1, 2) n
        WHERE u.external_id LIKE 'filled-%';
    INSERT INTO messages (conversation_id, seq, id, author_kind, author_id, parts, user_count, sent_at)
        SELECT id, n, new_id(), 'user', user_id, '[]', n, n FROM conversations, generate_series(1, 10) n;
    INSERT INTO contexts (conversation_id, number, message_id, told_at, context)
        SELECT id, n, new_id(), n, '{}' FROM conversations, generate_series(1, 3) n;
    INSERT INTO conversation_fields (conversation_id, fields, set_at) SELECT id, '{}', 1 FROM conversations;
    INSERT INTO user_fields (user_id, source, fields, set_at)
        SELECT id, s, '{}', 1 FROM users, unnest(ARRAY['app', 'backend']) s;
    INSERT INTO milestones (conversation_id, kind, at, team_id, agent_id, ms)
        SELECT c.id, kind, c.created_at + n, c.team_id, c.assignee_id, n
        FROM conversations c, (VALUES ('opened'), ('answered'), ('reopened'), ('resolved')) k (kind),
            generate_series(1, 2) n;
    INSERT INTO ratings (question_id, conversation_id, team_id, agent_id, asked_at, score)
        SELECT new_id(), c.id, c.team_id, c.assignee_id, c.created_at, 1 + c.created_at % 5 FROM conversations c;
    INSERT INTO live_places (conversation_id, seq, place) SELECT id, 1, '{}' FROM conversations;
    INSERT INTO notes (id, conversation_id, after_seq, agent_id, agent_name, text, created_at)
        SELECT new_id(), c.id, 5, (SELECT id FROM agents LIMIT 1), 'Ana', 'a note', 1 FROM conversations c;
    INSERT INTO mentions (conversation_id, agent_id, note_id, is_unread)
        SELECT n.conversation_id, m.agent_id, n.id, c.created_at % 3 = 0 FROM notes n
        JOIN conversations c ON c.id = n.conversation_id JOIN team_members m ON m.team_id = c.team_id
        WHERE c.created_at % 4 = 0;
    INSERT INTO tags (team_id, folded, name, created_at)
        SELECT id, 'tag ' || n, 'tag ' || n, 1 FROM teams, generate_series(1, 100) n;
    INSERT INTO held_replies
        (id, conversation_id, agent_id, agent_name, parts, then_close, waits_for, held_at)
        SELECT new_id(), c.id, (SELECT id FROM agents LIMIT 1), 'Ana', '[]', false, 'time', n
        FROM conversations c, generate_series(1, 2) n;
    INSERT INTO drafts (agent_id, conversation_id, kind, text, written_at, revision)
        SELECT a.id, c.id, 'reply', 'x', 1, row_number() OVER () FROM agents a
        JOIN team_members m ON m.agent_id = a.id JOIN conversations c ON c.team_id = m.team_id
        WHERE c.created_at % 7 = 0;
    INSERT INTO saved_replies (id, team_id, name, texts, updated_at)
        SELECT new_id(), t.id, 'Reply ' || n, '[]', 1 FROM teams t, generate_series(1, 100) n;
    INSERT INTO saved_replies (id, agent_id, name, texts, updated_at)
        SELECT new_id(), a.id, 'Reply ' || n, '[]', 1 FROM agents a, generate_series(1, 20) n;
    INSERT INTO saved_views (id, workspace_id, agent_id, name, filter, is_shared, updated_at)
        SELECT new_id(), a.workspace_id, a.id, 'View ' || n, '{}', false, 1 FROM agents a, generate_series(1, 10) n;
    INSERT INTO tagged (conversation_id, team_id, folded, tagged_at)
        SELECT id, team_id, 'tag ' || n, created_at FROM conversations, generate_series(1, 2) n;
    INSERT INTO changes (feed_id, seq, kind, conversation_id, message_seq, recorded_at)
        SELECT f.id, n, 'message_added', new_id(), n, n FROM feeds f, generate_series(1, 20) n
        WHERE f.last_seq = 20;
    INSERT INTO webhook_deliveries (id, webhook_id, event, at, conversation_id, message_seq, state, next_at)
        SELECT new_id(), new_id(), 'message.received', n, c.id, n, 'delivered', NULL
        FROM conversations c, generate_series(1, 3) n;
    INSERT INTO webhook_deliveries (id, webhook_id, event, at, state, next_at)
        SELECT new_id(), new_id(), 'test', n, 'waiting', n FROM generate_series(1, 2000) n;
    INSERT INTO jobs (id, payload, app_id, run_at, created_at)
        SELECT new_id(), '{}', new_id(), 9000000000000 + n, 1 FROM generate_series(1, 5000) n;
    INSERT INTO dead_jobs (id, payload, attempts, error, created_at, died_at)
        SELECT new_id(), '{}', 9, 'no', 1, n FROM generate_series(1, 3000) n;
    INSERT INTO pushes (message_id, device_id, at, provider, accepted, detail)
        SELECT new_id(), new_id(), n, 'fcm', true, 'ok' FROM generate_series(1, 10000) n;
    INSERT INTO push_receipts (message_id, device_id, delivered_at)
        SELECT id, (SELECT id FROM devices LIMIT 1), 1 FROM messages;
    INSERT INTO fallbacks (conversation_id, at, first_seq, last_seq, way, accepted, detail)
        SELECT id, n, n, n, 'email', true, 'ok' FROM conversations, generate_series(1, 2) n;
    INSERT INTO receipt_moves (conversation_id, kind, seq, at)
        SELECT id, kind, n, 1 FROM conversations, (VALUES ('delivered'), ('read')) k (kind), generate_series(1, 5) n;
    INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at)
        SELECT sha256(n::text::bytea), a.id, 1, 1900000000000 + n
        FROM generate_series(1, 3000) n JOIN agents a ON a.created_at = n % 200 + 1;
    INSERT INTO second_factors (agent_id, secret, last_step, begun_at, confirmed_at)
        SELECT id, 'secret', 1, 1, 1 FROM agents WHERE created_at <= 200;
    INSERT INTO recovery_codes (agent_id, code_hash)
        SELECT agent_id, sha256(n::text::bytea) FROM second_factors, generate_series(1, 10) n;
    INSERT INTO passkeys (id, agent_id, name, credential_id, rp_id, public_key, sign_count, backup_eligible,
            backed_up, transports, created_at)
        SELECT new_id(), agent_id, 'key', sha256((agent_id::text || n)::bytea), 'x', 'k', 0, false, false, '[]', 1
        FROM second_factors, generate_series(1, 10) n;
    INSERT INTO agent_browsers
        (id, session_hash, agent_id, endpoint, endpoint_hash, keys, registered_at, wants_assigned, wants_unassigned)
        SELECT new_id(), token_hash, agent_id, 'e', token_hash, '{}', 1, false, false FROM agent_sessions;
    INSERT INTO team_watchers (team_id, agent_id)
        SELECT team_id, agent_id FROM team_members ON CONFLICT DO NOTHING;
    INSERT INTO audit_log (workspace_id, seq, at, actor_kind, act, target, details)
        SELECT (SELECT id FROM workspaces), 1000 + n, n, 'command_line', 'x', 'user_' || n, '{}' FROM generate_series(1, 5000) n;
    INSERT INTO erasures (fingerprint, begun_at, done_at) SELECT n::text, 1, 2 FROM generate_series(1, 3000) n;
    INSERT INTO search_entries (id, kind, user_id, conversation_id, message_seq, words)
        SELECT row_number() OVER (), 'message', user_id, id, n, to_tsvector('simple', 'w' || (n + created_at) || ' hello')
        FROM conversations, generate_series(1, 5) n;
    INSERT INTO search_entries (id, kind, user_id, conversation_id, note_id, words)
        SELECT 1000000 + row_number() OVER (), 'note', c.user_id, c.id, n.id, to_tsvector('simple', 'w' || c.created_at)
        FROM notes n JOIN conversations c ON c.id = n.conversation_id;
    INSERT INTO attachments
        (id, workspace_id, owner_kind, owner_id, user_id, state, length, sha256, conversation_id, message_id, created_at,
        expires_at)
        SELECT new_id(), (SELECT id FROM workspaces), 'user', c.user_id, c.user_id,
            CASE WHEN c.created_at % 5 = 0 THEN 'receiving' ELSE 'complete' END, 10, 'x', c.id,
            CASE WHEN c.created_at % 5 > 0 THEN new_id() END, 1, CASE WHEN c.created_at % 5 = 0 THEN c.active_at END
        FROM conversations c;
    INSERT INTO upload_pieces (upload_id, start_byte, bytes, token)
        SELECT a.id, n, 1, new_id() FROM attachments a, generate_series(1, 3) n WHERE a.message_id IS NULL;
    DROP FUNCTION new_id;
    ANALYZE";
