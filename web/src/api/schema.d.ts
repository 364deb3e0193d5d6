/** The types of the inbox API, in the shape that `npm run api` generates from the OpenAPI document. */

type Json<T> = { content: { "application/json": T } };
type Refused = { content: { "application/problem+json": components["schemas"]["Problem"] } };
type Thing = { path: { id: string } };

export interface paths {
  "/inbox/v1/session": {
    get: { responses: { 200: Json<components["schemas"]["Agent"]>; default: Refused } };
    post: {
      requestBody: Json<components["schemas"]["AgentSignIn"]>;
      responses: { 201: Json<components["schemas"]["Agent"]>; default: Refused };
    };
    delete: { responses: { 204: { content?: never }; default: Refused } };
  };
  "/inbox/v1/bootstrap": {
    get: {
      parameters: { query?: { limit?: number } };
      responses: { 200: Json<components["schemas"]["InboxBootstrap"]>; default: Refused };
    };
  };
  "/inbox/v1/teams/{id}/changes": {
    get: {
      parameters: Thing & { query: { after: string; limit?: number } };
      responses: { 200: Json<components["schemas"]["TeamCatchup"]>; default: Refused };
    };
  };
  "/inbox/v1/conversations": {
    get: {
      parameters: { query?: { view?: components["schemas"]["View"]; before?: string; limit?: number } };
      responses: { 200: Json<components["schemas"]["InboxConversationList"]>; default: Refused };
    };
  };
  "/inbox/v1/conversations/{id}": {
    get: {
      parameters: Thing;
      responses: { 200: Json<components["schemas"]["InboxConversation"]>; default: Refused };
    };
  };
  "/inbox/v1/conversations/{id}/thread": {
    get: {
      parameters: Thing & { query?: { before?: number; after?: number; limit?: number } };
      responses: { 200: Json<components["schemas"]["Thread"]>; default: Refused };
    };
  };
  "/inbox/v1/conversations/{id}/replies": {
    post: {
      parameters: Thing;
      requestBody: Json<components["schemas"]["Reply"]>;
      responses: {
        200: Json<components["schemas"]["Message"]>;
        201: Json<components["schemas"]["Message"]>;
        default: Refused;
      };
    };
  };
  "/inbox/v1/conversations/{id}/notes": {
    post: {
      parameters: Thing;
      requestBody: Json<components["schemas"]["WriteNote"]>;
      responses: {
        200: Json<components["schemas"]["Note"]>;
        201: Json<components["schemas"]["Note"]>;
        default: Refused;
      };
    };
  };
  "/inbox/v1/conversations/{id}/assignee": {
    put: {
      parameters: Thing;
      requestBody: Json<components["schemas"]["Assign"]>;
      responses: { 200: Json<components["schemas"]["InboxConversation"]>; default: Refused };
    };
  };
  "/inbox/v1/conversations/{id}/state": {
    put: {
      parameters: Thing;
      requestBody: Json<components["schemas"]["SetState"]>;
      responses: { 200: Json<components["schemas"]["InboxConversation"]>; default: Refused };
    };
  };
  "/inbox/v1/conversations/{id}/receipt": {
    put: {
      parameters: Thing;
      requestBody: Json<components["schemas"]["MoveTeamReceipt"]>;
      responses: { 200: Json<components["schemas"]["InboxConversation"]>; default: Refused };
    };
  };
}

