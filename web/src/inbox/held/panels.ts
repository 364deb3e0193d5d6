export { Decision } from "./decision";
export { HeldView } from "./view";
