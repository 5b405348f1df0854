/** A picture that nobody has to ship: a gradient, as a PNG. */

import { deflateSync } from "node:zlib";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Eight bits a channel, red, green and blue. */
const BIT_DEPTH = 8;
const COLOUR_TYPE = 2;
const CHANNELS = 3;

export function gradient(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(BIT_DEPTH, 8);
  header.writeUInt8(COLOUR_TYPE, 9);
  const parts = [chunk("IHDR", header), chunk("IDAT", deflateSync(lines(width, height))), chunk("IEND", Buffer.alloc(0))];
  return Uint8Array.from(Buffer.concat([SIGNATURE, ...parts]));
}

/** Each line begins with the filter that it went through, here none. */
function lines(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(height * (1 + width * CHANNELS));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * (1 + width * CHANNELS) + 1 + x * CHANNELS;
      bytes.writeUInt8(Math.floor((255 * x) / width), pixel);
      bytes.writeUInt8(Math.floor((255 * y) / height), pixel + 1);
      bytes.writeUInt8(128, pixel + 2);
    }
  }
  return bytes;
}

function chunk(kind: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(kind, "ascii"), data]);
  const framed = Buffer.alloc(8 + typed.length);
  framed.writeUInt32BE(data.length, 0);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), 4 + typed.length);
  return framed;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}
