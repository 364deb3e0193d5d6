import { VIEWS, type View } from "../api/types";

/** The lists that an agent goes through: the server's views, and the drafts, of which only this browser knows. */
export const SHELVES = [...VIEWS, "drafts"] as const;
export type Shelf = (typeof SHELVES)[number];

export const isView = (shelf: Shelf): shelf is View => shelf !== "drafts";
