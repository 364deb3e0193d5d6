-- Agents sign in at their company's own identity provider (OpenID Connect).

CREATE TABLE identity_providers (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    -- What agents call it.
    label TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- Sealed.
    client_secret TEXT NOT NULL,
    -- Domains of e-mail addresses that may come in for the first time, as JSON; empty: all.
    domains TEXT NOT NULL,
    -- Whether an address counts that the provider does not say to have verified: all of them are its own company's.
    trusts_addresses BOOLEAN NOT NULL,
    -- The role of who comes in uninvited, and their teams as JSON; null: nobody does, all teams.
    new_role TEXT,
    new_team_ids TEXT,
    -- Whether there is no other way in, and who has one all the same.
    is_only BOOLEAN NOT NULL,
    emergency_agent_id UUID REFERENCES agents (id),
    set_at BIGINT NOT NULL
);

-- Who an agent is at a provider: bound once, and from then on their e-mail address decides nothing.
CREATE TABLE agent_identities (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    issuer TEXT NOT NULL,
    -- Of at most 255 characters (OpenID Connect Core, section 2).
    subject TEXT NOT NULL,
    agent_id UUID NOT NULL REFERENCES agents (id),
    bound_at BIGINT NOT NULL,
    -- Whether the provider has ever said when it looked who they are: without that it proves nothing again.
    tells_time BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, issuer, subject)
);

-- An agent is one identity of a provider.
CREATE UNIQUE INDEX identities_of_agents ON agent_identities (agent_id, issuer);

-- The provider has looked who it is, by as many factors as the company wishes: no second one is asked for here.
ALTER TABLE agent_sessions ADD COLUMN by_provider BOOLEAN NOT NULL DEFAULT FALSE;

-- Whoever came by the provider has a password that nobody knows, until they set one.
ALTER TABLE agents ADD COLUMN has_password BOOLEAN NOT NULL DEFAULT TRUE;

-- An invitation of somebody who is an agent already: with it they set a password. Null: it makes an agent.
ALTER TABLE invitations ADD COLUMN agent_id UUID REFERENCES agents (id);
