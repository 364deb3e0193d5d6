import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const file = (name: string) => join(import.meta.dirname, "receiver", name);

interface Grant {
  email: string;
  nonce: string;
  challenge: string;
  isFresh: boolean;
}

/** A company's identity provider, by another hand than the stand-in of the server's tests: a page that asks who one is. */
export class Provider {
  readonly clientId = "tidings";
  readonly clientSecret = "a secret of the provider";
  private readonly keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  private readonly grants = new Map<string, Grant>();

  private constructor(
    private readonly server: HttpsServer,
    private readonly port: number,
  ) {}

  get issuer(): string {
    return `https://localhost:${this.port}`;
  }

  static async start(): Promise<Provider> {
    const server = createServer({ key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const provider = new Provider(server, (server.address() as AddressInfo).port);
    server.on("request", (request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (piece: string) => {
        body += piece;
      });
      request.on("end", () => {
        const url = new URL(request.url ?? "/", provider.issuer);
        provider.answer(url, body, String(request.headers.authorization ?? ""), response);
      });
    });
    return provider;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(url: URL, body: string, authorization: string, response: ServerResponse): void {
    const say = (status: number, what: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(what));
    const query = url.searchParams;
    if (url.pathname === "/.well-known/openid-configuration") {
      say(200, {
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        id_token_signing_alg_values_supported: ["ES256"],
      });
    } else if (url.pathname === "/keys") {
      say(200, { keys: [{ ...this.keys.publicKey.export({ format: "jwk" }), kid: "one", use: "sig" }] });
    } else if (url.pathname === "/authorize") {
      const hidden = [...query].map(([name, value]) => `<input type=hidden name="${name}" value="${value}">`);
      response.writeHead(200, { "content-type": "text/html" }).end(
        `<!doctype html><title>Provider</title><form action=/go><label>E-mail <input name=email></label>
        ${hidden.join("")}<button>Go on</button><button name=refuse value=1>Refuse</button></form>`,
      );
    } else if (url.pathname === "/go") {
      response.writeHead(302, { location: this.back(query) }).end();
    } else if (url.pathname === "/token") {
      this.exchange(new URLSearchParams(body), authorization, say);
    } else {
      say(404, {});
    }
  }

  private back(query: URLSearchParams): string {
    const back = new URL(query.get("redirect_uri") ?? "");
    back.searchParams.set("state", query.get("state") ?? "");
    if (query.has("refuse")) {
      back.searchParams.set("error", "access_denied");
      return back.href;
    }
    const code = randomBytes(16).toString("base64url");
    this.grants.set(code, {
      email: query.get("email") ?? "",
      nonce: query.get("nonce") ?? "",
      challenge: query.get("code_challenge") ?? "",
      isFresh: query.get("prompt") === "login",
    });
    back.searchParams.set("code", code);
    return back.href;
  }

  private exchange(
    form: URLSearchParams,
    authorization: string,
    say: (status: number, what: unknown) => unknown,
  ): void {
    const pair = `${encodeURIComponent(this.clientId)}:${encodeURIComponent(this.clientSecret)}`;
    if (authorization !== `Basic ${Buffer.from(pair).toString("base64")}`) {
      say(401, { error: "invalid_client" });
      return;
    }
    const code = form.get("code") ?? "";
    const grant = this.grants.get(code);
    this.grants.delete(code);
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (!grant || grant.challenge !== challenge) {
      say(400, { error: "invalid_grant" });
      return;
    }
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: this.issuer,
      aud: this.clientId,
      sub: `of ${grant.email}`,
      nonce: grant.nonce,
      iat: now,
      exp: now + 300,
      auth_time: grant.isFresh ? now : now - 3_600,
      email: grant.email,
      email_verified: true,
      name: "Zoé Zola",
    };
    const text = (what: unknown) => Buffer.from(JSON.stringify(what)).toString("base64url");
    const message = `${text({ alg: "ES256", kid: "one" })}.${text(claims)}`;
    const signer = createSign("sha256").update(message);
    const signature = signer.sign({ key: this.keys.privateKey, dsaEncoding: "ieee-p1363" });
    say(200, { token_type: "Bearer", id_token: `${message}.${signature.toString("base64url")}` });
  }
}
