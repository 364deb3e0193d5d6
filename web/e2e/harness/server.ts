import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const PASSWORD = "correct horse battery";

export interface Account {
  id: string;
  name: string;
  email: string;
}

function binary(): string {
  const path = process.env["TIDINGS_SERVER_BIN"];
  if (!path || !existsSync(path)) {
    throw new Error(
      "TIDINGS_SERVER_BIN must name the server's binary; the browser tests run against the real one",
    );
  }
  return path;
}

/** Everything of one server lies in its folder. Agents sign in more often here than people do. */
function configuration(folder: string, port: number, more: readonly string[]): string {
  return [
    `listen = "127.0.0.1:${port}"`,
    `database_url = "sqlite:${join(folder, "tidings.db")}"`,
    "[rates]",
    "agent_sign_ins_per_minute = 600",
    "sign_ins_per_minute = 0",
    "address_per_second = 0",
    ...more,
    "",
  ].join("\n");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** A real server on a folder of its own, which can be killed and started again on the same port. */
export class Server {
  private process: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    readonly app: string,
    /** Signs identity tokens (HS256). */
    readonly identitySecret: string,
  ) {}

  static start(): Promise<Server> {
    return Server.prepare(() => {});
  }

  /** A server whose database is made ready before it starts, by commands of the binary; `more` lines of configuration. */
  static async prepare(
    ready: (folder: string, run: (input: string, ...command: string[]) => unknown) => void,
    more: readonly string[] = [],
  ): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "tidings-inbox-"));
    const port = await freePort();
    writeFileSync(join(folder, "tidings.toml"), configuration(folder, port, more));
    Server.run(folder, `${PASSWORD}\n`, "init", "--password-stdin");
    const app = Server.run(folder, "", "app", "add", "--name", "Demo shop") as {
      app_id: string;
      identity_secret: string;
    };
    ready(folder, (input, ...command) => Server.run(folder, input || `${PASSWORD}\n`, ...command));
    const server = new Server(folder, port, app.app_id, app.identity_secret);
    await server.up();
    return server;
  }

  /** `localhost` and not the number: a name that browsers take for a secure context with `__Host-` cookies. */
  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** For requests of the tests themselves, which resolve no name. */
  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  addAgent(name: string, email: string, role = "agent"): Account {
    return Server.run(
      this.folder,
      `${PASSWORD}\n`,
      "agent",
      "add",
      "--email",
      email,
      "--name",
      name,
      "--role",
      role,
      "--password-stdin",
    ) as Account;
  }

  /** Shuts somebody out who has left. */
  disableAgent({ email }: Account): void {
    Server.run(this.folder, "", "agent", "disable", email);
  }

  /** Starts the server and waits until it takes traffic. */
  async up(): Promise<void> {
    const log = openSync(join(this.folder, "log"), "a");
    const args = ["--config", join(this.folder, "tidings.toml"), "serve"];
    this.process = spawn(binary(), args, { stdio: ["ignore", log, log] });
    for (let tries = 0; tries < 200; tries++) {
      const ready = await fetch(`${this.address}/ready`).catch(() => null);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server did not become ready; its log is ${join(this.folder, "log")}`);
  }

  /** As a power cut would: no goodbye, no flush. */
  async kill(): Promise<void> {
    const { process } = this;
    this.process = null;
    if (!process) return;
    await new Promise((resolve) => {
      process.once("exit", resolve);
      process.kill("SIGKILL");
    });
  }

  /** Goes on with other lines of configuration. */
  async reconfigure(more: readonly string[]): Promise<void> {
    await this.kill();
    writeFileSync(join(this.folder, "tidings.toml"), configuration(this.folder, this.port, more));
    await this.up();
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command of the binary and reads its JSON. */
  private static run(folder: string, input: string, ...command: string[]): unknown {
    const output = execFileSync(binary(), ["--config", join(folder, "tidings.toml"), "--json", ...command], {
      input,
      encoding: "utf8",
    });
    return output.trim() === "" ? null : JSON.parse(output);
  }
}
