import { toInput } from "./drawing.mjs";
import { forward, largest, openWasm, readLayers, timeCalls } from "./runtimes.mjs";

const at = (id) => document.getElementById(id);
const canvas = at("drawing");
const pen = canvas.getContext("2d", { willReadFrequently: true });
const get = async (name) => (await fetch(name)).arrayBuffer();

const digits = (value, count) => Number(value.toPrecision(count)).toLocaleString("en");
const ms = (value) => (value < 1 ? `${digits(1000 * value, 2)} µs` : `${digits(value, 2)} ms`);
const softmax = (values) => {
  const powers = Array.from(values, (v) => Math.exp(v - Math.max(...values)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / sum);
};

function wipe() {
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

function ink() {
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  return Float32Array.from({ length: data.length / 4 }, (_, i) => 1 - data[4 * i] / 255);
}

function paint(context, pixels, side, size) {
  const step = size / side;
  pixels.forEach((level, i) => {
    context.fillStyle = `rgb(${255 - level}, ${255 - level}, ${255 - level})`;
    context.fillRect((i % side) * step, Math.floor(i / side) * step, step, step);
  });
}

async function main() {
  const started = performance.now();
  const job = JSON.parse(new TextDecoder().decode(await get("job.json")));
  const layers = readLayers(job.shapes, new Float32Array(await get("layers.bin")));
  const javascriptLoad = performance.now() - started;
  const pictures = new Uint8Array(await get("pictures.bin"));
  const pixels = job.side * job.side;
  let input = new Float32Array(pixels);

  const model = new Uint8Array(await get("model.onnx"));
  const wasm = await openWasm("./onnxruntime_web/ort.wasm.min.mjs", model, pixels);

  async function classify() {
    const found = toInput(ink(), canvas.width, job.side);
    if (!found) {
      at("answer").textContent = "Nothing is drawn yet.";
      at("bars").replaceChildren();
      return;
    }
    input = found;
    const shares = softmax(await wasm.run(input, 1));
    const agrees = largest(forward(layers, input, 1)) === largest(shares);
    at("answer").textContent = `This is a ${largest(shares)}` + (agrees ? "" : " (JavaScript disagrees)");
    at("bars").replaceChildren(...shares.map((share, digit) => {
      const bar = Object.assign(document.createElement("div"), { className: "bar" });
      const name = Object.assign(document.createElement("span"), { textContent: digit });
      const length = document.createElement("div");
      length.style.width = `${Math.round(180 * share)}px`;
      bar.append(name, length, `${Math.round(100 * share)} %`);
      return bar;
    }));
  }

  async function time() {
    at("again").disabled = true;
    const calls = { javascript: () => forward(layers, input, 1), wasm: () => wasm.run(input, 1) };
    const once = { javascript: [], wasm: [] };
    for (let turn = 0; turn < 5; turn++) {
      for (const [name, call] of Object.entries(calls)) once[name].push(await timeCalls(call, 20));
      await new Promise((resume) => setTimeout(resume)); // let the page breathe
    }
    const [slow, fast] = ["javascript", "wasm"].map((name) => once[name].sort((a, b) => a - b)[2]);
    at("javascript").textContent = ms(slow);
    at("wasm").textContent = ms(fast);
    at("javascript-load").textContent = ms(javascriptLoad + slow);
    at("wasm-load").textContent = `${ms(wasm.loadMs + fast)}, ${digits(job.bytes / 1e6, 2)} MB fetched`;
    at("verdict").textContent = fast < slow
      ? `A call is ${digits(slow / fast, 2)} times faster in WebAssembly. To load it pays after `
        + `${digits(Math.ceil((wasm.loadMs - javascriptLoad) / (slow - fast)), 2)} calls.`
      : "For one picture at a time and so small a model, WebAssembly gains nothing here.";
    at("again").disabled = false;
  }

  for (let i = 0; i < pictures.length / pixels; i++) {
    const small = document.createElement("canvas");
    small.width = small.height = 2 * job.side;
    small.setAttribute("aria-label", `Example ${i + 1}`);
    const own = pictures.subarray(i * pixels, (i + 1) * pixels);
    paint(small.getContext("2d"), own, job.side, small.width);
    small.addEventListener("click", () => {
      paint(pen, own, job.side, canvas.width);
      classify();
    });
    at("pictures").append(small);
  }

  let last = null;
  const place = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    last = place(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    Object.assign(pen, { lineWidth: 22, lineCap: "round", strokeStyle: "black" });
    pen.beginPath();
    pen.moveTo(...last);
    last = place(event);
    pen.lineTo(...last);
    pen.stroke();
  });
  canvas.addEventListener("pointerup", () => {
    last = null;
    classify();
  });
  at("clear").addEventListener("click", () => {
    wipe();
    classify();
  });
  at("again").addEventListener("click", time);

  wipe();
  at("pictures").firstElementChild?.click();
  await classify();
  await time();
  document.body.dataset.state = "ready";
}

main().catch((error) => {
  at("answer").textContent = `This browser cannot run the model: ${error.message}`;
  document.body.dataset.state = "failed";
});
