// SPDX-License-Identifier: MIT
// tile.js - 4 MiB of memory as a square of 32 x 32 cells.
// The cells follow a Z curve: the bits of a page's number go to x and y in turn. So every block of
// 2^k pages is a square or two squares side by side, and halving a block cuts its picture in half.

export const SIDE = 32, TILE = SIDE * SIDE;

const X = new Uint8Array(TILE), Y = new Uint8Array(TILE), AT = new Uint16Array(TILE);
for (let i = 0; i < TILE; i++) {
  for (let bit = 0; bit < 5; bit++) {
    X[i] |= ((i >> (2 * bit)) & 1) << bit;
    Y[i] |= ((i >> (2 * bit + 1)) & 1) << bit;
  }
  AT[Y[i] * SIDE + X[i]] = i;
}

// The page at a cell, counted from the tile's first.
export const pageAt = (x, y) => AT[y * SIDE + x];

// A block's rectangle in cells. i: its first page within the tile.
export function rectangle(i, order) {
  return { x: X[i], y: Y[i], w: 2 ** ((order + 1) >> 1), h: 2 ** (order >> 1) };
}

// Paint blocks into pixels of a square of SIDE * cell. blocks: a generator of [i, order, colour,
// edge]; edges are drawn where a block is large enough to have some.
export function paint(pixels, cell, blocks) {
  const width = SIDE * cell;
  const least = cell > 2 ? 0 : cell === 2 ? 2 : 4; // orders below have no room for an edge
  for (const [i, order, colour, edge] of blocks) {
    const r = rectangle(i, order);
    const x0 = r.x * cell, x1 = x0 + r.w * cell, y0 = r.y * cell, y1 = y0 + r.h * cell;
    for (let y = y0; y < y1; y++) pixels.fill(colour, y * width + x0, y * width + x1);
    if (order < least) continue;
    pixels.fill(edge, (y1 - 1) * width + x0, (y1 - 1) * width + x1);
    for (let y = y0; y < y1; y++) pixels[y * width + x1 - 1] = edge;
  }
}
