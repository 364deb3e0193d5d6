import type { Reporter, TestModule } from "vitest/node";

/** Ends the output with one line that a person and a script can read. */
export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      // A file that could not be read has no tests, and that is a failure too.
      if (module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        if (test.result().state === "passed") passed++;
        else failed++;
      }
    }
    process.on("exit", () => console.log(`e2e: ${passed} passed, ${failed} failed`));
  }
}
