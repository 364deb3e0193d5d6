-- What is known of who writes: from where in the app they wrote, and custom fields.

-- The trail of a conversation: what came with its opening and with its messages, when it differed from the last one.
CREATE TABLE contexts (
    conversation_id UUID NOT NULL,
    number BIGINT NOT NULL,
    -- None: the opening.
    message_id UUID,
    told_at BIGINT NOT NULL,
    context TEXT NOT NULL,
    PRIMARY KEY (conversation_id, number)
);

CREATE TABLE conversation_fields (
    conversation_id UUID PRIMARY KEY,
    fields TEXT NOT NULL,
    set_at BIGINT NOT NULL
);

-- One row for each who says something of a user, so that the app can never overwrite what the backend vouches for.
CREATE TABLE user_fields (
    user_id UUID NOT NULL,
    source TEXT NOT NULL,
    fields TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, source)
);
