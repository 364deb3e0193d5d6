// Every example of a wire type that the inbox uses is held against the TypeScript type of the same name.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Examples, fixtureNames, readFixture } from "../sync/fixtures";
import { readFrame } from "../sync/wire";

/** Wire types that the inbox neither sends nor reads. */
const OTHERS =
  /^(AddIdentityKey|AdminUser|AgentRole|ApnsCredential|App|AppFrame|AppServerFrame|Bootstrap|Conversation|ConversationList|CreateAgent|CreateApp|DeviceInfo|FcmCredential|Hello|IdentityKeys?|Ledger|LedgerPush|Me|MessageList|MoveReceipt|OpenConversation|Parts|Platform|ProblemCode|Push[A-Za-z]+|SendMessage|SignIn|SignedIn|UpdateDevice|UpsertUser|User[A-Z][A-Za-z]+Page|UserCatchup|UserSideTyping)$/;

/** The generator's names for the two uses of a generic type. */
const NAMES: Record<string, string> = {
  TeamChangePage: "ChangePage_InboxConversation",
  TeamCatchup: "Catchup_InboxConversation",
};

const root = new URL("../../", import.meta.url).pathname;
const files = fixtureNames("./", ".json").map((name) => readFixture<Examples<unknown>>(name));
const mine = files.filter((file) => file.type !== undefined && !OTHERS.test(file.type));

test("the types of the inbox accept what the server writes", { timeout: 60_000 }, () => {
  expect(mine.length).toBeGreaterThan(30);
  const folder = `${root}node_modules/.fixtures`;
  mkdirSync(folder, { recursive: true });
  const lines = mine.flatMap(({ type, examples }) =>
    examples
      // Parts of a later version are outside the types on purpose; the thread shows a placeholder for them.
      .filter(({ name }) => !name.includes("later_version"))
      .map(
        ({ name, value }) =>
          `// ${type} ${name}\nshow<Schemas["${NAMES[type] ?? type}"]>(${JSON.stringify(value)});`,
      ),
  );
  const code = `import type { components } from "../../src/api/schema";\ntype Schemas = components["schemas"];\nfunction show<T>(_: T) {}\n${lines.join("\n")}\n`;
  writeFileSync(`${folder}/examples.ts`, code);
  const config = { extends: "../../tsconfig.json", include: ["examples.ts"], compilerOptions: { types: [] } };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  let faults = "";
  try {
    execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", folder, "--noEmit"]);
  } catch (error) {
    const lines = readFileSync(`${folder}/examples.ts`, "utf8").split("\n");
    faults = String((error as { stdout: Buffer }).stdout).replace(
      /examples\.ts\((\d+),\d+\)/g,
      (place, line) => `${place} ${lines[Number(line) - 2]}`,
    );
  }
  expect(faults).toBe("");
});

test.each(readFixture<Examples<unknown>>("later/inbox_server_frame.json").examples)(
  "a frame of a later version is read without harm: $name",
  ({ value }) => expect(readFrame(JSON.stringify(value))).toEqual(value),
);

test.each(["", "null", "7", "[]", '"x"', "{", '{"no":"type"}'])("%j is no frame", (text) => {
  expect(readFrame(text)).toBeNull();
});
