export { Decision } from "./decision";
export { LeftOver } from "./leftover";
export { HeldView } from "./view";
