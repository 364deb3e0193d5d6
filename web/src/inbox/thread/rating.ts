/** What the ids of the choices begin with; behind it stands the score: `satisfaction.rs` of the protocol. */
const OPTION = "satisfaction_";

/** The score, from 1 to 5, that a choice stands for; null: it is no answer to what somebody thinks. */
export function scoreOf(option: string): number | null {
  const score = option.startsWith(OPTION) ? option.slice(OPTION.length) : "";
  return /^[1-5]$/.test(score) ? Number(score) : null;
}
