import type { Inbox } from "../sync/inbox";
import { formOf } from "./useForms";

/** Fetches a file as it came into the browser's downloads, by an address that holds now. */
export async function download(inbox: Inbox, id: string, name: string): Promise<"begun" | "gone" | "lost"> {
  const found = await inbox.addresses.of(id);
  if (found.kind !== "there") return found.kind;
  const form = formOf(found.forms, "original");
  if (!form) return "gone";
  const link = document.createElement("a");
  link.href = form.address;
  link.download = name;
  link.rel = "noreferrer";
  link.click();
  return "begun";
}
