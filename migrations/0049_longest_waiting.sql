-- Lists in the order of who waits longest: along those that wait, and no others.
CREATE INDEX conversations_waiting ON conversations (team_id, state, waiting_since, id) WHERE waiting_since IS NOT NULL;
