// Run in Node: `node node.mjs FOLDER` loads the model in FOLDER, times it, and writes what it found
// to FOLDER/found.json. The library is unpacked beside this file.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { forward, openWasm, readLayers, timeCalls } from "./runtimes.mjs";

const folder = process.argv[2];
const floats = (name) => new Float32Array(new Uint8Array(readFileSync(join(folder, name))).buffer);

// The processor's time: what other programs take of a loaded machine is left out.
const clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function measure() {
  const job = JSON.parse(readFileSync(join(folder, "job.json"), "utf8"));
  const all = floats("x.bin");
  const [{ inputs }] = job.shapes;
  const layers = readLayers(job.shapes, floats("layers.bin"));
  const beside = (name) => readFileSync(new URL(name, import.meta.url));
  const wasm = await openWasm(
    "./ort.wasm.min.mjs", readFileSync(join(folder, "model.onnx")), inputs,
    { wasmBinary: beside("ort-wasm-simd-threaded.wasm") },
  );
  const found = { loadMs: wasm.loadMs, sizes: [] };
  for (const rows of job.rows) {
    const x = all.subarray(0, rows * inputs);
    const calls = { wasm: () => wasm.run(x, rows), javascript: () => forward(layers, x, rows) };
    const size = { outputs: {}, callMs: { wasm: [], javascript: [] } };
    for (const [name, call] of Object.entries(calls)) {
      size.outputs[name] = Array.from(await call());
      await timeCalls(call, job.minMs, clock); // until the compilers have seen what is called often
    }
    for (let turn = 0; turn < job.turns; turn++) {
      for (const name of turn % 2 ? ["javascript", "wasm"] : ["wasm", "javascript"]) {
        size.callMs[name].push(await timeCalls(calls[name], job.minMs, clock));
      }
    }
    found.sizes.push(size);
  }
  return found;
}

let found;
try {
  found = await measure();
} catch (error) {
  found = { error: String(error?.stack ?? error) };
}
writeFileSync(join(folder, "found.part"), JSON.stringify(found));
renameSync(join(folder, "found.part"), join(folder, "found.json"));
