// The page's texts: those of mirim/report/texts/en.json or pt.json that came with it.

export const language = document.documentElement.lang;
/** How numbers and dates are written: "pt-BR" writes 1.234,5. */
export const locale = {en: "en-US", pt: "pt-BR"}[language];

const texts = JSON.parse(document.getElementById("texts").textContent);
const plural = new Intl.PluralRules(locale);
const number = new Intl.NumberFormat(locale, {maximumFractionDigits: 20});

/**
 * The text of a key in pieces, placeholders filled: a value that is a number is written by the language's rules, a node stays a
 * node, null and false leave nothing. Of a text with the forms "one" and "other" the number `n` takes one.
 */
export function pieces(key, values = {}) {
  const found = texts[key];
  if (found === undefined) throw new Error(`there is no text '${key}'`);
  const form = typeof found === "string" ? found : found[plural.select(values.n)] ?? found.other;
  return form.split(/\{(\w+)\}/).map((part, i) => {
    if (i % 2 === 0) return part;
    const value = values[part];
    if (value === undefined) throw new Error(`text '${key}': {${part}} has no value`);
    return typeof value === "number" ? number.format(value) : value || "";
  });
}

/** The text of a key: t("learning.epochs", {n: 3}). The key is written out where it is used, so that a test finds it. */
export const t = (key, values) => pieces(key, values).join("");
