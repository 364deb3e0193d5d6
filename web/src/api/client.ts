import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type {
  AgentNotifications,
  Assign,
  Filter,
  HoldReply,
  Part,
  Priority,
  Problem,
  PushSubscriptionBody,
  PutSavedReply,
  PutSavedView,
  ReleaseReply,
  ReportQuery,
  SearchQuery,
  ShownPasskey,
} from "./types";

/**
 * What became of a request. `lost` means that the outcome is unknown: no answer came, or one that is not ours (a
 * captive portal, a proxy), or the server could not do it for the moment. Repeat it with the same id.
 */
export type Outcome<T> =
  | { kind: "done"; value: T }
  | { kind: "refused"; problem: Problem }
  | { kind: "lost"; retryAfterMs: number | null }
  /** There is no session, or, `locked`, one that opens nothing until a second factor is set up. */
  | { kind: "signed_out"; locked?: boolean };

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What an agent can say. */
export type SentPart = Extract<Part, { type: "text" | "attachment" | "request" }>;

/** Milliseconds after which a request counts as lost. */
const PATIENCE_MS = 20_000;

export const client = createClient<paths>({
  credentials: "same-origin",
  cache: "no-store",
  fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }),
});

const repeatable = new Set([408, 425, 429]);

export async function settle<T>(asked: Promise<Answer<T>>): Promise<Outcome<T>> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch {
    return { kind: "lost", retryAfterMs: null };
  }
  const { response } = answer;
  if (response.ok) {
    const ours = response.status === 204 || isJson(response) || response.headers.has("tus-resumable");
    return ours ? { kind: "done", value: answer.data as T } : { kind: "lost", retryAfterMs: null };
  }
  const problem = asProblem(answer.error, response.status);
  if (!problem || response.status >= 500 || repeatable.has(response.status)) {
    return { kind: "lost", retryAfterMs: retryAfter(response) };
  }
  if (problem.code === "second_factor_required") return { kind: "signed_out", locked: true };
  return problem.code === "unauthenticated" ? { kind: "signed_out" } : { kind: "refused", problem };
}

const isJson = (response: Response) => response.headers.get("content-type")?.includes("json") ?? false;

