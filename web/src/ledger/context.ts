import { createContext } from "react";

/** Opens the ledger of a message. */
export const OpenLedger = createContext<(message: string) => void>(() => {});
