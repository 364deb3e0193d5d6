// Reads the fixtures that the Rust tests write; only tests import this.
import { existsSync, readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../protocol/fixtures/", import.meta.url);

export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as T;
}

/** The names of the files of a folder that end so; none if the folder is not there. */
export function fixtureNames(folder: string, end: string): string[] {
  const place = new URL(folder, FOLDER);
  return existsSync(place)
    ? readdirSync(place)
        .filter((name) => name.endsWith(end))
        .sort()
    : [];
}

export interface Examples<T> {
  type: string;
  examples: { name: string; value: T }[];
}
