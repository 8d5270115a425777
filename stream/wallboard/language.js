// Which language, and sentences in it.

import en from "./texts/en.js";
import ko from "./texts/ko.js";
import zhCN from "./texts/zh-CN.js";

export const LANGUAGES = [en, ko, zhCN];

/** The texts for `wanted`, a list of language tags, best first. Regions do not matter: any Chinese is zh-CN. */
export function chooseTexts(wanted) {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    const found = LANGUAGES.find((texts) => texts.language.split("-")[0] === base);
    if (found) return found;
  }
  return en;
}

/** say(key, values): the text with its {names} filled in. Numbers are formatted; `n` chooses the plural form. */
export function speaker(texts) {
  const numbers = new Intl.NumberFormat(texts.language);
  const rules = new Intl.PluralRules(texts.language);
  return (key, values = {}) => {
    const found = texts[key] ?? key;
    const text = typeof found === "string" ? found : (found[rules.select(values.n)] ?? found.other);
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name] ?? "";
      return typeof value === "number" ? numbers.format(value) : value;
    });
  };
}
