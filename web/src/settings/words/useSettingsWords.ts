import { type Language, useWords } from "../../words/words";
import { en, type SettingsWords } from "./en";
import { fr } from "./fr";

const catalogues: Record<Language, SettingsWords> = { en, fr };

/** The words of the settings in the chosen language, and its formats. */
export function useSettingsWords() {
  const { language, format } = useWords();
  return { it: catalogues[language], format, language };
}
