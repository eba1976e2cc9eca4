import {h, section} from "./dom.js";

/** All that is needed to make the run again. */
export function recipe(run) {
  if (!run.commands?.length && !run.recipe_text && !run.data?.notes?.length) return null;
  const block = (title, ...text) => h("figure", null, h("h3", null, title), h("pre", {tabindex: "0"}, ...text));
  const commands = (all) => all.map((command) => h("div", {class: "command"}, command));
  const [make, ...steps] = run.commands ?? [];
  return section("recipe", "To make it again", run.seed === undefined ? null : `The first weights come of seed ${run.seed}. The same program, data, seed and threads give the same bits.`,
    make && block("The whole run", commands([make])),
    steps.length > 0 && block("Or step by step", commands(steps)),
    run.recipe_text && block(run.recipe ?? "The recipe", run.recipe_text.trim()),
    run.data?.notes?.length > 0 && block("How the data were read", run.data.notes.join("\n")));
}
