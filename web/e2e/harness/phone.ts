import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Answering, Attachment, FileForms, Message } from "../../src/api/types";
import { idOf } from "../../src/sync/ids";
import type { Server } from "./server";

const id = (prefix: string) => idOf(prefix, Date.now(), randomBytes(10));

/** The app's side over HTTP: an anonymous user who writes, reads and confirms. */
export class Phone {
  private constructor(
    private readonly server: Server,
    private readonly token: string,
  ) {}

  /** Somebody whom the app's backend vouches for, under these names. */
  static async signInAs(
    server: Server,
    user: { sub: string; name?: string; email?: string; tidings_fields?: object },
  ): Promise<Phone> {
    const now = Math.floor(Date.now() / 1_000);
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { ...user, aud: server.app, iat: now, exp: now + 600 };
    const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
    const secret = Buffer.from(server.identitySecret, "base64url");
    const token = `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
    return Phone.signIn(server, token);
  }

  static async signIn(server: Server, identityToken?: string): Promise<Phone> {
    const device = { id: id("dev"), secret: randomBytes(32).toString("base64url"), platform: "other" };
    const answer = await fetch(`${server.address}/app/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ app_id: server.app, device, identity_token: identityToken }),
    });
    if (!answer.ok) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
    const { session_token } = (await answer.json()) as { session_token: string };
    return new Phone(server, session_token);
  }

  /** What this user may expect. */
  async answering(): Promise<Answering> {
    return (await this.ask("GET", "/app/v1/answering")) as Answering;
  }

  /** Tells the server where this device can be woken. */
  async registerPush(push: { provider: string; token: string; environment?: string }): Promise<void> {
    await this.ask("PUT", "/app/v1/device", { push });
  }

  /** Opens a conversation; its title is how a test finds it in the inbox. */
  async open(title: string, more: { context?: object; fields?: object } = {}): Promise<string> {
    const conversation = id("cnv");
    await this.ask("POST", "/app/v1/conversations", { id: conversation, title, ...more });
    return conversation;
  }

  /** Writes from somewhere in the app. */
  async writeFrom(conversation: string, text: string, context: object): Promise<Message> {
    const body = { id: id("msg"), parts: [{ type: "text", text }], context };
    return (await this.ask("POST", `/app/v1/conversations/${conversation}/messages`, body)) as Message;
  }

  /** What the app says of its user; nobody vouches for it. */
  async sayOfUser(fields: object): Promise<void> {
    await this.ask("PUT", "/app/v1/fields", { fields });
  }

  async write(conversation: string, text: string): Promise<Message> {
    return this.send(conversation, [{ type: "text", text }]);
  }

  /** Answers one message. */
  async quote(conversation: string, quote: string, text: string): Promise<Message> {
    return this.send(conversation, [{ type: "text", text }], quote);
  }

  async send(conversation: string, parts: unknown[], quote?: string): Promise<Message> {
    const body = { id: id("msg"), parts, quote };
    return (await this.ask("POST", `/app/v1/conversations/${conversation}/messages`, body)) as Message;
  }

  /** Where the author of a live place is now. */
  async move(
    message: Message,
    place: { number: number; latitude: number; longitude: number; accuracy_m?: number },
  ) {
    await this.ask(
      "PUT",
      `/app/v1/conversations/${message.conversation_id}/messages/${message.id}/place`,
      place,
    );
  }

  async endPlace(message: Message): Promise<void> {
    await this.ask("DELETE", `/app/v1/conversations/${message.conversation_id}/messages/${message.id}/place`);
  }

  async takeBack(message: Message): Promise<void> {
    await this.ask("DELETE", `/app/v1/conversations/${message.conversation_id}/messages/${message.id}`);
  }

  /** Uploads a file by tus, as the SDK does, and answers the part that goes into a message. */
  async upload(bytes: Buffer, name: string): Promise<Attachment & { type: "attachment" }> {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const attachment = id("att");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const headers = { authorization: `Bearer ${this.token}`, "tus-resumable": "1.0.0" };
    const metadata = `id ${base64(attachment)},sha256 ${base64(sha256)},filename ${base64(name)}`;
    const begun = await fetch(`${this.server.address}/app/v1/uploads`, {
      method: "POST",
      headers: { ...headers, "upload-length": `${bytes.length}`, "upload-metadata": metadata },
    });
    if (!begun.ok) throw new Error(`upload: ${begun.status} ${await begun.text()}`);
    const CHUNK = 512 * 1024;
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const sent = await fetch(`${this.server.address}/app/v1/uploads/${attachment}`, {
        method: "PATCH",
        headers: {
          ...headers,
          "upload-offset": `${at}`,
          "content-type": "application/offset+octet-stream",
        },
        body: new Uint8Array(bytes.subarray(at, at + CHUNK)),
      });
      if (!sent.ok) throw new Error(`chunk: ${sent.status} ${await sent.text()}`);
    }
    const { attachment: part } = (await this.ask("GET", `/app/v1/uploads/${attachment}`)) as {
      attachment: Attachment;
    };
    return { type: "attachment", ...part };
  }

  /** The bytes of a file, as the app fetches them. */
  async fetchFile(attachment: string, variant: string): Promise<Buffer> {
    const { variants } = (await this.ask("GET", `/app/v1/attachments/${attachment}`)) as FileForms;
    const form = variants.find((it) => it.variant === variant);
    const answer = await fetch(`${this.server.address}${form?.address}`);
    if (!answer.ok) throw new Error(`file: ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async messages(conversation: string): Promise<Message[]> {
    const page = await this.ask("GET", `/app/v1/conversations/${conversation}/messages?limit=100`);
    return (page as { messages: Message[] }).messages;
  }

  async confirm(conversation: string, receipt: { delivered_seq?: number; read_seq?: number }): Promise<void> {
    await this.ask("PUT", `/app/v1/conversations/${conversation}/receipt`, receipt);
  }

  /** Everything that the app can learn, as text: to look for what it must not. */
  async everything(conversation: string): Promise<string> {
    const bootstrap = (await this.ask("GET", "/app/v1/bootstrap")) as { cursor: string };
    const start = `${bootstrap.cursor.split(".")[0]}.0`;
    const seen = await Promise.all([
      this.ask("GET", `/app/v1/changes?after=${start}&limit=100`),
      this.ask("GET", "/app/v1/conversations"),
      this.ask("GET", `/app/v1/conversations/${conversation}`),
      this.messages(conversation),
    ]);
    return JSON.stringify([bootstrap, ...seen]);
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.server.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }
}

/** Text of a message, for comparing. */
export const textOf = (message: Message): string =>
  message.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
