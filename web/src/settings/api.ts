import { client, settle } from "../api/client";
import type { components } from "../api/schema";
import { gathered } from "./company/gathered";
import type { Whom } from "./company/whom";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type NewSecondFactor = Schemas["NewSecondFactor"];
export type PasskeyInfo = Schemas["PasskeyInfo"];
export type IdentityProvider = Schemas["IdentityProvider"];
export type Staff = Schemas["Staff"];
export type SessionInfo = Schemas["SessionInfo"];
export type StaffMember = Schemas["StaffMember"];
export type StaffTeam = Schemas["StaffTeam"];
export type Rule = Schemas["Rule"];
export type AssignmentRules = Schemas["AssignmentRules"];
export type Talents = Schemas["Talents"];
export type RulesTrial = Schemas["RulesTrial"];
export type TagUse = Schemas["TagUse"];
export type TagChanged = Schemas["TagChanged"];
export type TeamHours = Schemas["TeamHours"];
export type PushKeyInfo = Schemas["PushKeyInfo"];
export type PushProvider = Schemas["PushProvider"];
export type PushOptions = Schemas["PushOptions"];
export type Invitation = Schemas["Invitation"];
export type Role = Schemas["AgentRole"];
export type AppInfo = Schemas["App"];
export type IdentityKey = Schemas["IdentityKey"];
export type AuditEntry = Schemas["AuditEntry"];
export type AuditAct = Schemas["AuditAct"];
export type Fallback = Schemas["Fallback"];
export type Satisfaction = Schemas["Satisfaction"];
export type SetAppearance = Schemas["SetAppearance"];
export type AppearanceSettings = Schemas["AppearanceSettings"];
export type Retention = Schemas["Retention"];
export type CardSource = Schemas["CardSource"];
export type Webhook = Schemas["Webhook"];
export type WebhookEvent = Schemas["WebhookEvent"];
export type WebhookDelivery = Schemas["WebhookDelivery"];

const at = (id: string) => ({ params: { path: { id } } });

/** Everything about somebody takes as long as it takes: other requests are given up sooner. */
const patient = { parseAs: "stream", fetch: (request: Request) => fetch(request) } as const;

const exported = ({ by }: Whom) =>
  "user" in by
    ? client.GET("/inbox/v1/settings/users/{id}/export", { ...at(by.user), ...patient })
    : client.GET("/inbox/v1/settings/apps/{id}/users/{external_id}/export", {
        params: { path: { id: by.app, external_id: by.external_id } },
        ...patient,
      });

