// A run of a recipe with steps, seeds, scans, histograms and a search, made up for the tests of the report.
import {sample} from "./browser.mjs";

const seedValues = [1, 2, 3];
const t = 4.3027; // Student's t, 95 %, 2 degrees of freedom

/** Of three values: {mean, half, values}. */
export function spread(values) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
  return {mean, half: (t * deviation) / Math.sqrt(values.length), values};
}

const [float32, int8] = [{...sample.models[0], stored_bytes: 146792, samples: 10000}, {...sample.models[1], stored_bytes: 36698}];
const bell = (count, largest) => ({count, zeros: 0, largest, counts: Array.from({length: 40}, (_, i) => Math.round(count * 0.08 * Math.exp(-(((i - 19.5) / 8) ** 2))))});
const layers = ["conv_1", "conv_2", "dense_1"];
const weights = (each) => layers.map((name, i) => ({name, ...each(i)}));
const scan = (key, levels, lost) => ["all", ...layers].map((layer, l) => ({layer, scores: levels.map((level, i) => ({[key]: level, accuracy: Math.max(0.1, 0.93 - lost[i] * (l === 0 ? 1 : l / 4))}))}));
const step = (name, made_by, from, rest) => ({...float32, name, file: `${name}.tflite`, made_by, from, ...rest});
const candidate = (text, accuracy, stored, flash, rest) => ({candidate: text, finalist: false, accuracy, lost: 93 - 100 * accuracy, flash, stored, ram: 22000, arena: 20000, macs: 900000, ...rest});

const models = [
  {...float32, weights: weights(() => bell(4000, 0.4))},
  {...int8, weights: weights(() => bell(4000, 0.4))},
  step("pruned", "prune", "float", {accuracy: 0.9239, stored_bytes: 14680, weights: weights(() => ({...bell(4000, 0.4), zeros: 3200})), found: {scan: scan("sparsity", [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95], [0, 0.001, 0.004, 0.02, 0.1, 0.4, 0.8]), scan_samples: 1000,
    layers: layers.map((name) => ({name, weights: 4000, sparsity: 0.8}))}}),
  step("clustered", "cluster", "pruned", {accuracy: 0.9249, stored_bytes: 7340, weights: weights(() => ({count: 4000, zeros: 3200, largest: 0.31, values: [-0.31, -0.12, 0.1, 0.29], counts: [150, 260, 240, 150]})), found: {scan: scan("clusters", [256, 64, 32, 16, 8, 4, 2], [0, 0, 0.001, 0.01, 0.05, 0.3, 0.7]), scan_samples: 1000,
    layers: layers.map((name) => ({name, weights: 4000, centroids: 5}))}}),
  step("small", "shrink", "float", {accuracy: 0.9181, bytes: 30000, stored_bytes: 6100, macs: 800000, weights: weights(() => bell(2000, 0.7)), found: {before: 0.93, after: 0.921, score: "accuracy", front: [0, 2, 3], chosen: 3, candidates: [
    candidate("channels=0 sparsity=0 clusters=0 bits=8", 0.93, 36000, 44000),
    candidate("channels=0 sparsity=0.5 clusters=16 bits=8", 0.92, 19000, 44000),
    candidate("channels=0.2 sparsity=0.75 clusters=0 bits=4; 'conv_1' sparsity=0.5 bits=8", 0.915, 6100, 36000),
    candidate("channels=0.2 sparsity=0.75 clusters=0 bits=4; 'conv_1' sparsity=0.5 bits=8", 0.921, 6100, 36000, {finalist: true}),
  ]}}),
];

const by = [0, 0.004, -0.002];
const accuracies = models.map((m, i) => by.map((d) => m.accuracy + (i === 3 ? -d / 2 : d)));
const stored = models.map((m, i) => by.map((d) => m.stored_bytes + (i > 1 ? 10000 * d : 0)));
const seeds = {values: seedValues,
  models: models.map(({name}, i) => ({name, accuracy: spread(accuracies[i]), stored_bytes: spread(stored[i])})),
  pairs: models.flatMap(({name}, i) => models.slice(0, i).map((other, k) => ({name, against: other.name, accuracy: spread(accuracies[i].map((v, s) => v - accuracies[k][s]))})))};

export const withSteps = {...sample, models};
export const withSeeds = {...withSteps, seeds};
