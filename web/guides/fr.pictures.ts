import { test } from "vitest";
import { setTheScene } from "../e2e/harness/scene";
import { drawAll } from "./draw";

setTheScene("ana", "bastien");

test("the pictures of the guides, fr", () => drawAll("fr"));