function asProblem(body: unknown, status: number): Problem | null {
  const known = typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
  return known ? ({ title: body.code, type: "about:blank", status, ...body } as Problem) : null;
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

const at = (id: string) => ({ path: { id } });

/** The inbox API, one method for each endpoint. No method throws. */
/** A query without what it does not say. */
const said = ({ tag, agent_id, app_id, priority, ...rest }: Filter & { before?: string; limit: number }) => ({
  ...rest,
  ...(tag ? { tag } : {}),
  ...(agent_id ? { agent_id } : {}),
  ...(app_id ? { app_id } : {}),
  ...(priority ? { priority } : {}),
});

export const api = {
  signIn: (email: string, password: string, code?: string) =>
    settle(client.POST("/inbox/v1/session", { body: { email, password, ...(code && { code }) } })),
  signInWays: () => settle(client.GET("/inbox/v1/session/ways")),
  providerAddress: () => settle(client.POST("/inbox/v1/session/provider/address")),
  passkeyChallenge: () => settle(client.POST("/inbox/v1/session/passkey/challenge")),
  signInByPasskey: (body: ShownPasskey) => settle(client.POST("/inbox/v1/session/passkey", { body })),
  signOut: () => settle(client.DELETE("/inbox/v1/session")),
  bootstrap: (limit: number) => settle(client.GET("/inbox/v1/bootstrap", { params: { query: { limit } } })),
  changes: (team: string, after: string, limit: number) =>
    settle(client.GET("/inbox/v1/teams/{id}/changes", { params: { ...at(team), query: { after, limit } } })),
  conversations: (query: Filter & { before?: string; limit: number }) =>
    settle(client.GET("/inbox/v1/conversations", { params: { query: said(query) } })),
  conversation: (id: string) => settle(client.GET("/inbox/v1/conversations/{id}", { params: at(id) })),
  search: (query: SearchQuery) => settle(client.GET("/inbox/v1/search", { params: { query } })),
  thread: (conversation: string, query: { before?: number; after?: number; limit: number }) =>
    settle(client.GET("/inbox/v1/conversations/{id}/thread", { params: { ...at(conversation), query } })),
  /** `outlivesPage`: the request goes on when the page that made it is gone. */
  reply: (
    conversation: string,
    id: string,
    parts: readonly SentPart[],
    seenSeq: number,
    quote: string | null,
    outlivesPage = false,
  ) =>
    settle(
      client.POST("/inbox/v1/conversations/{id}/replies", {
        params: at(conversation),
        body: { id, parts: [...parts], seen_seq: seenSeq, quote },
        keepalive: outlivesPage,
      }),
    ),
  /** Leaves a reply with the server, which sends it at its time; the answer is the header, with what is held. */
  holdReply: (conversation: string, body: HoldReply) =>
    settle(
      client.POST("/inbox/v1/conversations/{id}/held_replies", {
        params: at(conversation),
        body,
        keepalive: true,
      }),
    ),
  withdrawReply: (conversation: string, message: string) =>
    settle(
      client.DELETE("/inbox/v1/conversations/{id}/held_replies/{message_id}", {
        params: { path: { id: conversation, message_id: message } },
      }),
    ),
  setSendTime: (conversation: string, message: string, sendAt: string) =>
    settle(
      client.PUT("/inbox/v1/conversations/{id}/held_replies/{message_id}/time", {
        params: { path: { id: conversation, message_id: message } },
        body: { send_at: sendAt },
      }),
    ),
  releaseReply: (conversation: string, message: string, body: ReleaseReply) =>
    settle(
      client.POST("/inbox/v1/conversations/{id}/held_replies/{message_id}/release", {
        params: { path: { id: conversation, message_id: message } },
        body,
      }),
    ),
  returnReply: (conversation: string, message: string, note: string) =>
    settle(
      client.POST("/inbox/v1/conversations/{id}/held_replies/{message_id}/return", {
        params: { path: { id: conversation, message_id: message } },
        body: { note },
      }),
    ),
  editReply: (conversation: string, message: string, text: string) =>
    settle(
      client.PATCH("/inbox/v1/conversations/{id}/messages/{message_id}", {
        params: { path: { id: conversation, message_id: message } },
        body: { text },
      }),
    ),
  deleteReply: (conversation: string, message: string, outlivesPage = false) =>
    settle(
      client.DELETE("/inbox/v1/conversations/{id}/messages/{message_id}", {
        params: { path: { id: conversation, message_id: message } },
        keepalive: outlivesPage,
      }),
    ),
  /** What this agent has begun to write and was changed after a revision. */
  drafts: (after: number, limit: number) =>
    settle(client.GET("/inbox/v1/drafts", { params: { query: { after, limit } } })),
  putDraft: (conversation: string, kind: "reply" | "note", text: string | null, msAgo: number) =>
    settle(
      client.PUT("/inbox/v1/conversations/{id}/drafts/{kind}", {
        params: { path: { id: conversation, kind } },
        body: { text, written_ms_ago: msAgo },
        keepalive: true,
      }),
    ),
  note: (conversation: string, id: string, text: string, mentions: string[]) =>
    settle(
      client.POST("/inbox/v1/conversations/{id}/notes", {
        params: at(conversation),
        body: { id, text, mentions },
      }),
    ),
  readMention: (conversation: string, note: string) =>
    settle(
      client.PUT("/inbox/v1/conversations/{id}/mention", {
        params: at(conversation),
        body: { note_id: note },
      }),
    ),
  assign: (conversation: string, body: Assign) =>
    settle(
      client.PUT("/inbox/v1/conversations/{id}/assignee", {
        params: at(conversation),
        body,
      }),
    ),
  setState: (conversation: string, state: "open" | "closed") =>
    settle(client.PUT("/inbox/v1/conversations/{id}/state", { params: at(conversation), body: { state } })),
  snooze: (conversation: string, until: string | null) =>
    settle(client.PUT("/inbox/v1/conversations/{id}/snooze", { params: at(conversation), body: { until } })),
  merge: (conversation: string, into: string | null) =>
    settle(client.PUT("/inbox/v1/conversations/{id}/merge", { params: at(conversation), body: { into } })),
  setPriority: (conversation: string, priority: Priority) =>
    settle(
      client.PUT("/inbox/v1/conversations/{id}/priority", { params: at(conversation), body: { priority } }),
    ),
  changeTags: (conversation: string, add: string[], remove: string[]) =>
    settle(
      client.POST("/inbox/v1/conversations/{id}/tags", { params: at(conversation), body: { add, remove } }),
    ),
  savedReplies: (conversation: string | undefined) =>
    settle(
      client.GET("/inbox/v1/saved_replies", { params: { query: conversation ? { conversation } : {} } }),
    ),
  putSavedReply: (id: string, body: PutSavedReply) =>
    settle(client.PUT("/inbox/v1/saved_replies/{id}", { params: at(id), body })),
  deleteSavedReply: (id: string) => settle(client.DELETE("/inbox/v1/saved_replies/{id}", { params: at(id) })),
  savedViews: () => settle(client.GET("/inbox/v1/saved_views")),
  putSavedView: (id: string, body: PutSavedView) =>
    settle(client.PUT("/inbox/v1/saved_views/{id}", { params: at(id), body })),
  deleteSavedView: (id: string) => settle(client.DELETE("/inbox/v1/saved_views/{id}", { params: at(id) })),
  apps: () => settle(client.GET("/inbox/v1/apps")),
  tags: () => settle(client.GET("/inbox/v1/tags")),
  report: (query: ReportQuery) => settle(client.GET("/inbox/v1/reports", { params: { query } })),
  companyCards: (id: string) => settle(client.GET("/inbox/v1/conversations/{id}/cards", { params: at(id) })),
  due: (ids: readonly string[]) =>
    settle(client.GET("/inbox/v1/due", { params: { query: { ids: ids.join(",") } } })),
  expected: (id: string) => settle(client.GET("/inbox/v1/conversations/{id}/expected", { params: at(id) })),
  userCard: (id: string) => settle(client.GET("/inbox/v1/conversations/{id}/user", { params: at(id) })),
  setBlocked: (user: string, isBlocked: boolean) =>
    isBlocked
      ? settle(client.PUT("/inbox/v1/settings/users/{id}/blocked", { params: at(user) }))
      : settle(client.DELETE("/inbox/v1/settings/users/{id}/blocked", { params: at(user) })),
  testPush: (id: string) =>
    settle(client.POST("/inbox/v1/settings/users/{id}/push_test", { params: at(id), body: {} })),
  ledger: (conversation: string, message: string) =>
    settle(
      client.GET("/inbox/v1/conversations/{id}/messages/{message_id}/ledger", {
        params: { path: { id: conversation, message_id: message } },
      }),
    ),
  notifications: () => settle(client.GET("/inbox/v1/notifications")),
  setNotifications: (body: AgentNotifications) => settle(client.PUT("/inbox/v1/notifications", { body })),
  pushKey: () => settle(client.GET("/inbox/v1/push/key")),
  subscribe: (body: PushSubscriptionBody) => settle(client.PUT("/inbox/v1/push/subscription", { body })),
  unsubscribe: () => settle(client.DELETE("/inbox/v1/push/subscription")),
  fileForms: (attachment: string) =>
    settle(client.GET("/inbox/v1/attachments/{id}", { params: at(attachment) })),
  moveReceipt: (conversation: string, readSeq: number) =>
    settle(
      client.PUT("/inbox/v1/conversations/{id}/receipt", {
        params: at(conversation),
        body: { read_seq: readSeq },
      }),
    ),
};

export type Api = typeof api;
