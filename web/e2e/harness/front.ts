import { createServer, type Server as Http, request } from "node:http";
import { connect } from "node:net";
import type { Server } from "./server";

/** A proxy before the real server, as companies have one, that can deliver another version of the page's files. */
export class Front {
  private release = "";

  private constructor(
    private readonly http: Http,
    private readonly port: number,
  ) {}

  static async before(server: Server): Promise<Front> {
    const target = new URL(server.address);
    const http = createServer((asked, answer) => {
      // Plain, so that the worker's script can be changed on the way.
      const headers = { ...asked.headers, "accept-encoding": "identity" };
      const options = {
        host: target.hostname,
        port: target.port,
        path: asked.url,
        method: asked.method,
        headers,
      };
      const onward = request(options, (got) => {
        if (asked.url !== "/sw.js") {
          answer.writeHead(got.statusCode ?? 502, got.headers);
          got.pipe(answer);
          return;
        }
        const pieces: Buffer[] = [];
        got.on("data", (piece) => pieces.push(piece));
        got.on("end", () => {
          const script = Buffer.concat(pieces)
            .toString()
            .replace('"version":"', `"version":"${front.release}`);
          const { "content-length": _, etag: __, ...rest } = got.headers;
          answer.writeHead(200, rest);
          answer.end(script);
        });
      });
      onward.on("error", () => answer.writeHead(502).end());
      asked.pipe(onward);
    });
    http.on("upgrade", (asked, socket, head) => {
      const onward = connect(Number(target.port), target.hostname, () => {
        const lines = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}`);
        onward.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const address = http.address();
    const front = new Front(http, typeof address === "object" && address ? address.port : 0);
    return front;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** From now on the files are those of another version. */
  deploy(): void {
    this.release += "next-";
  }

  close(): void {
    this.http.close();
    this.http.closeAllConnections();
  }
}
