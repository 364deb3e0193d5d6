import { client, settle } from "../api/client";
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type NewSecondFactor = Schemas["NewSecondFactor"];
export type SessionInfo = Schemas["SessionInfo"];

/** What the settings ask of the server. No method throws. */
export const settingsApi = {
  account: () => settle(client.GET("/inbox/v1/account")),
  prove: (body: { password: string } | { code: string }) =>
    settle(client.POST("/inbox/v1/session/proof", { body })),
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
  endOtherSessions: () => settle(client.DELETE("/inbox/v1/account/sessions")),
};
