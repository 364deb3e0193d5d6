import { Fragment, memo, type ReactNode } from "react";
import { asTyped, type Block, blocksOf, type Run } from "../../words/markup";

const LINES = "[overflow-wrap:anywhere] whitespace-pre-wrap";

/** What stands for letters that are neither code nor an address. */
type Letters = (text: string) => ReactNode;
const asTheyAre: Letters = (text) => text;

/** Words of a user, as they were typed: lines kept, addresses clickable, nothing of it ever a mark. */
export const Typed = memo(function Typed({ text }: { text: string }) {
  return (
    <p dir="auto" className={LINES}>
      <Runs runs={asTyped(text)} letters={asTheyAre} />
    </p>
  );
});

/** Words of agents and of the company's systems, with their marks shown: elements of our own making, never their markup. */
export const Marked = memo(function Marked({
  text,
  letters = asTheyAre,
}: {
  text: string;
  letters?: Letters;
}) {
  const groups: Block[][] = [];
  for (const block of blocksOf(text)) {
    const last = groups.at(-1);
    const isList = block.kind === "bullet" || block.kind === "number";
    if (isList && last?.[0]?.kind === block.kind) last.push(block);
    else groups.push([block]);
  }
  const shown = groups.map((group, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of a text never change places
    <Group key={place} blocks={group} letters={letters} />
  ));
  return shown.length > 1 ? <div className="space-y-2">{shown}</div> : shown;
});

function Group({ blocks, letters }: { blocks: Block[]; letters: Letters }) {
  const [first] = blocks;
  if (!first) return null;
  const runs = <Runs runs={first.runs} letters={letters} />;
  const items = () =>
    blocks.map((block, place) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a list never change places
      <li key={place} value={block.number} dir="auto" className={LINES}>
        <Runs runs={block.runs} letters={letters} />
      </li>
    ));
  switch (first.kind) {
    case "bullet":
      return <ul className="list-disc space-y-0.5 ps-5">{items()}</ul>;
    case "number":
      return <ol className="list-decimal space-y-0.5 ps-7">{items()}</ol>;
    case "quote":
      return (
        <blockquote dir="auto" className={`${LINES} border-s-2 border-line-strong ps-3 text-ink-soft`}>
          {runs}
        </blockquote>
      );
    case "code":
      return (
        <pre
          dir="ltr"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
          tabIndex={0}
          className="overflow-x-auto rounded-lg bg-canvas px-3 py-2 text-left font-mono text-sm"
        >
          <code>{runs}</code>
        </pre>
      );
    default:
      return (
        <p dir="auto" className={LINES}>
          {runs}
        </p>
      );
  }
}

function Runs({ runs, letters }: { runs: Run[]; letters: Letters }) {
  return runs.map((run, place) => {
    let shown: ReactNode = run.code || run.link ? run.text : letters(run.text);
    if (run.code) shown = <code className="rounded bg-hover px-1 font-mono text-[0.9em]">{shown}</code>;
    if (run.link && URL.canParse(run.link))
      shown = (
        <a
          href={run.link}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="underline decoration-from-font underline-offset-2"
        >
          {shown}
        </a>
      );
    if (run.emphasis) shown = <em>{shown}</em>;
    if (run.strong) shown = <strong>{shown}</strong>;
    // biome-ignore lint/suspicious/noArrayIndexKey: the runs of a text never change places
    return <Fragment key={place}>{shown}</Fragment>;
  });
}
