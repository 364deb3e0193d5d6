-- How conversations come to agents by themselves.

-- AssignmentRules as JSON; null: no rules.
ALTER TABLE workspaces ADD COLUMN assignment TEXT;
-- After how many minutes in which their agent is away conversations go back, as the rules say; here so that it can be asked for.
ALTER TABLE workspaces ADD COLUMN return_after BIGINT;
-- Talents as JSON; null: none.
ALTER TABLE agents ADD COLUMN talents TEXT;
-- Routed as JSON: how it came to whom it is with; null: by somebody's hand.
ALTER TABLE conversations ADD COLUMN routed TEXT;
-- When it was closed last; what it says while it is open means nothing.
ALTER TABLE conversations ADD COLUMN closed_at BIGINT;
