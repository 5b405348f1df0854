// Compares Millrace with sharp on photographs, in one interleaved run: CPU time, memory, bytes and quality.
//
//   cd benches/images && npm install && cargo build --release && node compare.mjs PHOTO...
//
// Each measurement is a process of its own that makes the three pictures twice and times the second time. Both sides have one
// thread. Use ratios alone: a machine's speed drifts from minute to minute, and the rounds are interleaved for that.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';

const ROUNDS = 5;
const OURS = process.env.BENCH_IMAGES ?? join(import.meta.dirname, 'target/release/bench-images');

if (process.argv[2] === 'sharp') {
  await measureSharp(process.argv[3], process.argv[4], process.argv[5]);
} else {
  await compare(process.argv.slice(2));
}

async function compare(photos) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-images-'));
  const sides = ['ours-once', 'ours-each', 'sharp-once', 'sharp-each'];
  console.log('| photo | Millrace once, ms | each | sharp once | each | once | each | MiB | sharp | bytes | sharp | SSIMULACRA2 | sharp |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const photo of photos) {
    const measured = Object.fromEntries(sides.map((side) => [side, []]));
    const ratios = { once: [], each: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of sides) measured[side].push(run(side, photo, folder));
      for (const way of ['once', 'each']) {
        ratios[way].push(measured[`sharp-${way}`].at(-1).cpu_ms / measured[`ours-${way}`].at(-1).cpu_ms);
      }
    }
    const reference = join(folder, 'reference.png');
    await sharp(photo).rotate().resize({ width: 1600, fastShrinkOnLoad: false, withoutEnlargement: true }).png().toFile(reference);
    const near = (side) => JSON.parse(execFileSync(OURS, ['near', reference, join(folder, side, '1600.webp')])).ssimulacra2;
    const cpu = (side) => median(measured[side].map((one) => one.cpu_ms)).toFixed(0);
    const mebibytes = (side) => (median(measured[side].map((one) => one.peak_kib)) / 1024).toFixed(0);
    const bytes = (side) => measured[side][0].bytes.reduce((sum, one) => sum + one, 0);
    const columns = [
      basename(photo), ...sides.map(cpu), median(ratios.once).toFixed(2), median(ratios.each).toFixed(2),
      mebibytes('ours-once'), mebibytes('sharp-once'), bytes('ours-once'), bytes('sharp-once'),
      near('ours-once').toFixed(1), near('sharp-once').toFixed(1),
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
}

function run(side, photo, folder) {
  const out = join(folder, side);
  mkdirSync(out, { recursive: true });
  const [who, way] = side.split('-');
  const output = who === 'ours'
    ? execFileSync(OURS, [way, photo, out])
    : execFileSync(process.execPath, [import.meta.filename, 'sharp', way, photo, out]);
  return JSON.parse(output);
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

async function measureSharp(way, photo, folder) {
  sharp.concurrency(1);
  sharp.cache(false);
  const bytes = readFileSync(photo);
  const outputs = [[1600, 'webp', 75], [800, 'jpeg', 80], [200, 'webp', 75]];
  const make = async () => {
    if (way === 'each') {
      const one = ([width, format, quality]) =>
        sharp(bytes).rotate().resize({ width, withoutEnlargement: true }).toFormat(format, { quality }).toBuffer();
      const made = [];
      for (const output of outputs) made.push(await one(output));
      return made;
    }
    // Decoded once, to the largest; the others are made of that.
    const { data, info } = await sharp(bytes).rotate().resize({ width: 1600, withoutEnlargement: true })
      .raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    const made = [];
    for (const [width, format, quality] of outputs) {
      made.push(await sharp(data, { raw }).resize({ width, withoutEnlargement: true }).toFormat(format, { quality }).toBuffer());
    }
    return made;
  };
  await make();
  const before = process.cpuUsage();
  const made = await make();
  const { user, system } = process.cpuUsage(before);
  for (const [index, name] of ['1600.webp', '800.jpg', '200.webp'].entries()) {
    writeFileSync(join(folder, name), made[index]);
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)[1]);
  console.log(JSON.stringify({ cpu_ms: (user + system) / 1000, peak_kib: peak, bytes: made.map((one) => one.length) }));
}
