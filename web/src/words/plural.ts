type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Picks the form of a language for a number, and puts the number, grouped as the language does, where `#` stands. */
export function pluralOf(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const digits = new Intl.NumberFormat(language);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace("#", digits.format(count));
}
