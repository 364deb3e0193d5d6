-- Whether a user is being erased is asked whenever something is told of them; only those under way have an id here.
CREATE INDEX erasures_by_user ON erasures (user_id) WHERE user_id IS NOT NULL;
