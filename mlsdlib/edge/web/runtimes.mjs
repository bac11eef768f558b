// The same network twice: in plain JavaScript, and in WebAssembly by ONNX Runtime Web. The page and
// Node both use this file, so what the tests run in Node is what runs in a reader's browser.

// Dense layers from one array of numbers: `shapes` tells inputs, outputs and whether a ReLU follows.
export function readLayers(shapes, numbers) {
  let at = 0;
  const take = (count) => numbers.subarray(at, (at += count));
  return shapes.map(({ inputs, outputs, relu }) => ({
    inputs, outputs, relu, weight: take(inputs * outputs), bias: take(outputs),
  }));
}

// The outputs for `rows` inputs that lie one behind the other, as one would write it by hand.
export function forward(layers, x, rows) {
  let values = x;
  for (const { inputs, outputs, relu, weight, bias } of layers) {
    const next = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      for (let out = 0; out < outputs; out++) {
        let sum = bias[out];
        for (let i = 0; i < inputs; i++) {
          sum += values[row * inputs + i] * weight[out * inputs + i];
        }
        next[row * outputs + out] = relu && sum < 0 ? 0 : sum;
      }
    }
    values = next;
  }
  return values;
}

// A function that does what `forward` does, in WebAssembly, and the milliseconds it took to get it.
export async function openWasm(libraryUrl, model, inputs, settings = {}) {
  const start = performance.now();
  const ort = await import(libraryUrl);
  Object.assign(ort.env.wasm, { numThreads: 1, proxy: false }, settings);
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const [name, result] = [session.inputNames[0], session.outputNames[0]];
  const run = async (x, rows) => {
    const feeds = { [name]: new ort.Tensor("float32", x, [rows, inputs]) };
    return (await session.run(feeds))[result].data;
  };
  return { run, loadMs: performance.now() - start };
}

// Milliseconds of one call by a clock, in a block of calls that takes at least `minMs`.
export async function timeCalls(call, minMs, clock = () => performance.now()) {
  for (let calls = 1; ; calls *= 2) {
    const start = clock();
    for (let i = 0; i < calls; i++) await call();
    const ms = clock() - start;
    if (ms >= minMs) return ms / calls;
  }
}

export const largest = (values) => values.indexOf(Math.max(...values));
