import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { launch } from "./browser";
import { Server } from "./server";

/** The server of this file of tests, once the scene is set. */
export let server: Server;
/** Its browser. */
export let browser: Browser;

/** Who answers in these tests; each signs in with this name at example.com. */
const AGENTS = { ana: "Ana Moreau", bastien: "Bastien Roche", emile: "Émile Renard" };

/** A server of its own with these agents, and a browser, for all tests of the file that calls this. */
export function setTheScene(...agents: (keyof typeof AGENTS)[]): void {
  beforeAll(async () => {
    server = await Server.start();
    for (const agent of agents) server.addAgent(AGENTS[agent], `${agent}@example.com`);
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });
}
