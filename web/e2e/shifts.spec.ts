import { beforeAll, expect, test } from "vitest";
import { routedWords } from "../src/inbox/thread/routed";
import { en } from "../src/settings/words/en";
import { goTo, openConversation, openPage, picture, row, signIn } from "./harness/browser";
import { Phone } from "./harness/phone";
import { browser, server, setTheScene } from "./harness/scene";

setTheScene("bastien");
beforeAll(() => server.addAgent("Olive Ott", "olive@example.com", "owner"));

/** A place without summer time in which it is the middle of a day: hours that end soon are of today there. */
const zoneByDay = () => (new Date().getUTCHours() < 12 ? "Africa/Abidjan" : "Pacific/Honolulu");

/** The next full minute that is far enough for what comes before it, by the clock of a place. */
function soon(timeZone: string) {
  const at = new Date(Math.ceil((Date.now() + 20_000) / 60_000) * 60_000);
  const say = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(at);
  return {
    day: say({ weekday: "long" }),
    time: say({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  };
}

test("when the hours end, what waits is the team's again, and says who had it", async () => {
  const phone = await Phone.signIn(server);
  const [waits, answered] = [await phone.open("Waits"), await phone.open("Answered")];
  await phone.write(waits, "Is anybody there?");
  await phone.write(answered, "Thank you, by the way.");
  const { page: bastien, complaints } = await openPage(browser);
  await signIn(bastien, server, "bastien@example.com");
  for (const id of [waits, answered]) {
    await goTo(bastien, "all");
    await openConversation(bastien, id);
    await bastien.keyboard.press("Escape");
    await bastien.keyboard.press("i");
    await bastien.locator("header").getByText("Bastien Roche").first().waitFor();
  }
  await bastien.fill("#composer", "With pleasure.");
  await bastien.locator("#composer").press("Control+Enter");
  await bastien.locator("[data-status=sent]").last().waitFor();
  // Whoever looks at a conversation when the hours end keeps it.
  await bastien.goto(`${server.url}/mine`);
  await row(bastien, waits).waitFor();

  const { page: olive } = await openPage(browser);
  await signIn(olive, server, "olive@example.com");
  await olive.keyboard.press("g");
  await olive.keyboard.press("p");
  await olive.locator("[data-section=hours]").click();
  await olive.getByLabel(en.hours.byHours).check();
  const zone = zoneByDay();
  await olive.getByLabel(en.hours.zone).selectOption(zone);
  for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]) {
    await olive.getByRole("button", { name: en.hours.remove(day, "09:00") }).click();
  }
  await olive.getByLabel(en.hours.handsBack).check();
  const { day, time } = soon(zone);
  await olive.getByRole("button", { name: en.hours.addOn(day) }).click();
  await olive.getByLabel(en.hours.from(day)).fill("00:00");
  await olive.getByLabel(en.hours.until(day)).fill(time);
  await olive.getByRole("button", { name: en.hours.save, exact: true }).click();
  await olive.getByText(en.hours.saved).waitFor();
  await row(bastien, waits).waitFor();

  // Until the minute is over, and the look that comes after it.
  await row(bastien, waits).waitFor({ state: "detached", timeout: 150_000 });
  await row(bastien, answered).waitFor();
  await goTo(bastien, "unassigned");
  await openConversation(bastien, waits);
  await bastien.locator("[data-routed]").getByText(routedWords.en.hoursEnded("Bastien Roche")).waitFor();
  await picture(bastien, "shifts-ended");
  expect(complaints).toEqual([]);
}, 240_000);
