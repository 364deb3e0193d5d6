import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const file = (name: string) => join(import.meta.dirname, "receiver", name);

/** The authority that vouches for the receiver, for the server's configuration. It is of no use but here. */
export const AUTHORITY = file("ca.pem");

export interface Told {
  id: string;
  /** Of the request, one of each secret. */
  signatures: string[];
  /** The status of the answer. */
  answered: number;
  /** What was signed. */
  signed: string;
  body: {
    type: string;
    timestamp: string;
    data: Record<string, never> & { message?: { parts: { text?: string }[] } };
  };
}

/** A company's own system, which takes webhooks and answers as it is told. */
export class Receiver {
  readonly told: Told[] = [];
  status = 204;
  /** What is said with a 200. */
  answer: unknown = null;

  private constructor(
    private server: HttpsServer,
    private readonly port: number,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer({ key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const receiver = new Receiver(server, (server.address() as AddressInfo).port);
    server.on("request", (request, response) => {
      let text = "";
      request.setEncoding("utf8");
      request.on("data", (piece: string) => {
        text += piece;
      });
      request.on("end", () => {
        const header = (name: string) => String(request.headers[name] ?? "");
        const id = header("webhook-id");
        receiver.told.push({
          id,
          answered: receiver.status,
          signatures: header("webhook-signature").split(" "),
          signed: `${id}.${header("webhook-timestamp")}.${text}`,
          body: JSON.parse(text),
        });
        const says = receiver.status === 200 ? JSON.stringify(receiver.answer) : undefined;
        response.writeHead(receiver.status, { "content-type": "application/json" }).end(says);
      });
    });
    return receiver;
  }

  get url(): string {
    return `https://localhost:${this.port}/tidings`;
  }

  /** What was told of a type. */
  of(type: string): Told[] {
    return this.told.filter(({ body }) => body.type === type);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Whether a request carries the signature of this secret, reckoned by another program than the server's. */
export function isSigned({ signatures, signed }: Told, secret: string): boolean {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return signatures.includes(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
}
