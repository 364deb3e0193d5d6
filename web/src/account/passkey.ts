import type { components } from "../api/schema";

type Schemas = components["schemas"];
type Challenge = Schemas["PasskeyChallenge"];

/** What a browser sends of a passkey that was shown. */
export type ShownPasskey = Schemas["ShownPasskey"];
/** What it sends of one that was made, but for its name. */
export type MadePasskey = Omit<Schemas["AddPasskey"], "name">;

/**
 * What became of asking the browser for a passkey. `known`: this authenticator has one for the account already; `given_up`: the
 * person closed what the browser showed, or nothing was there in time, which no browser tells apart.
 */
export type Asked<T> =
  | { kind: "done"; value: T }
  | { kind: "given_up" }
  | { kind: "known" }
  | { kind: "failed" };

export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential === "function" && navigator.credentials !== undefined;

/** Whether the browser offers passkeys while the person types into the field for the address. */
export const offersByItself = async (): Promise<boolean> =>
  hasPasskeys() && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);

export function toText(bytes: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

const described = (known: Schemas["PasskeyRef"][]): PublicKeyCredentialDescriptor[] =>
  known.map(({ id, transports }) => ({
    type: "public-key",
    id: toBytes(id),
    ...(transports.length > 0 && { transports: transports as AuthenticatorTransport[] }),
  }));

function faultOf(error: unknown): Asked<never> {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "InvalidStateError") return { kind: "known" };
  return { kind: name === "NotAllowedError" || name === "AbortError" ? "given_up" : "failed" };
}

/** Has the browser make a passkey. */
export async function makePasskey(asked: Schemas["NewPasskey"]): Promise<Asked<MadePasskey>> {
  try {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: toBytes(asked.challenge),
        rp: { id: asked.rp_id, name: asked.rp_name },
        user: { id: toBytes(asked.user_handle), name: asked.user_name, displayName: asked.display_name },
        pubKeyCredParams: asked.algorithms.map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: described(asked.existing),
        authenticatorSelection: {
          residentKey: "required",
          requireResidentKey: true,
          userVerification: "required",
        },
        attestation: "none",
        timeout: 300_000,
      },
    });
    if (!(made instanceof PublicKeyCredential)) return { kind: "failed" };
    const answer = made.response as AuthenticatorAttestationResponse;
    return {
      kind: "done",
      value: {
        client_data: toText(answer.clientDataJSON),
        attestation: toText(answer.attestationObject),
        transports: answer.getTransports?.().slice(0, 8) ?? [],
      },
    };
  } catch (error) {
    return faultOf(error);
  }
}

/** Asks for a passkey. With a `signal`, the browser offers it in the field for the address until the signal ends that. */
export async function askPasskey(asked: Challenge, signal?: AbortSignal): Promise<Asked<ShownPasskey>> {
  try {
    const shown = await navigator.credentials.get({
      publicKey: {
        challenge: toBytes(asked.challenge),
        rpId: asked.rp_id,
        allowCredentials: described(asked.allowed),
        userVerification: "required",
        timeout: 300_000,
      },
      ...(signal && { mediation: "conditional" as const, signal }),
    });
    if (!(shown instanceof PublicKeyCredential)) return { kind: "given_up" };
    const answer = shown.response as AuthenticatorAssertionResponse;
    return {
      kind: "done",
      value: {
        id: toText(shown.rawId),
        client_data: toText(answer.clientDataJSON),
        authenticator_data: toText(answer.authenticatorData),
        signature: toText(answer.signature),
        ...(answer.userHandle && { user_handle: toText(answer.userHandle) }),
      },
    };
  } catch (error) {
    return faultOf(error);
  }
}

/** Tells the keeper of a passkey that it opens nothing any more, where the browser can: it stops offering it. */
export function forgetPasskey(rpId: string, credentialId: string): void {
  const kind = PublicKeyCredential as unknown as {
    signalUnknownCredential?: (what: { rpId: string; credentialId: string }) => Promise<void>;
  };
  void kind.signalUnknownCredential?.({ rpId, credentialId }).catch(() => {});
}
