// Three questions whose answers are numbers.
import {h, section} from "../dom.js";
import {t} from "../texts.js";

/** Whether a number as a person wrote it is the answer: its comma may be a decimal mark or group digits. */
export function isRight({answer, tolerance}, given) {
  const text = given.trim().replace(/[\s%]+$/, "");
  const read = (decimal, group) => {
    const plain = [...text].filter((c) => c !== group && c !== " " && c !== "_").map((c) => (c === decimal ? "." : c)).join("");
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  };
  const slack = tolerance + 1e-9 * Math.abs(answer);
  return [read(".", ","), read(",", ".")].some((value) => Math.abs(value - answer) <= slack);
}

export const exercises = (all, prose) => section("exercises", t("exercises.title"), t("exercises.note"),
  h("ol", {class: "exercises"}, all.map((exercise, i) => {
    const verdict = h("p", {class: "verdict", "aria-live": "polite"});
    const why = h("div", {class: "why", hidden: true}, prose(exercise.why));
    const input = h("input", {type: "text", inputmode: "text", autocomplete: "off", "aria-label": t("exercises.answer", {n: i + 1})});
    const check = (event) => {
      event.preventDefault();
      if (input.value.trim() === "") return;
      const right = isRight(exercise, input.value);
      verdict.textContent = right ? t("exercises.right") : t("exercises.wrong");
      verdict.className = right ? "verdict good" : "verdict bad";
      why.hidden = !right;
    };
    return h("li", null, prose(exercise.question), h("form", {onsubmit: check}, input, h("button", {type: "submit"}, t("exercises.check"))), verdict, why);
  })));