export interface components {
  schemas: {
    Agent: { id: string; name: string; email: string; role: "agent" | "admin" };
    AgentSignIn: { email: string; password: string };
    Team: { id: string; name: string; cursor: string };
    View: "mine" | "unassigned" | "all" | "closed";
    ViewCounts: { mine: number; unassigned: number; all: number; closed: number };
    InboxBootstrap: {
      version: number;
      agent: components["schemas"]["Agent"];
      teams: components["schemas"]["Team"][];
      agents: components["schemas"]["Agent"][];
      counts: components["schemas"]["ViewCounts"];
      conversations: components["schemas"]["InboxConversation"][];
      next?: string | null;
    };
    InboxConversationList: {
      conversations: components["schemas"]["InboxConversation"][];
      next?: string | null;
      counts: components["schemas"]["ViewCounts"];
    };
    ConversationState: "open" | "closed";
    Receipts: { user_delivered_seq: number; user_read_seq: number; team_read_seq: number };
    UserSummary: {
      id: string;
      name?: string | null;
      email?: string | null;
      external_id?: string | null;
      verified: boolean;
    };
    InboxConversation: {
      id: string;
      app_id: string;
      team_id: string;
      user: components["schemas"]["UserSummary"];
      assignee_id?: string | null;
      title?: string | null;
      state: components["schemas"]["ConversationState"];
      last_seq: number;
      receipts: components["schemas"]["Receipts"];
      unread: number;
      waiting_since?: string | null;
      last_message?: components["schemas"]["Message"] | null;
      created_at: string;
      active_at: string;
    };
    Author: { kind: "user"; id: string } | { kind: "agent"; id: string; name: string } | { kind: "system" };
    KnownPart:
      | { type: "text"; text: string }
      | {
          type: "attachment";
          attachment_id: string;
          media_type: string;
          name?: string | null;
          bytes: number;
          width?: number | null;
          height?: number | null;
          thumbhash?: string | null;
        }
      | {
          type: "location";
          latitude: number;
          longitude: number;
          accuracy_m?: number | null;
          label?: string | null;
          measured_at?: string | null;
        }
      | { type: "quick_replies"; options: { id: string; label: string }[] }
      | {
          type: "form";
          title: string;
          fields: {
            id: string;
            label: string;
            kind: "text" | "number" | "email" | "date" | "boolean";
            required?: boolean;
          }[];
        }
      | { type: "system"; event: string };
    Message: {
      id: string;
      conversation_id: string;
      seq: number;
      author: components["schemas"]["Author"];
      parts: components["schemas"]["KnownPart"][];
      sent_at: string;
      edited_at?: string | null;
      deleted_at?: string | null;
    };
    Note: {
      id: string;
      conversation_id: string;
      after_seq: number;
      agent_id: string;
      agent_name: string;
      text: string;
      created_at: string;
    };
    Thread: {
      conversation: components["schemas"]["InboxConversation"];
      messages: components["schemas"]["Message"][];
      notes: components["schemas"]["Note"][];
      more: boolean;
    };
    Reply: { id: string; parts: components["schemas"]["KnownPart"][]; seen_seq?: number | null };
    WriteNote: { id: string; text: string };
    Assign: { agent_id: string | null };
    SetState: { state: components["schemas"]["ConversationState"] };
    MoveTeamReceipt: { read_seq: number };
    ChangeKind:
      | "conversation_opened"
      | "conversation_closed"
      | "conversation_reopened"
      | "conversation_assigned"
      | "message_added"
      | "receipt_moved"
      | "note_added"
      | "user_changed"
      | "unknown";
    Change: {
      seq: number;
      kind: components["schemas"]["ChangeKind"];
      conversation_id: string;
      message?: components["schemas"]["Message"] | null;
      note?: components["schemas"]["Note"] | null;
    };
    TeamChangePage: {
      changes: components["schemas"]["Change"][];
      conversations: components["schemas"]["InboxConversation"][];
      cursor: string;
      more: boolean;
    };
    TeamCatchup: ({ status: "changes" } & components["schemas"]["TeamChangePage"]) | { status: "reset" };
    ReconnectWindow: { min_ms: number; max_ms: number };
    InboxFrame:
      | { type: "follow"; teams: { team_id: string; cursor: string }[] }
      | { type: "typing"; conversation_id: string }
      | { type: "ping" };
    InboxServerFrame:
      | { type: "hello"; version: number; reconnect: components["schemas"]["ReconnectWindow"]; ping_ms: number }
      | { type: "changes"; team_id: string; page: components["schemas"]["TeamChangePage"] }
      | { type: "reset"; team_id: string }
      | { type: "typing"; conversation_id: string; agent_id?: string | null }
      | { type: "goodbye"; reconnect: components["schemas"]["ReconnectWindow"] }
      | { type: "pong" };
    Problem: {
      type: string;
      status: number;
      code: string;
      title: string;
      detail?: string | null;
      pointer?: string | null;
      retry_after?: number | null;
      unseen?: components["schemas"]["Message"][];
    };
  };
}