/** What the settings ask of the server. No method throws. */
export const settingsApi = {
  account: () => settle(client.GET("/inbox/v1/account")),
  prove: (body: Schemas["Proof"]) => settle(client.POST("/inbox/v1/session/proof", { body })),
  proofChallenge: () => settle(client.POST("/inbox/v1/session/proof/challenge")),
  proofAddress: () => settle(client.POST("/inbox/v1/session/proof/address")),
  connectAddress: () => settle(client.POST("/inbox/v1/account/provider/address")),
  connectProvider: (body: Schemas["ProviderReturn"]) =>
    settle(client.POST("/inbox/v1/account/provider", { body })),
  signInByProvider: (body: Schemas["ProviderReturn"]) =>
    settle(client.POST("/inbox/v1/session/provider", { body })),
  singleSignOn: () => settle(client.GET("/inbox/v1/settings/single_sign_on")),
  setSingleSignOn: (body: Schemas["SetSingleSignOn"]) =>
    settle(client.PUT("/inbox/v1/settings/single_sign_on", { body })),
  removeSingleSignOn: () => settle(client.DELETE("/inbox/v1/settings/single_sign_on")),
  trySingleSignOn: (body: Schemas["TrySingleSignOn"]) =>
    settle(client.POST("/inbox/v1/settings/single_sign_on/trial", { body })),
  passkeys: () => settle(client.GET("/inbox/v1/account/passkeys")),
  newPasskey: () => settle(client.POST("/inbox/v1/account/passkeys/challenge")),
  addPasskey: (body: Schemas["AddPasskey"]) => settle(client.POST("/inbox/v1/account/passkeys", { body })),
  namePasskey: (id: string, name: string) =>
    settle(client.PUT("/inbox/v1/account/passkeys/{id}/name", { ...at(id), body: { name } })),
  removePasskey: (id: string) => settle(client.DELETE("/inbox/v1/account/passkeys/{id}", at(id))),
  beginSecondFactor: () => settle(client.POST("/inbox/v1/account/second_factor")),
  confirmSecondFactor: (code: string) =>
    settle(client.PUT("/inbox/v1/account/second_factor", { body: { code } })),
  removeSecondFactor: () => settle(client.DELETE("/inbox/v1/account/second_factor")),
  recoveryCodes: () => settle(client.POST("/inbox/v1/account/recovery_codes")),
  changePassword: (current: string, next: string) =>
    settle(client.PUT("/inbox/v1/account/password", { body: { current, new: next } })),
  sessions: () => settle(client.GET("/inbox/v1/account/sessions")),
  endSession: (id: string) =>
    settle(client.DELETE("/inbox/v1/account/sessions/{id}", { params: { path: { id } } })),
  invitation: (token: string) => settle(client.POST("/inbox/v1/invitation", { body: { token } })),
  join: (body: { token: string; name: string; password: string }) =>
    settle(client.POST("/inbox/v1/invitation/accepted", { body })),
  setPassword: (body: { token: string; password: string }) =>
    settle(client.POST("/inbox/v1/invitation/password", { body })),
  staff: () => settle(client.GET("/inbox/v1/settings/agents")),
  makeTeam: (name: string) => settle(client.POST("/inbox/v1/settings/teams", { body: { name } })),
  renameTeam: (id: string, name: string) =>
    settle(client.PUT("/inbox/v1/settings/teams/{id}/name", { ...at(id), body: { name } })),
  setTeamMembers: (id: string, agent_ids: string[]) =>
    settle(client.PUT("/inbox/v1/settings/teams/{id}/members", { ...at(id), body: { agent_ids } })),
  setHours: (id: string, hours: TeamHours | null) =>
    settle(client.PUT("/inbox/v1/settings/teams/{id}/hours", { ...at(id), body: { hours } })),
  assignmentRules: () => settle(client.GET("/inbox/v1/settings/assignment_rules")),
  setAssignmentRules: (body: AssignmentRules) =>
    settle(client.PUT("/inbox/v1/settings/assignment_rules", { body })),
  tryAssignmentRules: (body: AssignmentRules) =>
    settle(client.POST("/inbox/v1/settings/assignment_rules/trial", { body })),
  tags: () => settle(client.GET("/inbox/v1/settings/tags")),
  renameTag: (tag: string, to: string) =>
    settle(client.POST("/inbox/v1/settings/tags/rename", { body: { tag, to } })),
  mergeTag: (tag: string, into: string) =>
    settle(client.POST("/inbox/v1/settings/tags/merge", { body: { tag, into } })),
  deleteTag: (tag: string) =>
    settle(client.DELETE("/inbox/v1/settings/tags", { params: { query: { tag } } })),
  setTalents: (id: string, body: Talents) =>
    settle(client.PUT("/inbox/v1/settings/agents/{id}/talents", { ...at(id), body })),
  setRole: (id: string, role: Role) =>
    settle(client.PUT("/inbox/v1/settings/agents/{id}/role", { ...at(id), body: { role } })),
  disable: (id: string) => settle(client.PUT("/inbox/v1/settings/agents/{id}/disabled", at(id))),
  enable: (id: string) => settle(client.DELETE("/inbox/v1/settings/agents/{id}/disabled", at(id))),
  resetSecondFactor: (id: string) =>
    settle(client.DELETE("/inbox/v1/settings/agents/{id}/second_factor", at(id))),
  disconnect: (id: string) => settle(client.DELETE("/inbox/v1/settings/agents/{id}/identity", at(id))),
  passwordLink: (id: string) => settle(client.POST("/inbox/v1/settings/agents/{id}/password_link", at(id))),
  rules: () => settle(client.GET("/inbox/v1/settings/sign_in_rules")),
  setRules: (second_factor_required: boolean) =>
    settle(client.PUT("/inbox/v1/settings/sign_in_rules", { body: { second_factor_required } })),
  invitations: () => settle(client.GET("/inbox/v1/settings/invitations")),
  invite: (body: Schemas["Invite"]) => settle(client.POST("/inbox/v1/settings/invitations", { body })),
  revokeInvitation: (id: string) => settle(client.DELETE("/inbox/v1/settings/invitations/{id}", at(id))),
  serverKeys: () => settle(client.GET("/inbox/v1/settings/server_keys")),
  makeServerKey: (label: string) =>
    settle(client.POST("/inbox/v1/settings/server_keys", { body: { label } })),
  revokeServerKey: (id: string) => settle(client.DELETE("/inbox/v1/settings/server_keys/{id}", at(id))),
  pushKeys: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/push", at(id))),
  setApns: (id: string, body: Schemas["ApnsCredential"]) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/push/apns", { ...at(id), body })),
  setFcm: (id: string, service_account: unknown) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/push/fcm", { ...at(id), body: { service_account } })),
  setWebPush: (id: string, contact: string) =>
    settle(
      client.PUT("/inbox/v1/settings/apps/{id}/push/web", { ...at(id), body: { contact, new_key: false } }),
    ),
  setPushWebhook: (id: string, url: string) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/push/webhook", { ...at(id), body: { url } })),
  pushOptions: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/push_options", at(id))),
  setPushOptions: (id: string, body: PushOptions) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/push_options", { ...at(id), body })),
  apps: () => settle(client.GET("/inbox/v1/settings/apps")),
  makeApp: (body: Schemas["CreateApp"]) => settle(client.POST("/inbox/v1/settings/apps", { body })),
  renameApp: (id: string, name: string) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/name", { ...at(id), body: { name } })),
  shutApp: (id: string) => settle(client.PUT("/inbox/v1/settings/apps/{id}/disabled", at(id))),
  openApp: (id: string) => settle(client.DELETE("/inbox/v1/settings/apps/{id}/disabled", at(id))),
  testPush: ({ by }: Whom) =>
    "user" in by
      ? settle(client.POST("/inbox/v1/settings/users/{id}/push_test", { ...at(by.user), body: {} }))
      : settle(
          client.POST("/inbox/v1/settings/apps/{id}/users/{external_id}/push_test", {
            params: { path: { id: by.app, external_id: by.external_id } },
            body: {},
          }),
        ),
  identityKeys: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/identity_keys", at(id))),
  addIdentityKey: (id: string) =>
    settle(
      client.POST("/inbox/v1/settings/apps/{id}/identity_keys", {
        ...at(id),
        body: { algorithm: "HS256" },
      }),
    ),
  revokeIdentityKey: (id: string, key: string, sessions: "end" | "go_on") =>
    settle(
      client.DELETE("/inbox/v1/settings/apps/{id}/identity_keys/{key_id}", {
        params: { path: { id, key_id: key }, query: { sessions } },
      }),
    ),
  auditLog: (query: { before?: number; act?: AuditAct; limit: number }) =>
    settle(client.GET("/inbox/v1/settings/audit_log", { params: { query } })),
  fallback: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/fallback", at(id))),
  setFallback: (id: string, body: Fallback) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/fallback", { ...at(id), body })),
  satisfaction: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/satisfaction", at(id))),
  setSatisfaction: (id: string, body: Satisfaction) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/satisfaction", { ...at(id), body })),
  stopSatisfaction: (id: string) =>
    settle(client.DELETE("/inbox/v1/settings/apps/{id}/satisfaction", at(id))),
  appearance: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/appearance", at(id))),
  setAppearance: (id: string, body: SetAppearance) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/appearance", { ...at(id), body })),
  /** The bytes go as they are: what they are, the server finds out by itself. */
  setLogo: (id: string, picture: Blob) =>
    settle(
      client.PUT("/inbox/v1/settings/apps/{id}/logo", {
        ...at(id),
        body: [],
        bodySerializer: () => picture,
        headers: { "content-type": picture.type || "application/octet-stream" },
      }),
    ),
  removeLogo: (id: string) => settle(client.DELETE("/inbox/v1/settings/apps/{id}/logo", at(id))),
  stopFallback: (id: string) => settle(client.DELETE("/inbox/v1/settings/apps/{id}/fallback", at(id))),
  cardSource: (id: string) => settle(client.GET("/inbox/v1/settings/apps/{id}/cards", at(id))),
  setCardSource: (id: string, url: string) =>
    settle(client.PUT("/inbox/v1/settings/apps/{id}/cards", { ...at(id), body: { url } })),
  removeCardSource: (id: string) => settle(client.DELETE("/inbox/v1/settings/apps/{id}/cards", at(id))),
  retention: () => settle(client.GET("/inbox/v1/settings/retention")),
  setRetention: (body: Schemas["SetRetention"]) =>
    settle(client.PUT("/inbox/v1/settings/retention", { body })),
  /** Everything about a user, as a file; `onBytes` hears how much has come. */
  exportUser: (whom: Whom, onBytes: (bytes: number) => void) =>
    settle(exported(whom).then((answer) => gathered(answer, onBytes))),
  eraseUser: ({ by }: Whom) =>
    "user" in by
      ? settle(client.DELETE("/inbox/v1/settings/users/{id}", at(by.user)))
      : settle(
          client.DELETE("/inbox/v1/settings/apps/{id}/users/{external_id}", {
            params: { path: { id: by.app, external_id: by.external_id } },
          }),
        ),
  erasure: (fingerprint: string) =>
    settle(client.GET("/inbox/v1/settings/erasures/{fingerprint}", { params: { path: { fingerprint } } })),
  webhooks: () => settle(client.GET("/inbox/v1/settings/webhooks")),
  addWebhook: (body: Schemas["SetWebhook"]) => settle(client.POST("/inbox/v1/settings/webhooks", { body })),
  changeWebhook: (id: string, body: Schemas["SetWebhook"]) =>
    settle(client.PUT("/inbox/v1/settings/webhooks/{id}", { ...at(id), body })),
  removeWebhook: (id: string) => settle(client.DELETE("/inbox/v1/settings/webhooks/{id}", at(id))),
  renewWebhookSecret: (id: string) => settle(client.POST("/inbox/v1/settings/webhooks/{id}/secret", at(id))),
  testWebhook: (id: string) => settle(client.POST("/inbox/v1/settings/webhooks/{id}/test", at(id))),
  deliveries: (id: string, query: { before?: string; limit: number }) =>
    settle(client.GET("/inbox/v1/settings/webhooks/{id}/deliveries", { params: { path: { id }, query } })),
  replayDelivery: (id: string, delivery_id: string) =>
    settle(
      client.POST("/inbox/v1/settings/webhooks/{id}/deliveries/{delivery_id}/replay", {
        params: { path: { id, delivery_id } },
      }),
    ),
  endOtherSessions: () => settle(client.DELETE("/inbox/v1/account/sessions")),
};
