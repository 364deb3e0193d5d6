import { expect, test } from "vitest";
import { decisionWords } from "../inbox/held/decisionwords";
import { personWords } from "../inbox/person/words";
import { replyWords } from "../inbox/replies/words";
import { takeOverWords } from "../inbox/together/takeover";
import { tagWords } from "../settings/company/tagwords";
import { fr as settings } from "../settings/words/fr";
import { en } from "./en";
import { formatOf, localeOf } from "./format";
import { fr } from "./fr";

/** Every text of a catalogue with its path; functions are called with a value of their kind. */
function texts(catalogue: object, path = ""): [string, string][] {
  return Object.entries(catalogue).flatMap(([name, value]) => {
    const here = `${path}${name}`;
    if (typeof value === "string") return [[here, value] as [string, string]];
    if (typeof value === "function") return [[here, String(value(2, 3))] as [string, string]];
    return texts(value, `${here}.`);
  });
}

test("no text is empty, unfilled or undefined, in either language", () => {
  for (const catalogue of [en, fr]) {
    for (const [path, text] of texts(catalogue)) {
      expect(text.trim(), path).not.toBe("");
      expect(text, path).not.toMatch(/#|undefined|\[object/);
    }
  }
});

test("both languages explain the same problems and events", () => {
  expect(Object.keys(decisionWords.fr.reasons)).toEqual(Object.keys(decisionWords.en.reasons));
  expect(Object.keys(fr.attach.reasons)).toEqual(Object.keys(en.attach.reasons));
  expect(Object.keys(fr.part.events)).toEqual(Object.keys(en.part.events));
});

test("French calls a thing by the same name everywhere", () => {
  const all = [fr, settings, replyWords.fr, personWords.fr, tagWords.fr, takeOverWords.fr];
  const others = /Paramètres|Courriel|service à vous|mise en veille|résolue|(?<!\p{L})closes?(?!\p{L})/u;
  for (const catalogue of all)
    for (const [path, text] of texts(catalogue)) expect(text, path).not.toMatch(others);
});

test("French is French: nothing but names and signs is the same in both", () => {
  const english = new Map(texts(en));
  const same = texts(fr).filter(([path, text]) => english.get(path) === text);
  const allowed = [
    "product",
    "views.conversations",
    "thread.messages",
    "thread.system",
    "part.size",
    "file.kinds.pdf",
    "file.kinds.image",
    "file.kinds.document",
    "file.kinds.archive",
    "photo.photo",
    "map.radius",
    "photo.label",
    "photo.several",
    "alerts.title",
    "alerts.messages",
    "alerts.means.push",
    "keys.actions.alerts",
    "composer.note",
    "keys.actions.note",
    "palette.scopes.messages",
    "palette.scopes.notes",
    "palette.groups.conversations",
    "palette.groups.messages",
    "palette.groups.notes",
    "palette.conversation",
    "views.mentions",
    "views.narrowed",
    "keys.actions.goMentions",
    "alerts.means.mail",
  ];
  expect(same.map(([path]) => path).filter((path) => !allowed.includes(path))).toEqual([]);
});

test("French counts none and one alike", () => {
  expect(fr.list.unread(0)).toBe("0 non lu");
  expect(fr.list.unread(1)).toBe("1 non lu");
  expect(en.list.unread(0)).toBe("0 unread");
  expect(fr.thread.newBelow(2)).toBe("2 nouveaux messages");
});

test("dates follow the browser's region, in the language of the inbox", () => {
  expect(localeOf("en", ["en-GB", "fr"])).toBe("en-GB");
  expect(localeOf("fr", ["en-GB", "fr-CH"])).toBe("fr-CH");
  expect(localeOf("fr", ["en-GB"])).toBe("fr");
  const at = new Date(2026, 10, 21, 0, 50);
  expect(formatOf("en-GB").time(at)).toBe("00:50");
  expect(formatOf("fr").day(at, at)).toBe("samedi 21 novembre");
});

test("distances are told in metres until they are far", () => {
  expect([12.4, 9_000, 90_000].map(formatOf("en").distance)).toEqual(["12 m", "9,000 m", "90 km"]);
});

test("durations are told in the unit a person would take", () => {
  const { duration } = formatOf("en");
  expect([5_000, 12 * 60_000, 3 * 3_600_000, 3 * 86_400_000].map(duration)).toEqual([
    "1 min",
    "12 min",
    "3 hr",
    "3 days",
  ]);
});
