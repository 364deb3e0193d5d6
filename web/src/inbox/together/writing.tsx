import { useWords } from "../../words/words";
import { useInbox, useWatched } from "../context";
import { namesOf } from "./names";
import { togetherWords } from "./words";

/** Who writes in a conversation: whether its user does, and which colleagues. */
export function useWriters(conversation: string): { isUser: boolean; colleagues: readonly string[] } {
  const typists = useWatched(`typing:${conversation}`, (inbox) => inbox.typists(conversation));
  const all = typists === "" ? [] : typists.split(" ");
  return { isUser: all.includes("user"), colleagues: all.filter((who) => who !== "user") };
}

/** Says above the composer who is writing at this moment. */
export function Writing({ conversation, user }: { conversation: string; user: string }) {
  const { words, language } = useWords();
  const { agents } = useInbox();
  const { isUser, colleagues } = useWriters(conversation);
  if (!isUser && colleagues.length === 0) return null;
  const names = namesOf(colleagues, agents, language);
  return (
    <p className="absolute bottom-1 left-6 flex max-w-[calc(100%-6rem)] flex-wrap gap-x-3 rounded-xl bg-canvas px-2 text-xs italic">
      {isUser && <span className="text-accent">{words.thread.userWriting(user)}</span>}
      {colleagues.length > 0 && (
        <span data-writing="colleague" className="text-warn">
          {togetherWords[language].writing(names, colleagues.length)}
        </span>
      )}
    </p>
  );
}
