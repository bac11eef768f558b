// Run in Node: `node node.mjs FOLDER` loads the model in FOLDER, times it, and writes what it found
// to FOLDER/found.json. The library is unpacked beside this file.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { forward, openWasm, readLayers, timeCalls } from "./runtimes.mjs";

const folder = process.argv[2];
const floats = (name) => new Float32Array(new Uint8Array(readFileSync(join(folder, name))).buffer);

async function measure() {
  const job = JSON.parse(readFileSync(join(folder, "job.json"), "utf8"));
  const x = floats("x.bin");
  const layers = readLayers(job.shapes, floats("layers.bin"));
  const beside = (name) => readFileSync(new URL(name, import.meta.url));
  const wasm = await openWasm(
    "./ort.wasm.min.mjs", readFileSync(join(folder, "model.onnx")), job.shapes[0].inputs,
    { wasmBinary: beside("ort-wasm-simd-threaded.wasm") },
  );
  const calls = { wasm: () => wasm.run(x, job.rows), javascript: () => forward(layers, x, job.rows) };
  const found = { loadMs: wasm.loadMs, outputs: {}, callMs: {} };
  for (const [name, call] of Object.entries(calls)) {
    found.outputs[name] = Array.from(await call());
    await timeCalls(call, job.minMs / 2); // until the compilers have seen what is called often
  }
  for (const [name, call] of Object.entries(calls)) {
    found.callMs[name] = await timeCalls(call, job.minMs);
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
