import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "./server";

/** A phone with the SDK itself in it: a program on the public API of its core, driven by lines of text. */
export class SdkPhone {
  private said = "";
  private ended: number | null = null;

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {
    process.stdout?.on("data", (bytes: Buffer) => {
      this.said += bytes;
    });
    process.stderr?.on("data", (bytes: Buffer) => {
      this.said += bytes;
    });
    process.on("exit", (code) => {
      this.ended = code ?? -1;
    });
  }

  /** An anonymous user's phone in a time zone. */
  static start(server: Server, zone: string): SdkPhone {
    const path = process.env["TIDINGS_PHONE_BIN"];
    if (!path || !existsSync(path)) {
      throw new Error(
        "TIDINGS_PHONE_BIN must name the phone: cargo build -p tidings-sdk-core --example phone, then target/debug/examples/phone",
      );
    }
    const folder = mkdtempSync(join(tmpdir(), "tidings-phone-"));
    const args = ["--app", server.app, "--server", server.address, "--data", folder, "--script", "-"];
    return new SdkPhone(spawn(path, args, { env: { ...process.env, TZ: zone } }), folder);
  }

  /** Does a line, and waits until the phone has said this since. */
  async does(line: string, expected?: RegExp): Promise<RegExpMatchArray | null> {
    const before = this.said.length;
    this.process.stdin?.write(`${line}\n`);
    if (!expected) return null;
    for (const end = Date.now() + 30_000; Date.now() < end; ) {
      const found = this.said.slice(before).match(expected);
      if (found) return found;
      if (this.ended !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the phone did not answer "${line}" with ${expected}: ${this.said}`);
  }

  async end(): Promise<void> {
    this.process.stdin?.end("quit\n");
    for (let turn = 0; this.ended === null && turn < 500; turn++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
