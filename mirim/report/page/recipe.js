import {h, section} from "./dom.js";
import {t} from "./texts.js";

/** All that is needed to make the run again. */
export function recipe(run) {
  if (!run.commands?.length && !run.recipe_text && !run.data?.notes?.length) return null;
  const block = (title, ...text) => h("figure", null, h("h3", null, title), h("pre", {tabindex: "0"}, ...text));
  const commands = (all) => all.map((command) => h("div", {class: "command"}, command));
  const [make, ...steps] = run.commands ?? [];
  return section("recipe", t("recipe.title"), run.seed === undefined ? null : t("recipe.note", {seed: `${run.seed}`}),
    make && block(t("recipe.whole"), commands([make])),
    steps.length > 0 && block(t("recipe.steps"), commands(steps)),
    run.recipe_text && block(run.recipe ?? t("recipe.recipe"), run.recipe_text.trim()),
    run.data?.notes?.length > 0 && block(t("recipe.data"), run.data.notes.join("\n")));
}
