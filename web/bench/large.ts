import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Phone } from "../e2e/harness/phone";
import { Server } from "../e2e/harness/server";

export const CONVERSATIONS = 20_000;
const MESSAGES = 100_000;
/** Messages of the long thread. */
export const LONG = 5_000;
export const AGENT = "bench@example.com";

export interface Large {
  server: Server;
  /** The conversation of 5,000 messages. */
  long: string;
  phone: Phone;
}

/** An installation of 20,000 conversations and so many messages, on a real server. */
export async function grown(messages: number): Promise<Server> {
  const populate = process.env["TIDINGS_POPULATE_BIN"];
  if (!populate || !existsSync(populate))
    throw new Error("TIDINGS_POPULATE_BIN must name the program `populate`");
  return Server.prepare((folder, run) => {
    const [small, grown] = [join(folder, "small.backup"), join(folder, "large.backup")];
    run("", "agent", "add", "--email", AGENT, "--name", "Ana Moreau", "--password-stdin");
    run("", "backup", "--to", small);
    const wanted = ["--messages", String(messages), "--conversations", String(CONVERSATIONS)];
    execFileSync(populate, [small, grown, ...wanted], { stdio: "ignore" });
    for (const end of ["", "-wal", "-shm"]) rmSync(join(folder, `tidings.db${end}`), { force: true });
    run("", "restore", grown);
  });
}

/** The same with 100,000 messages, and one thread of 5,000. */
export async function large(): Promise<Large> {
  // One person of the app writes five thousand messages here, faster than people do.
  process.env["TIDINGS_RATES_ENABLED"] = "false";
  const server = await grown(MESSAGES);
  const phone = await Phone.signIn(server);
  const long = await phone.open("The long thread");
  // In order: a thread's numbers are given one after the other.
  for (let place = 1; place <= LONG; place++) await phone.write(long, lineOf(place));
  return { server, long, phone };
}

/** Messages of mixed heights, as people write them. */
function lineOf(place: number): string {
  const words = "the parcel has not come yet and nobody at the counter could tell me where it is ";
  return `${place} ${words.repeat([1, 1, 2, 1, 5, 1, 9, 1][place % 8] ?? 1)}`;
}
