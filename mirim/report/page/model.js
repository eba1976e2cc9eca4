// What several sections ask of the run.

/** The model that goes onto the device: the int8 one, else the last. */
export const deployed = (run) => run.models?.find((model) => model.name === "int8") ?? run.models?.at(-1);
export const float = (run) => run.models?.find((model) => model.name === "float32");

/** The colour of a model's balls and lines. */
export const colour = (model) => (model.name === "float32" ? "var(--float32)" : "var(--int8)");

/** {flash, ram}: what the firmware takes of the board, as far as it was measured. RAM is static data and stack. */
export function taken({firmware}) {
  const sum = (...parts) => (parts.every((part) => part !== undefined) ? parts.reduce((a, b) => a + b) : undefined);
  return {
    flash: sum(firmware?.code_bytes, firmware?.constant_bytes),
    ram: sum(firmware?.static_ram_bytes, firmware?.stack_bytes ?? 0),
  };
}

/** Precision, recall and F1 of each class of a confusion matrix (rows true, columns predicted), unless the run has them. */
export function perClass(model) {
  if (model.per_class) return model.per_class;
  return model.confusion.map((row, c) => {
    const hit = row[c];
    const predicted = model.confusion.reduce((sum, other) => sum + other[c], 0);
    const present = row.reduce((sum, n) => sum + n, 0);
    return {precision: predicted ? hit / predicted : 0, recall: present ? hit / present : 0, f1: predicted + present ? (2 * hit) / (predicted + present) : 0};
  });
}
