// Fully connected networks as the film has them: layers, and one list of weights.

const bends = {linear: (v) => v, tanh: Math.tanh, relu: (v) => Math.max(0, v), sigmoid: (v) => 1 / (1 + Math.exp(-v))};

/** The list of weights cut into layers: [{units, inputs, bend, activation, weights, biases}]. */
export function cut(layers, weights) {
  let at = 0;
  const take = (n) => weights.slice(at, (at += n));
  return layers.map(({units, inputs, activation}) => ({units, inputs, activation, bend: bends[activation], weights: take(units * inputs), biases: take(units)}));
}

/** What every neuron answers to (x, y): a list for each layer. */
export function answers(net, x, y) {
  let values = [x, y];
  return net.map(({units, inputs, bend, weights, biases}) => {
    const next = new Array(units);
    for (let u = 0; u < units; ++u) {
      let sum = biases[u];
      for (let i = 0; i < inputs; ++i) sum += weights[u * inputs + i] * values[i];
      next[u] = bend(sum);
    }
    return (values = next);
  });
}
