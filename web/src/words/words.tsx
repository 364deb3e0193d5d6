import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import type { Messages } from "./en";
import { type Format, formatOf, localeOf } from "./format";

export const LANGUAGES = { en: "English", fr: "Français" } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = "tidings.language";

const catalogues: Record<Language, () => Promise<Messages>> = {
  en: async () => (await import("./en")).en,
  fr: async () => (await import("./fr")).fr,
};

interface Words {
  words: Messages;
  format: Format;
  language: Language;
  choose: (language: Language) => void;
}

const Context = createContext<Words | null>(null);

/** The words and formats of the chosen language. */
export function useWords(): Words {
  const words = use(Context);
  if (!words) throw new Error("words are read inside <WordsProvider>");
  return words;
}

/** What was chosen before, else the first of the browser's languages that there is a catalogue for. */
function preferred(): Language {
  const kept = localStorage.getItem(KEPT);
  const wanted = [kept ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag): tag is Language => tag in LANGUAGES) ?? "en";
}

export function WordsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(preferred);
  const [words, setWords] = useState<Messages | null>(null);
  useEffect(() => {
    // Another tab may choose, too.
    const changed = () => setLanguage(preferred());
    window.addEventListener("storage", changed);
    return () => window.removeEventListener("storage", changed);
  }, []);
  useEffect(() => {
    let isCurrent = true;
    const load = () =>
      catalogues[language]().then(
        (loaded) => {
          if (!isCurrent) return;
          document.documentElement.lang = language;
          setWords(loaded);
        },
        // Without a connection, and not kept yet: what is shown stays until there is one.
        () => window.addEventListener("online", load, { once: true }),
      );
    void load();
    return () => {
      isCurrent = false;
      window.removeEventListener("online", load);
    };
  }, [language]);
  const value = useMemo(() => {
    if (!words) return null;
    const choose = (chosen: Language) => {
      localStorage.setItem(KEPT, chosen);
      setLanguage(chosen);
    };
    const format = formatOf(localeOf(words.language, navigator.languages));
    return { words, format, language: words.language as Language, choose };
  }, [words]);
  return value && <Context value={value}>{children}</Context>;
}
