// From what somebody drew to what the model was trained on: MNIST's digits fill a box of 20 pixels
// in a picture of 28, and their centre of mass lies in pixel 14 of both axes, counted from 0.

const BOX = 20 / 28;

// `ink` holds the grey levels (0 paper, 1 ink) of a square canvas of `size` pixels; returns the
// `side` * `side` inputs, or null if nothing is drawn.
export function toInput(ink, size, side) {
  const box = boundsOf(ink, size);
  if (!box) return null;
  const scale = (BOX * side) / Math.max(box.width, box.height); // canvas pixel to input pixel
  const middle = centreOfMass(ink, size);
  const input = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const left = middle.x + (x - side / 2 - 0.5) / scale;
      const top = middle.y + (y - side / 2 - 0.5) / scale;
      input[y * side + x] = mean(ink, size, left, top, 1 / scale);
    }
  }
  return input;
}

function boundsOf(ink, size) {
  let [left, right, top, bottom] = [size, -1, size, -1];
  for (let i = 0; i < ink.length; i++) {
    if (ink[i] < 0.1) continue;
    const [x, y] = [i % size, Math.floor(i / size)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return right < 0 ? null : { width: right - left + 1, height: bottom - top + 1 };
}

function centreOfMass(ink, size) {
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < ink.length; i++) {
    mass += ink[i];
    x += ink[i] * ((i % size) + 0.5);
    y += ink[i] * (Math.floor(i / size) + 0.5);
  }
  return { x: x / mass, y: y / mass };
}

// The mean ink in a square of the canvas; outside the canvas there is paper.
function mean(ink, size, left, top, width) {
  const steps = Math.max(1, Math.ceil(width));
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    for (let j = 0; j < steps; j++) {
      const x = Math.floor(left + ((i + 0.5) * width) / steps);
      const y = Math.floor(top + ((j + 0.5) * width) / steps);
      if (x >= 0 && x < size && y >= 0 && y < size) sum += ink[y * size + x];
    }
  }
  return sum / (steps * steps);
}
