import { useCallback, useEffect, useState } from "react";
import type { FileForm } from "../api/types";
import { useInbox } from "../inbox/context";
import type { Found } from "../sync/addresses";

export type Forms = Found | { kind: "asking" };

/** Where a file can be fetched; `again` asks anew, for an address that turned out to be worth nothing. */
export function useForms(id: string): { forms: Forms; again: () => void } {
  const inbox = useInbox();
  const [forms, setForms] = useState<Forms>(() => {
    const held = inbox.addresses.held(id);
    return held ? { kind: "there", forms: held } : { kind: "asking" };
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    void inbox.addresses.of(id, round > 0 ? "anew" : "held").then((found) => isCurrent && setForms(found));
    return () => {
      isCurrent = false;
    };
  }, [inbox, id, round]);
  const again = useCallback(() => {
    setForms({ kind: "asking" });
    setRound((count) => count + 1);
  }, []);
  return { forms, again };
}

/** The form of a name, else the largest there is. */
export const formOf = (forms: readonly FileForm[], variant: FileForm["variant"]): FileForm | undefined =>
  forms.find((form) => form.variant === variant) ?? forms.at(-1);
